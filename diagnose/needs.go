package diagnose

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// maxEndpointPods bounds how many Pods of a Service without a selector are read
// one by one.
const maxEndpointPods = 10

// needs lists what is to be read next; none when the question can be answered.
func (in *inquiry) needs() []cluster.Query {
	var all []cluster.Query
	all = append(all, in.sourceNeeds()...)
	all = append(all, in.targetNeeds()...)
	all = append(all, in.meshNeeds()...)
	return in.fresh(all)
}

// fresh leaves out what was asked already.
func (in *inquiry) fresh(all []cluster.Query) []cluster.Query {
	var out []cluster.Query
	for _, q := range all {
		if !in.snap.Asked(q) && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

func get(r cluster.Resource, namespace, name string) cluster.Query {
	return cluster.Query{Resource: r, Namespace: namespace, Name: name}
}

func list(r cluster.Resource, namespace string) cluster.Query {
	return cluster.Query{Resource: r, Namespace: namespace}
}

func podsBy(namespace string, set map[string]string) cluster.Query {
	return cluster.Query{Resource: cluster.Pods, Namespace: namespace, Labels: labels.SelectorFromSet(set).String()}
}

func (in *inquiry) sourceNeeds() []cluster.Query {
	s := in.source
	switch s.kind {
	case podKind:
		return []cluster.Query{get(cluster.Pods, s.namespace, s.name)}
	case workloadKind:
		return append([]cluster.Query{get(s.resource, s.namespace, s.name)}, in.createdPods()...)
	case serviceAccountKind:
		return []cluster.Query{get(cluster.ServiceAccounts, s.namespace, s.name), in.accountPods()}
	case gatewayKind:
		return in.gatewayNeeds()
	case anyKind:
		return in.bareNameNeeds()
	case addressKind:
		if in.whole() {
			return []cluster.Query{{Resource: cluster.Pods, Fields: "status.podIP=" + s.address.String()}}
		}
	case everyoneKind:
		var all []cluster.Query
		for _, ns := range in.q.Among {
			all = append(all, list(cluster.Pods, ns))
		}
		return all
	case kubeletKind, apiserverKind, strangersKind, identityKind:
	}
	return nil
}

func (in *inquiry) accountPods() cluster.Query {
	return cluster.Query{Resource: cluster.Pods, Namespace: in.source.namespace, Fields: "spec.serviceAccountName=" + in.source.name}
}

// bareNameNeeds tries a Pod and a Deployment, then what else creates Pods, and last
// what nobody calls by name where another would do.
func (in *inquiry) bareNameNeeds() []cluster.Query {
	s := in.source
	all := []cluster.Query{get(cluster.Pods, s.namespace, s.name), get(cluster.Deployments, s.namespace, s.name)}
	if !in.snap.Asked(all[0]) || in.hasPod(s.namespace, s.name) {
		return all
	}
	tried := in.snap.Asked(get(cluster.CronJobs, s.namespace, s.name))
	for _, c := range creators() {
		last := c.resource == cluster.Jobs || c.resource == cluster.ReplicaSets
		if len(in.creators()) == 0 && (!last || tried) {
			all = append(all, get(c.resource, s.namespace, s.name))
		}
	}
	return append(all, in.createdPods()...)
}

func (in *inquiry) hasPod(namespace, name string) bool {
	_, ok := in.realPod(namespace, name)
	return ok
}

// realPod finds a Pod that exists; one that a workload would create is none.
func (in *inquiry) realPod(namespace, name string) (*corev1.Pod, bool) {
	pod, ok := cluster.Get[*corev1.Pod](in.snap, namespace, name)
	return pod, ok && !predicted(pod)
}

// gatewayPods are the Pods of a Gateway of the Gateway API.
func (in *inquiry) gatewayPods() cluster.Query {
	return podsBy(in.source.namespace, map[string]string{gatewayNameLabel: in.source.name})
}

// gatewayNeeds reads the Pods of a Gateway of the Gateway API, and those that an
// Istio Gateway of the name selects.
func (in *inquiry) gatewayNeeds() []cluster.Query {
	s := in.source
	all := []cluster.Query{in.gatewayPods(), get(cluster.Gateways, s.namespace, s.name), get(cluster.IstioGateways, s.namespace, s.name)}
	if gw, ok := cluster.Get[*networkingv1.Gateway](in.snap, s.namespace, s.name); ok && len(gw.Spec.GetSelector()) > 0 {
		all = append(all, podsBy(s.namespace, gw.Spec.GetSelector()))
	}
	return all
}

// createdPods asks for the Pods of what was found to create some.
func (in *inquiry) createdPods() []cluster.Query {
	var out []cluster.Query
	for _, o := range in.creators() {
		if q, ok := podsOf(o); ok {
			out = append(out, q)
		}
	}
	return out
}

// creators are the objects of the source's name that create Pods, read so far. A bare
// name that is a Deployment's is that of nothing else.
func (in *inquiry) creators() []cluster.Object {
	var out []cluster.Object
	for _, c := range creators() {
		if in.source.kind == workloadKind && c.resource != in.source.resource {
			continue
		}
		if o := in.creator(c.resource); o != nil {
			out = append(out, o)
			if c.resource == cluster.Deployments {
				break
			}
		}
	}
	return out
}

func (in *inquiry) creator(r cluster.Resource) cluster.Object {
	switch r {
	case cluster.Deployments:
		return pick[*appsv1.Deployment](in)
	case cluster.StatefulSets:
		return pick[*appsv1.StatefulSet](in)
	case cluster.DaemonSets:
		return pick[*appsv1.DaemonSet](in)
	case cluster.ReplicaSets:
		return pick[*appsv1.ReplicaSet](in)
	case cluster.Jobs:
		return pick[*batchv1.Job](in)
	case cluster.CronJobs:
		return pick[*batchv1.CronJob](in)
	}
	return nil
}

func pick[T cluster.Object](in *inquiry) cluster.Object {
	if o, ok := cluster.Get[T](in.snap, in.source.namespace, in.source.name); ok {
		return o
	}
	return nil
}

// podsOf is the query for the Pods that an object has created. Those of a CronJob
// are among the Pods of Jobs.
func podsOf(o cluster.Object) (cluster.Query, bool) {
	var sel *metav1.LabelSelector
	switch o := o.(type) {
	case *batchv1.CronJob:
		return cluster.Query{Resource: cluster.Pods, Namespace: o.Namespace, Labels: batchv1.JobNameLabel}, true
	case *appsv1.Deployment:
		sel = o.Spec.Selector
	case *appsv1.StatefulSet:
		sel = o.Spec.Selector
	case *appsv1.DaemonSet:
		sel = o.Spec.Selector
	case *appsv1.ReplicaSet:
		sel = o.Spec.Selector
	case *batchv1.Job:
		sel = o.Spec.Selector
	}
	if sel == nil {
		return cluster.Query{}, false
	}
	s, err := metav1.LabelSelectorAsSelector(sel)
	if err != nil || s.Empty() {
		return cluster.Query{}, false
	}
	return cluster.Query{Resource: cluster.Pods, Namespace: o.GetNamespace(), Labels: s.String()}, true
}

func (in *inquiry) targetNeeds() []cluster.Query {
	t := in.target
	switch t.kind {
	case podTarget:
		return []cluster.Query{get(cluster.Pods, t.namespace, t.name), list(cluster.Services, t.namespace)}
	case addressTarget:
		return in.addressNeeds()
	case hostTarget, serviceTarget:
	}
	if in.fromOutside() { // no Service of the cluster has such a name for who asks there
		return nil
	}
	var all []cluster.Query
	if t.maybeExternal() && strings.Count(t.host, ".") > 1 {
		all = in.serviceEntryNeeds()
	}
	for _, s := range t.services {
		all = append(all, in.serviceNeeds(s, 0)...)
		if svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name); ok && s.pod != "" {
			all = append(all, in.endpointNeeds(svc)...)
		}
		if in.serviceFound(s) || !in.snap.Asked(get(cluster.Services, s.namespace, s.name)) || in.missing(cluster.Services, s.namespace, s.name) != "" {
			return all
		}
	}
	if t.maybeExternal() {
		all = append(all, in.serviceEntryNeeds()...)
	}
	return all
}

func (in *inquiry) serviceFound(s serviceRef) bool {
	_, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
	return ok
}

func slicesOf(namespace, service string) cluster.Query {
	return cluster.Query{Resource: cluster.EndpointSlices, Namespace: namespace, Labels: discoveryv1.LabelServiceName + "=" + service}
}

// serviceQuery lists the Services of a namespace: others may be on the same port, and
// routes may lead to them. Where there is no such list, it is the one alone.
func (in *inquiry) serviceQuery(s serviceRef) cluster.Query {
	if in.missing(cluster.Services, s.namespace, "") != "" {
		return get(cluster.Services, s.namespace, s.name)
	}
	return list(cluster.Services, s.namespace)
}

func (in *inquiry) serviceNeeds(s serviceRef, depth int) []cluster.Query {
	all := []cluster.Query{in.serviceQuery(s)}
	svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
	if ok || s.pod == "" { // PART.NAME.NAMESPACE is rarely a Pod of a headless Service
		all = append(all, slicesOf(s.namespace, s.name))
	}
	if !ok {
		return all
	}
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		next, ok := in.aliasOf(svc)
		switch {
		case !ok:
			return append(all, in.serviceEntryNeeds()...)
		case depth < maxAliases:
			return append(all, in.serviceNeeds(next.services[0], depth+1)...)
		}
		return all
	}
	return all
}

