package fix

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// WhatIf is what would be other if objects were.
type WhatIf struct {
	// Changes are the objects, in the order in which they were given. Those that are
	// as they should be already are left out.
	Changes []Change `json:"changes"`
	// Before and After are the answers to the question, where one was asked.
	Before *diagnose.Diagnosis `json:"before,omitempty"`
	After  *diagnose.Diagnosis `json:"after,omitempty"`
	// Effect is who would reach what that does not now, and the other way round; where
	// a question was asked, besides what it asks.
	Effect Effect `json:"effect"`
	// Notes are what the comparison cannot see.
	Notes []string `json:"notes,omitempty"`
}

// WhatIfOptions say what is compared.
type WhatIfOptions struct {
	// Question, if it has a source, is asked before and after, and nothing else is.
	Question diagnose.Question
	// Namespaces are those whose Pods ask and are asked, besides those of the changes;
	// All looks at every namespace.
	Namespaces []string
	All        bool
}

// Compare tells what would be other if changes were made. The error is one of the
// question, or of ctx.
func Compare(ctx context.Context, r cluster.Reader, changes []Change, o WhatIfOptions) (*WhatIf, error) {
	e := &engine{base: cluster.NewCache(r), question: o.Question}
	var err error
	if e.before, err = e.session(nil); err != nil {
		return nil, err
	}
	out := &WhatIf{Effect: Effect{Opens: []Reach{}, Closes: []Reach{}}}
	out.Changes, out.Notes = e.current(ctx, changes)
	d := draft{changes: out.Changes}
	among := o.Namespaces
	for _, c := range out.Changes {
		among = append(among, c.Namespace)
		if c.Resource == cluster.Namespaces {
			among = append(among, c.Name)
		}
	}
	if among = unique(among); o.All || e.whole() {
		among = nil
	}
	e.look(ctx, among)
	if err := e.blind(); err != nil {
		return nil, err
	}
	simulated, notes := e.followers(out.Changes)
	d.simulated, out.Notes = simulated, append(out.Notes, notes...)
	if err := e.settle(ctx, &d, among); err != nil {
		return nil, err
	}
	if o.Question.Source != "" {
		return out, e.one(ctx, d, out)
	}
	all, _ := e.principals(nil)
	out.Effect, err = e.effects(ctx, d, e.affected(d, ""), among, func(string) comparison { return comparison{principals: all} })
	return out, err
}

// one asks the question before and after.
func (e *engine) one(ctx context.Context, d draft, out *WhatIf) error {
	var err error
	if out.Before, err = e.before.Ask(ctx, e.question); err != nil {
		return err
	}
	if out.After, _, err = e.ask(ctx, d.edits(), e.question); err != nil {
		return err
	}
	out.Effect.Scope = "the question"
	target := e.question.Target
	comparison{target: target}.compare(out.Before, out.After, &out.Effect)
	if out.Effect.None() && out.Before.Status.Verdict == diagnose.Undetermined {
		out.Effect.Unsure = []Reach{{Sources: sourcesOf(out.Before), Target: target}}
	}
	return nil
}

// blind is why there is nothing to compare: of Pods and Services none could be read, and it
// is not for want of a right.
func (e *engine) blind() error {
	var why *cluster.Unread
	for _, u := range e.world.Unread() {
		switch u.Reason {
		case cluster.Unauthorized, cluster.Unreachable, cluster.TimedOut:
			why = &u
		case cluster.Forbidden, cluster.NotInstalled, cluster.NotInSnapshot, cluster.NotAsked, cluster.Failed:
		}
	}
	if why == nil || e.world.HasAny(cluster.Pods) || e.world.HasAny(cluster.Services) {
		return nil
	}
	return fmt.Errorf("nothing could be compared: %w", why)
}

// current fills in what the objects are now, and leaves out those that do not change.
func (e *engine) current(ctx context.Context, changes []Change) (out []Change, notes []string) {
	queries := make([]cluster.Query, len(changes))
	for i, c := range changes {
		queries[i] = cluster.Query{Resource: c.Resource, Namespace: c.Namespace, Name: c.Name}
	}
	for i, r := range e.base.Read(ctx, queries) {
		c := changes[i]
		if u := r.Unread; u != nil && u.Reason != cluster.NotInstalled {
			notes = append(notes, fmt.Sprintf("it is not known whether %s is there already: %s", c.Object(), u.Message))
		}
		if len(r.Items) == 1 {
			c.Before = r.Items[0].Raw
			if o, ok := diagnose.OwnerOf(r.Items[0].Object); ok {
				c.Owner = &o
			}
			if len(c.After) > 0 {
				c.After = kept(c.Resource, c.Before, c.After)
			}
		}
		switch {
		case len(c.Before)+len(c.After) == 0:
			notes = append(notes, c.Object()+" is not there: to delete it changes nothing")
		case len(DiffLines(c)) > 0:
			out = append(out, c)
		}
	}
	return out, notes
}

