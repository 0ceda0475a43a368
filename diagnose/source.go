package diagnose

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// sources are those who ask, or the fact that is missing to know them.
type sources struct {
	parties []party
	missing string
	notes   []string
}

// findSources resolves the source over the snapshot.
func (in *inquiry) findSources(ctx context.Context) (sources, error) {
	s := in.source
	switch s.kind {
	case kubeletKind:
		return sources{parties: []party{{host: "the kubelet", node: true, ready: true, presence: mesh.Presence{Plane: mesh.NoPlane, Why: "a process of the node"}}}}, nil
	case apiserverKind:
		return sources{parties: []party{{host: "the API server", ready: true, presence: mesh.Presence{Plane: mesh.NoPlane, Why: "the control plane is no part of the mesh"}}}}, nil
	case addressKind:
		return in.outside(), nil
	case everyoneKind:
		return in.everyone(), nil
	case strangersKind:
		return sources{parties: strangers()}, nil
	case identityKind:
		return sources{parties: []party{{
			host: s.word, meshed: true, principal: s.principal, ready: true,
			presence: mesh.Presence{Plane: mesh.NoPlane, Why: "it is not in sight"},
		}}}, nil
	case anyKind, podKind, workloadKind, serviceAccountKind, gatewayKind:
	}
	var found sources
	switch s.kind {
	case podKind:
		found.addPod(in, s.name)
	case anyKind:
		found.addPod(in, s.name)
		if len(found.parties) == 0 {
			found.addCreated(in)
		}
	case workloadKind:
		found.addCreated(in)
	case serviceAccountKind:
		found.addAccount(in)
	case gatewayKind:
		found.addGateway(in)
	case addressKind, kubeletKind, apiserverKind, everyoneKind, strangersKind, identityKind:
	}
	if len(found.parties) > 0 || found.missing != "" {
		return found, nil
	}
	if m := in.sourceMissing(); m != "" {
		return sources{missing: m}, nil
	}
	return sources{}, in.noSource(ctx)
}

// outside is a source that was given as an address: where a Pod in sight has it,
// the Pod.
func (in *inquiry) outside() sources {
	if in.whole() {
		for _, pod := range in.podsAt(in.source.address) {
			if running(pod) {
				return sources{parties: []party{in.podParty(pod)}, notes: []string{
					in.source.address.String() + " is the address of the Pod " + pod.Namespace + "/" + pod.Name + ": answered for the Pod",
				}}
			}
		}
	}
	return sources{parties: []party{outsider(in.source.address)}}
}

// everyone is every Pod in sight, and last those that are none of them.
func (in *inquiry) everyone() sources {
	var out sources
	for _, pod := range cluster.List[*corev1.Pod](in.snap, "") {
		if running(pod) {
			out.parties = append(out.parties, in.podParty(pod))
		}
	}
	out.parties = append(out.parties, strangers()...)
	return out
}

// strangers are those who are not in sight: with whatever identity, and without one.
func strangers() []party {
	return []party{
		{host: AnyWorkload, anybody: true, meshed: true, ready: true, presence: mesh.Presence{Plane: mesh.NoPlane, Why: "it is not in sight"}},
		{host: Anybody, anybody: true, ready: true, presence: mesh.Presence{Plane: mesh.NoPlane, Why: "it is not in the mesh"}},
	}
}

func (f *sources) add(in *inquiry, pods ...*corev1.Pod) {
	for _, pod := range pods {
		if running(pod) && !slices.ContainsFunc(f.parties, func(p party) bool { return p.pod == pod }) {
			f.parties = append(f.parties, in.podParty(pod))
		}
	}
}

func (f *sources) addPod(in *inquiry, name string) {
	if pod, ok := in.realPod(in.source.namespace, name); ok {
		f.add(in, pod)
		if len(f.parties) == 0 { // it has ended: what it asked is still a question
			f.parties = append(f.parties, in.podParty(pod))
			f.notes = append(f.notes, "the Pod "+pod.Namespace+"/"+pod.Name+" has ended")
		}
	}
}

// addCreated takes the Pods of everything that bears the name and creates Pods,
// or the Pod that it would create.
func (f *sources) addCreated(in *inquiry) {
	for _, o := range in.creators() {
		pods := in.livePodsOf(o)
		if m := in.missing(cluster.Pods, o.GetNamespace(), ""); m != "" && len(pods) == 0 {
			f.missing = m
			continue
		}
		if len(pods) == 0 {
			if pod, ok := cluster.PredictPod(o); ok {
				pods = []*corev1.Pod{pod}
			}
		}
		f.add(in, pods...)
	}
}

func (in *inquiry) livePodsOf(o cluster.Object) []*corev1.Pod {
	q, ok := podsOf(o)
	if !ok {
		return nil
	}
	sel, err := labels.Parse(q.Labels)
	if err != nil {
		return nil
	}
	var out []*corev1.Pod
	for _, pod := range in.candidates(o.GetNamespace(), sel) {
		if sel.Matches(labels.Set(pod.Labels)) && running(pod) && !predicted(pod) && createdBy(o, pod) {
			out = append(out, pod)
		}
	}
	return out
}

// createdBy tells the Pods of one CronJob from those of others: its Jobs are named
// after it and the minute. Other selectors say enough.
func createdBy(o cluster.Object, pod *corev1.Pod) bool {
	if _, ok := o.(*batchv1.CronJob); !ok {
		return true
	}
	ref := metav1.GetControllerOf(pod)
	if ref == nil || ref.Kind != "Job" {
		return false
	}
	minute, ok := strings.CutPrefix(ref.Name, o.GetName()+"-")
	_, err := strconv.ParseUint(minute, 10, 64)
	return ok && err == nil
}