// endpointNeeds asks for the Pods behind a Service.
func (in *inquiry) endpointNeeds(svc *corev1.Service) []cluster.Query {
	if len(svc.Spec.Selector) > 0 {
		return []cluster.Query{podsBy(svc.Namespace, svc.Spec.Selector)}
	}
	return in.endpointPods(serviceRef{namespace: svc.Namespace, name: svc.Name})
}

// aliasOf reads the name that an ExternalName Service stands for, if it is that
// of another Service.
func (in *inquiry) aliasOf(svc *corev1.Service) (targetRef, bool) {
	next, err := parseTarget(svc.Spec.ExternalName, svc.Namespace, svc.Namespace)
	return next, err == nil && len(next.services) > 0 && !next.maybeExternal()
}

// endpointPods asks for the Pods that a Service's EndpointSlices name, or whose
// addresses they hold.
func (in *inquiry) endpointPods(s serviceRef) []cluster.Query {
	var all []cluster.Query
	for _, slice := range in.endpointSlices(s) {
		for _, e := range slice.Endpoints {
			switch {
			case len(all) == maxEndpointPods:
				return all
			case e.TargetRef != nil && e.TargetRef.Kind == "Pod":
				all = append(all, get(cluster.Pods, s.namespace, e.TargetRef.Name))
			case e.TargetRef == nil && len(e.Addresses) > 0:
				all = append(all, cluster.Query{Resource: cluster.Pods, Namespace: s.namespace, Fields: "status.podIP=" + e.Addresses[0]})
			}
		}
	}
	return all
}

