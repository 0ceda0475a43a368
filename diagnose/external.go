package diagnose

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// maxAliases bounds how many ExternalName Services are followed.
const maxAliases = 3

// externalHost is the host to look for in ServiceEntries: the target's, or what
// an ExternalName Service of its name stands for.
func (in *inquiry) externalHost() string {
	for _, s := range in.target.services {
		svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
		if ok && svc.Spec.Type == corev1.ServiceTypeExternalName {
			return strings.ToLower(strings.TrimSuffix(svc.Spec.ExternalName, "."))
		}
		if ok {
			return ""
		}
	}
	return in.target.host
}

// serviceEntry finds the ServiceEntry with a host: the exact name before a
// wildcard, the first by namespace and name among equals.
func (in *inquiry) serviceEntry(host string) *networkingv1.ServiceEntry {
	if host == "" {
		return nil
	}
	namespaces := in.entryNamespaces()
	for _, se := range in.entriesFor(host) {
		if slices.Contains(namespaces, "") || slices.Contains(namespaces, se.Namespace) {
			return se
		}
	}
	return nil
}

// aliasRoute follows an ExternalName Service.
func (in *inquiry) aliasRoute(ctx context.Context, svc *corev1.Service, d dial, depth int) (route, error) {
	note := "Service " + svc.Namespace + "/" + svc.Name + " is an alias (ExternalName) of " + svc.Spec.ExternalName
	next, ok := in.aliasOf(svc)
	if !ok {
		r, err := in.externalRoute()
		r.notes = append([]string{note}, r.notes...)
		return r, err
	}
	s := next.services[0]
	if depth == maxAliases {
		return route{}, fmt.Errorf("target %q: the ExternalName Services behind it lead in a circle", in.q.Target)
	}
	target, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
	if !ok {
		if m := in.missing(cluster.Services, s.namespace, s.name); m != "" {
			return route{missing: m, notes: []string{note}}, nil
		}
		return route{
			blocked: note + ", and there is no such Service", notes: []string{note},
			symptom: "could not resolve host",
		}, nil
	}
	d.pod = s.pod
	r, err := in.serviceRoute(ctx, target, d, depth+1)
	r.notes = append([]string{note}, r.notes...)
	return r, err
}

// looksExternal reports whether a name that is no Service's is meant to be
// outside, rather than a slip in the name of a Service or namespace.
func (in *inquiry) looksExternal(ctx context.Context) bool {
	if !in.target.maybeExternal() {
		return false
	}
	if in.fromOutside() || in.serviceEntry(in.target.host) != nil || strings.Count(in.target.host, ".") > 2 {
		return true
	}
	ns := in.target.services[0].namespace
	return in.namespace(ns) == nil && len(nearest(ns, in.reader.Names(ctx, cluster.Namespaces, ""))) == 0
}

// externalRoute leads out of the cluster, or to the workloads of a ServiceEntry.
func (in *inquiry) externalRoute() (route, error) {
	return in.externalRouteTo(in.externalHost(), or(in.target.port, schemes[in.target.scheme]))
}

// externalRouteTo leads to a host and port that are no Service's.
func (in *inquiry) externalRouteTo(host, port string) (route, error) {
	r := route{external: host, host: host, protocol: mesh.Auto}
	n, err := strconv.ParseUint(port, 10, 16)
	se := in.serviceEntry(host)
	switch {
	case port == "" && se != nil && len(se.Spec.GetPorts()) == 1:
		n = uint64(se.Spec.GetPorts()[0].GetNumber())
	case port == "":
		return r, fmt.Errorf("target %q: say which port of %s", in.q.Target, host)
	case err != nil:
		return r, fmt.Errorf("target %q: the port of %s must be a number, not %q", in.q.Target, host, port)
	}
	r.port = uint16(n)
	if se == nil {
		return in.unregistered(r)
	}
	return in.entryRoute(r, se)
}

// entryRoute leads to the workloads that a ServiceEntry selects, else outside.
func (in *inquiry) entryRoute(r route, se *networkingv1.ServiceEntry) (route, error) {
	r.entry = se
	r.notes = append(r.notes, "the host is registered by ServiceEntry "+se.Namespace+"/"+se.Name)
	var words []string
	for _, p := range se.Spec.GetPorts() {
		words = append(words, shortPort(int32(p.GetNumber()), p.GetName())) //nolint:gosec // a port
		if p.GetNumber() == uint32(r.port) {
			r.protocol, r.protocolWhy = mesh.PortProtocol(corev1.ServicePort{Name: p.GetProtocol(), Port: int32(p.GetNumber())}) //nolint:gosec // a port
		}
	}
	if len(words) > 0 && r.protocolWhy == "" {
		return in.unlisted(r, se, strings.Join(words, ", "))
	}
	if r.missing = in.entriesUnread(se); r.missing != "" {
		return r, nil
	}
	r.ends = in.entryEnds(r, se)
	if len(r.ends) > 0 {
		return r, nil
	}
	if sel := se.Spec.GetWorkloadSelector().GetLabels(); len(sel) > 0 {
		r.blocked = "ServiceEntry " + se.Namespace + "/" + se.Name + " selects " + mapWords(sel) + ", and no Pod or WorkloadEntry has these labels"
		return r, nil
	}
	r.ends = []party{{host: r.external, ready: true, port: r.port}}
	return r, nil
}