// addAccount takes the Pods that run as the ServiceAccount, or a Pod that would.
func (f *sources) addAccount(in *inquiry) {
	name := in.source.name
	f.add(in, in.runningAs(in.source.namespace, name)...)
	_, exists := cluster.Get[*corev1.ServiceAccount](in.snap, in.source.namespace, name)
	if len(f.parties) > 0 || !exists {
		return
	}
	f.parties = append(f.parties, in.podParty(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: in.source.namespace, Name: name,
			Annotations: map[string]string{cluster.PredictedAnnotation: "ServiceAccount"},
		},
		Spec: corev1.PodSpec{ServiceAccountName: name},
	}))
	f.notes = append(f.notes, "no Pod runs as ServiceAccount "+in.source.namespace+"/"+name+": answered for one that would")
}

// addGateway takes the Pods of a Gateway.
func (f *sources) addGateway(in *inquiry) {
	s := in.source
	f.add(in, in.selected(s.namespace, map[string]string{gatewayNameLabel: s.name})...)
	if gw, ok := cluster.Get[*networkingv1.Gateway](in.snap, s.namespace, s.name); ok && len(gw.Spec.GetSelector()) > 0 {
		f.add(in, in.selected(s.namespace, gw.Spec.GetSelector())...)
	}
}

// sourceMissing words what could not be read and would have shown the source.
func (in *inquiry) sourceMissing() string {
	s := in.source
	var resources []cluster.Resource
	switch s.kind {
	case anyKind:
		resources = append(resources, cluster.Pods)
		for _, c := range creators() {
			resources = append(resources, c.resource)
		}
	case podKind:
		resources = []cluster.Resource{cluster.Pods}
	case workloadKind:
		resources = []cluster.Resource{s.resource, cluster.Pods}
	case serviceAccountKind:
		resources = []cluster.Resource{cluster.Pods, cluster.ServiceAccounts}
	case gatewayKind:
		resources = []cluster.Resource{cluster.Pods, cluster.Gateways, cluster.IstioGateways}
	case addressKind, kubeletKind, apiserverKind, everyoneKind, strangersKind, identityKind:
	}
	for _, r := range resources {
		for _, name := range []string{s.name, ""} {
			u, ok := in.snap.Missing(r, s.namespace, name)
			if ok && (u.Reason != cluster.NotInstalled || r == cluster.Pods) {
				return unreadWords(u)
			}
		}
	}
	return ""
}

// noSource is the error for a source that nobody bears the name of.
func (in *inquiry) noSource(ctx context.Context) error {
	s := in.source
	if err := in.noNamespace(ctx, s.namespace); err != nil {
		return fmt.Errorf("source %q: %w", in.q.Source, err)
	}
	if s.kind == gatewayKind {
		return in.noGateway(ctx)
	}
	var names []string
	what := "nothing that has or creates Pods is called"
	for _, r := range in.sourceResources() {
		names = append(names, in.reader.Names(ctx, r, s.namespace)...)
	}
	if s.kind != anyKind {
		what = "no " + in.sourceResources()[0].Kind + " is called"
	}
	return fmt.Errorf("source %q: %s %q in namespace %q%s", in.q.Source, what, s.name, s.namespace, didYouMean(s.name, names))
}

func (in *inquiry) sourceResources() []cluster.Resource {
	switch in.source.kind {
	case podKind:
		return []cluster.Resource{cluster.Pods}
	case workloadKind:
		return []cluster.Resource{in.source.resource}
	case serviceAccountKind:
		return []cluster.Resource{cluster.ServiceAccounts}
	case gatewayKind:
		return []cluster.Resource{cluster.Gateways, cluster.IstioGateways}
	case anyKind:
		return []cluster.Resource{cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets, cluster.CronJobs, cluster.Jobs, cluster.Pods}
	case addressKind, kubeletKind, apiserverKind, everyoneKind, strangersKind, identityKind:
	}
	return nil
}

// noGateway tells a Gateway without Pods from one that is not there.
func (in *inquiry) noGateway(ctx context.Context) error {
	s := in.source
	_, k8s := cluster.Get[*gatewayv1.Gateway](in.snap, s.namespace, s.name)
	_, istio := cluster.Get[*networkingv1.Gateway](in.snap, s.namespace, s.name)
	if k8s || istio {
		return fmt.Errorf("source %q: no Pod of namespace %q runs Gateway %q: name the gateway's Deployment instead", in.q.Source, s.namespace, s.name)
	}
	var names []string
	for _, r := range in.sourceResources() {
		names = append(names, in.reader.Names(ctx, r, s.namespace)...)
	}
	return fmt.Errorf("source %q: no Gateway is called %q in namespace %q%s", in.q.Source, s.name, s.namespace, didYouMean(s.name, names))
}

// noNamespace is an error if the namespace is known not to be there.
func (in *inquiry) noNamespace(ctx context.Context, name string) error {
	if in.namespace(name) != nil || !in.snap.Asked(get(cluster.Namespaces, "", name)) || in.missing(cluster.Namespaces, "", name) != "" {
		return nil
	}
	hint := didYouMean(name, in.reader.Names(ctx, cluster.Namespaces, ""))
	if hint == "" && strings.Contains(in.q.Source+in.q.Target, "."+name) {
		hint = " (what follows the last dot of a name is its namespace)"
	}
	return fmt.Errorf("there is no namespace %q%s", name, hint)
}
