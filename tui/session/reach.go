package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Reach answers for every source of a target, or for every Service of a source. It has the
// turn only while it answers one of its questions, so that others are answered between.
func (s *Session) Reach(ctx context.Context, q tui.Question, each func([]tui.ReachRow)) error {
	question, err := q.Parse()
	if err != nil {
		return err
	}
	question.Now = s.now()
	r := &reaching{Session: s}
	if question.Target != "" {
		return r.who(ctx, question, each)
	}
	return r.what(ctx, question, each)
}

// reaching is one going through of sources or targets. All of its questions share what was
// read, apart from the session's own, of which only what it rests on is watched.
type reaching struct {
	*Session
	asker *diagnose.Session
}

// held does something in turn, with what was read before.
func (r *reaching) held(ctx context.Context, do func()) error {
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.give()
	if r.asker == nil {
		r.asker = diagnose.NewSession(r.cache)
	}
	do()
	return ctx.Err()
}

// who asks for everyone, among all Pods that may be listed.
func (r *reaching) who(ctx context.Context, q diagnose.Question, each func([]tui.ReachRow)) error {
	_, among, problem := r.list(ctx, cluster.Pods, q)
	q.Among = among
	rows, err := r.rows(ctx, q)
	if err != nil {
		return err
	}
	each(rows)
	return problem
}

// maxSingly is for how many targets what decides is read piece by piece, as each question
// needs it. For more of them it is less to read it all at once.
const maxSingly = 10

// deciding asks for all that decides about targets of any namespace. What may not be listed
// is asked for again by the questions that need it, where it is.
func deciding() []cluster.Query {
	var out []cluster.Query
	for _, r := range []cluster.Resource{
		cluster.Namespaces, cluster.Pods, cluster.EndpointSlices, cluster.NetworkPolicies, cluster.AuthorizationPolicies,
		cluster.PeerAuthentications, cluster.RequestAuthentications, cluster.DestinationRules, cluster.VirtualServices,
	} {
		out = append(out, cluster.Query{Resource: r})
	}
	return out
}

// what asks for one Service after the other. An error that two of them share is the
// source's, and ends it.
func (r *reaching) what(ctx context.Context, q diagnose.Question, each func([]tui.ReachRow)) error {
	items, _, problem := r.list(ctx, cluster.Services, q)
	all := targets(items, q.Request.Path == "")
	if len(all) > maxSingly {
		if err := r.held(ctx, func() { r.cache.Read(ctx, deciding()) }); err != nil {
			return err
		}
	}
	q.AnyPath = q.Request.Path == "" // of a Service of gRPC the scheme is kept
	var failed error
	for _, q.Target = range all {
		rows, err := r.rows(ctx, q)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && failed != nil && err.Error() == failed.Error():
			return err
		case err != nil:
			rows = []tui.ReachRow{{Source: q.Source, Target: q.Target, Verdict: diagnose.Undetermined, Summary: err.Error()}}
		}
		failed = err
		each(rows)
	}
	return problem
}

// targets are the ports of Services as one would type them. Without the scheme of HTTP the
// path is open: nobody has asked about "/", which a URL without a path stands for.
func targets(services []cluster.Item, open bool) []string {
	var out []string
	for _, item := range services {
		if svc, ok := item.Object.(*corev1.Service); ok {
			for _, e := range serviceEntries(svc) {
				if open {
					e.Text = strings.TrimPrefix(e.Text, "http://")
				}
				out = append(out, e.Text)
			}
		}
	}
	return out
}

// list reads all objects of a resource, and says of which namespaces they are. Where not
// all may be listed they are those of the question's namespace and of its ends', and the
// error says so.
func (r *reaching) list(ctx context.Context, resource cluster.Resource, q diagnose.Question) (items []cluster.Item, namespaces []string, err error) {
	read := func(namespace string) (out cluster.Result) {
		if held := r.held(ctx, func() {
			out = r.cache.Read(ctx, []cluster.Query{{Resource: resource, Namespace: namespace}})[0]
		}); held != nil {
			out.Unread = &cluster.Unread{Reason: cluster.Failed, Message: held.Error()}
		}
		return out
	}
	all := read("")
	switch {
	case all.Unread == nil:
		return all.Items, []string{""}, nil
	case all.Unread.Reason == cluster.NotInSnapshot: // what was saved is all that there is
		return all.Items, nil, nil
	}
	for _, ns := range namespacesOf(q) {
		found := read(ns)
		if found.Unread == nil {
			namespaces = append(namespaces, ns)
			items = append(items, found.Items...)
		}
	}
	if len(namespaces) == 0 {
		return nil, nil, fmt.Errorf("the %s cannot be listed: %w", resource.Plural, all.Unread)
	}
	return items, namespaces, fmt.Errorf("only the %s of %s: %w", resource.Plural, strings.Join(namespaces, ", "), all.Unread)
}

// namespacesOf are those that the words of a question name.
func namespacesOf(q diagnose.Question) []string {
	out := []string{q.Namespace}
	if q.Namespace == "" {
		out = []string{"default"}
	}
	for _, end := range []string{q.Source, q.Target} {
		host := end
		if _, rest, ok := strings.Cut(end, "://"); ok {
			host, _, _ = strings.Cut(rest, "/")
		}
		host, _, _ = strings.Cut(host, ":")
		host, _, _ = strings.Cut(host, ".svc")
		if i := strings.LastIndexByte(host, '.'); i >= 0 && !strings.Contains(host[i:], "/") {
			out = append(out, host[i+1:])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rows asks one question, and makes a row of each source's worst answer.
func (r *reaching) rows(ctx context.Context, q diagnose.Question) (out []tui.ReachRow, err error) {
	held := r.held(ctx, func() {
		d, problem := r.asker.Ask(ctx, q)
		if err = problem; err != nil {
			return
		}
		if q.Source == diagnose.Everyone {
			out = everyone(d, r.asker.Snapshot(), q.Target)
			return
		}
		out = []tui.ReachRow{{Source: q.Source, Target: q.Target, Verdict: d.Status.Verdict, Summary: d.Status.Summary}}
	})
	if held != nil {
		return nil, held
	}
	return out, err
}