func (in *inquiry) endpointSlices(s serviceRef) []*discoveryv1.EndpointSlice {
	return in.slicesByService(s)
}

// addressNeeds looks for the Pod with an address in the namespaces that the
// question names; a live cluster has no index of all Pods by address.
func (in *inquiry) addressNeeds() []cluster.Query {
	fields := "status.podIP=" + in.target.address.String()
	namespaces := in.addressNamespaces()
	var all []cluster.Query
	for _, ns := range namespaces {
		all = append(all, cluster.Query{Resource: cluster.Pods, Namespace: ns, Fields: fields}, list(cluster.Services, ns))
	}
	if svc := in.serviceByAddress(); svc != nil {
		return append(all, in.serviceNeeds(serviceRef{namespace: svc.Namespace, name: svc.Name}, 0)...)
	}
	return all
}

func (in *inquiry) addressNamespaces() []string {
	if in.whole() {
		return []string{""}
	}
	namespaces := []string{in.sourceNamespace(), in.q.namespace()}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// serviceByAddress finds the Service whose cluster IP the target is.
func (in *inquiry) serviceByAddress() *corev1.Service {
	if in.target.kind != addressTarget {
		return nil
	}
	return in.serviceAt(in.target.address.String())
}

func (in *inquiry) podByAddress() *corev1.Pod {
	return firstRunning(in.podsAt(in.target.address), "")
}

func (in *inquiry) serviceEntryNeeds() []cluster.Query {
	var all []cluster.Query
	for _, ns := range in.entryNamespaces() {
		all = append(all, list(cluster.ServiceEntries, ns))
	}
	if se := in.serviceEntry(in.externalHost()); se != nil {
		if sel := se.Spec.GetWorkloadSelector().GetLabels(); len(sel) > 0 {
			all = append(all, podsBy(se.Namespace, sel))
		}
	}
	return all
}

// entryNamespaces are where ServiceEntries are looked for: the source's
// namespace, the current one and the root; everywhere, where that costs nothing.
func (in *inquiry) entryNamespaces() []string {
	if in.whole() {
		return []string{""}
	}
	namespaces := []string{in.sourceNamespace(), in.q.namespace(), in.q.meshNamespace()}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// meshNeeds asks for what every question needs: the mesh configuration, the two
// namespaces, and what restricts the source's connections. What decides at the other
// end is asked for when the way is known, see wayNeeds.
func (in *inquiry) meshNeeds() []cluster.Query {
	all := []cluster.Query{get(cluster.ConfigMaps, in.q.meshNamespace(), "istio")}
	if rev := in.revision(); rev != "" {
		all = append(all, get(cluster.ConfigMaps, in.q.meshNamespace(), meshConfigNames(rev)[0]))
	}
	if in.source.outside() {
		all = append(all, in.networkNeeds()...)
	} else {
		all = append(all, get(cluster.Namespaces, "", in.sourceNamespace()))
		all = append(all, in.networkNeeds(in.sourceNamespace())...)
	}
	for _, ns := range in.targetNamespaces() {
		all = append(all, get(cluster.Namespaces, "", ns))
	}
	return all
}

// fromOutside reports whether somebody outside asks a cluster for a host that
// only a gateway can know.
func (in *inquiry) fromOutside() bool {
	return !in.whole() && in.source.kind == addressKind && in.target.maybeExternal() && strings.Count(in.target.host, ".") > 1
}

// targetNamespaces are the namespaces in which the target's Pods may be, as far
// as is known by now.
func (in *inquiry) targetNamespaces() []string {
	switch t := in.target; t.kind {
	case podTarget:
		return []string{t.namespace}
	case addressTarget:
		if svc := in.serviceByAddress(); svc != nil {
			return []string{svc.Namespace}
		}
		if pod := in.podByAddress(); pod != nil {
			return []string{pod.Namespace}
		}
		return nil
	case hostTarget, serviceTarget:
	}
	if in.fromOutside() {
		return nil
	}
	if se := in.serviceEntry(in.externalHost()); se != nil {
		return []string{se.Namespace}
	}
	for i, s := range in.target.services {
		svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
		switch {
		case ok && svc.Spec.Type == corev1.ServiceTypeExternalName:
			if next, ok := in.aliasOf(svc); ok {
				return []string{next.services[0].namespace}
			}
			return nil
		case ok, i == 0 && !in.snap.Asked(get(cluster.Services, s.namespace, s.name)):
			return []string{s.namespace}
		}
	}
	if len(in.target.services) > 0 && in.missing(cluster.Services, in.target.services[0].namespace, in.target.services[0].name) != "" {
		return []string{in.target.services[0].namespace}
	}
	return nil
}