// settle adds to a draft the EndpointSlices that will be, of the Services that change
// or whose Pods do, and looks at the Pods and Services that will be there.
func (e *engine) settle(ctx context.Context, d *draft, among []string) error {
	then, err := e.seen(ctx, d.edits(), among)
	if err != nil {
		return err
	}
	touched := map[string]bool{}
	for _, edit := range d.edits() {
		switch edit.Resource {
		case cluster.Services:
			touched[edit.Namespace+"/"+edit.Name] = true
		case cluster.Pods:
			for _, svc := range cluster.List[*corev1.Service](then, edit.Namespace) {
				touched[svc.Namespace+"/"+svc.Name] = true
			}
		}
	}
	for _, svc := range cluster.List[*corev1.Service](then, "") {
		if item, ok := then.Item(cluster.Services, svc.Namespace, svc.Name); ok && touched[svc.Namespace+"/"+svc.Name] {
			pods := cluster.List[*corev1.Pod](then, svc.Namespace)
			d.simulated = append(d.simulated, e.reslice(item.Raw, pods, cluster.List[*discoveryv1.EndpointSlice](then, svc.Namespace))...)
		}
	}
	e.then = then
	return nil
}

// seen is what look reads, of the cluster as edits leave it.
func (e *engine) seen(ctx context.Context, edits []cluster.Edit, among []string) (*cluster.Snapshot, error) {
	overlay, err := cluster.NewOverlay(e.base, edits)
	if err != nil {
		return nil, err
	}
	var none *cluster.Snapshot
	return none.Plus(e.base.Origin(), overlay.Read(ctx, e.queries(among))), nil
}

// kept gives an object what the server has filled in of it: its status and, of a
// Service, its addresses.
func kept(r cluster.Resource, before, after json.RawMessage) json.RawMessage {
	was, will := parse(before), parse(after)
	if will["status"] == nil && was["status"] != nil {
		will["status"] = was["status"]
	}
	if r == cluster.Services {
		for _, f := range []string{"spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"} {
			if at(will, f) == nil && at(was, f) != nil {
				set(will, f, at(was, f))
			}
		}
	}
	b, err := json.Marshal(will)
	if err != nil {
		return after
	}
	return b
}

// followers are the Pods that change with what makes them, as far as that can be told,
// and notes on what cannot.
func (e *engine) followers(changes []Change) (edits []cluster.Edit, notes []string) {
	for _, c := range changes {
		switch c.Resource {
		case cluster.Namespaces:
			if len(c.After) == 0 || fmt.Sprint(at(parse(c.Before), "metadata.labels")) == fmt.Sprint(at(parse(c.After), "metadata.labels")) {
				continue
			}
			notes = append(notes, "labels of Namespace "+c.Name+" count for Pods that start from then on: those that run are compared as they are")
		case cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets:
			edits = append(edits, e.renewed(c)...)
		}
	}
	return edits, notes
}

// renewed are the Pods of a workload with the labels, the account and the ports of its
// new template; a proxy that was injected stays.
func (e *engine) renewed(c Change) []cluster.Edit {
	var out []cluster.Edit
	for _, pod := range cluster.List[*corev1.Pod](e.world, c.Namespace) {
		if workload(pod, diagnose.Hop{}) != c.Name {
			continue
		}
		if len(c.After) == 0 {
			out = append(out, cluster.Edit{Resource: cluster.Pods, Namespace: pod.Namespace, Name: pod.Name})
			continue
		}
		next, template := pod.DeepCopy(), parse(c.After)
		next.Labels = stringMap(at(template, "spec.template.metadata.labels"))
		for _, k := range []string{"pod-template-hash", "controller-revision-hash", "security.istio.io/tlsMode"} {
			if v, ok := pod.Labels[k]; ok {
				next.Labels[k] = v
			}
		}
		next.Spec.ServiceAccountName, _ = at(template, "spec.template.spec.serviceAccountName").(string)
		if raw, err := cluster.RawOf(cluster.Pods, next); err == nil {
			out = append(out, cluster.Edit{Resource: cluster.Pods, Namespace: pod.Namespace, Name: pod.Name, After: raw})
		}
	}
	return out
}

// implied reports whether an object stands in no manifest: a Namespace that is only
// named, a Pod that a workload would create, the groups of the kinds that are there.
func implied(item cluster.Item) bool {
	if item.Object.GetAnnotations()[cluster.PredictedAnnotation] != "" {
		return true
	}
	metadata, _ := parse(item.Raw)["metadata"].(tree)
	return item.Resource.Kind == "APIGroup" || item.Resource == cluster.Namespaces && len(metadata) == 1
}

// FromFiles makes changes of the objects of manifests: to be applied, or deleted.
func FromFiles(ctx context.Context, files *cluster.Files, remove bool) []Change {
	var queries []cluster.Query
	for _, r := range cluster.Resources() {
		queries = append(queries, cluster.Query{Resource: r})
	}
	var out []Change
	for _, result := range files.Read(ctx, queries) {
		for _, item := range result.Items {
			namespace, name := item.Object.GetNamespace(), item.Object.GetName()
			if implied(item) {
				continue
			}
			c := Change{Resource: item.Resource, Kind: item.Resource.Kind, Namespace: namespace, Name: name}
			if !remove {
				c.After = item.Raw
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return truth(a.Kind != "Namespace") - truth(b.Kind != "Namespace") })
	return out
}