// unlisted leads to a port that the ServiceEntry of its host does not list: to the
// mesh it is as if nobody had registered it.
func (in *inquiry) unlisted(r route, se *networkingv1.ServiceEntry, ports string) (route, error) {
	r.entry, r.protocol = nil, mesh.Auto
	why := fmt.Sprintf("ServiceEntry %s/%s does not list port %d; its ports are %s", se.Namespace, se.Name, r.port, ports)
	r.ends = []party{{host: r.external, ready: true, port: r.port}}
	r.strange = why
	r.notes = append(r.notes, why+": the port is passed on as it is")
	return r, nil
}

// entriesUnread words what could not be read and would have shown the workloads that
// a ServiceEntry selects.
func (in *inquiry) entriesUnread(se *networkingv1.ServiceEntry) string {
	sel := se.Spec.GetWorkloadSelector().GetLabels()
	if len(sel) == 0 {
		return ""
	}
	in.want(podsBy(se.Namespace, sel), list(cluster.WorkloadEntries, se.Namespace), get(cluster.Namespaces, "", se.Namespace))
	for _, r := range []cluster.Resource{cluster.Pods, cluster.WorkloadEntries} {
		if m := in.missing(r, se.Namespace, ""); m != "" {
			return m
		}
	}
	return ""
}

// entryEnds are the endpoints of a ServiceEntry: those that stand in it, or the Pods
// and WorkloadEntries that it selects.
func (in *inquiry) entryEnds(r route, se *networkingv1.ServiceEntry) []party {
	var name string
	var target uint32
	for _, sp := range se.Spec.GetPorts() {
		if sp.GetNumber() == uint32(r.port) {
			name, target = sp.GetName(), sp.GetTargetPort()
		}
	}
	var out []party
	add := func(p party, we *networkingv1.WorkloadEntry) {
		p.port = mesh.EntryPort(we, name, target, uint32(r.port))
		out = append(out, p)
	}
	for _, we := range mesh.InlineEntries(se) {
		add(in.entryParty(we), we)
	}
	sel := se.Spec.GetWorkloadSelector().GetLabels()
	for _, we := range cluster.List[*networkingv1.WorkloadEntry](in.snap, se.Namespace) {
		if selects(sel, mesh.EntryLabels(we)) {
			add(in.entryParty(we), we)
		}
	}
	for _, pod := range in.selected(se.Namespace, sel) {
		if running(pod) {
			add(in.podParty(pod), nil)
		}
	}
	return out
}

// unregistered leads to a host that no ServiceEntry in sight names.
func (in *inquiry) unregistered(r route) (route, error) {
	r.ends = []party{{host: r.external, ready: true, port: r.port}}
	for _, ns := range in.entryNamespaces() {
		if u, ok := in.snap.Missing(cluster.ServiceEntries, ns, ""); ok && u.Reason != cluster.NotInstalled {
			r.missing = unreadWords(u)
			return r, nil
		}
	}
	r.strange = r.external + " is registered by no ServiceEntry"
	if !in.whole() {
		r.unsure = "whether a ServiceEntry of another namespace names " + r.external
	}
	r.notes = append(r.notes, r.external+" is taken for a host outside the cluster: no Service or ServiceEntry in sight has the name")
	return r, nil
}

// noService is the error for a Service that is not there.
func (in *inquiry) noService(ctx context.Context) error {
	if len(in.target.services) == 0 {
		return fmt.Errorf("target %q: %q is no Service name: want NAME.NAMESPACE.svc", in.q.Target, in.target.host)
	}
	s := in.target.services[0]
	if err := in.noNamespace(ctx, s.namespace); err != nil {
		return fmt.Errorf("target %q: %w", in.q.Target, err)
	}
	hint := didYouMean(s.name, in.reader.Names(ctx, cluster.Services, s.namespace))
	if hint == "" {
		hint = in.elsewhere(ctx, s.name)
	}
	return fmt.Errorf("target %q: no Service is called %q in namespace %q%s", in.q.Target, s.name, s.namespace, hint)
}

// elsewhere looks for the name in the other namespaces of the question.
func (in *inquiry) elsewhere(ctx context.Context, name string) string {
	found := ""
	for _, svc := range cluster.List[*corev1.Service](in.snap, "") {
		if svc.Name == name {
			found = svc.Namespace
		}
	}
	for _, ns := range in.entryNamespaces() {
		if found == "" && ns != "" && slices.Contains(in.reader.Names(ctx, cluster.Services, ns), name) {
			found = ns
		}
	}
	if found == "" {
		return ""
	}
	return ", but there is one in namespace " + strconv.Quote(found) + ": " + name + "." + found
}
