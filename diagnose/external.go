package diagnose

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
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
	var wild *networkingv1.ServiceEntry
	for _, ns := range in.entryNamespaces() {
		for _, se := range cluster.List[*networkingv1.ServiceEntry](in.snap, ns) {
			for _, h := range se.Spec.GetHosts() {
				h = strings.ToLower(h)
				if h == host {
					return se
				}
				if rest, ok := strings.CutPrefix(h, "*"); ok && strings.HasSuffix(host, rest) && wild == nil {
					wild = se
				}
			}
		}
	}
	return wild
}

// aliasRoute follows an ExternalName Service.
func (in *inquiry) aliasRoute(ctx context.Context, svc *corev1.Service, depth int) (route, error) {
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
	r, err := in.serviceRoute(ctx, target, s.pod, depth+1)
	r.notes = append([]string{note}, r.notes...)
	return r, err
}

// looksExternal reports whether a name that is no Service's is meant to be
// outside, rather than a slip in the name of a Service or namespace.
func (in *inquiry) looksExternal(ctx context.Context) bool {
	if !in.target.maybeExternal() {
		return false
	}
	if in.serviceEntry(in.target.host) != nil || strings.Count(in.target.host, ".") > 2 {
		return true
	}
	ns := in.target.services[0].namespace
	return in.namespace(ns) == nil && len(nearest(ns, in.reader.Names(ctx, cluster.Namespaces, ""))) == 0
}

// externalRoute leads out of the cluster, or to the workloads of a ServiceEntry.
func (in *inquiry) externalRoute() (route, error) {
	host := in.externalHost()
	r := route{external: host, protocol: mesh.Auto}
	port := or(in.target.port, schemes[in.target.scheme])
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
	r.notes = append(r.notes, "the host is registered by ServiceEntry "+se.Namespace+"/"+se.Name)
	var words []string
	for _, p := range se.Spec.GetPorts() {
		words = append(words, shortPort(int32(p.GetNumber()), p.GetName())) //nolint:gosec // a port
		if p.GetNumber() == uint32(r.port) {
			r.protocol, r.protocolWhy = mesh.PortProtocol(corev1.ServicePort{Name: p.GetProtocol(), Port: int32(p.GetNumber())}) //nolint:gosec // a port
		}
	}
	if len(words) > 0 && r.protocolWhy == "" {
		return r, fmt.Errorf("target %q: ServiceEntry %s/%s has no port %d; its ports are %s", in.q.Target, se.Namespace, se.Name, r.port, strings.Join(words, ", "))
	}
	sel := se.Spec.GetWorkloadSelector().GetLabels()
	if len(sel) == 0 && (len(se.Spec.GetEndpoints()) > 0 || se.Spec.GetLocation() == networkingapi.ServiceEntry_MESH_INTERNAL) {
		r.missing = "what stands before the endpoints of ServiceEntry " + se.Namespace + "/" + se.Name + ": they are not evaluated yet"
	}
	if len(sel) == 0 {
		r.ends = []party{{host: r.external, ready: true, port: r.port}}
		return r, nil
	}
	for _, pod := range in.podsWith(se.Namespace, func(pod *corev1.Pod) bool { return selects(sel, pod.Labels) && running(pod) }) {
		p := in.podParty(pod)
		p.port = r.port
		for _, sp := range se.Spec.GetPorts() {
			if sp.GetNumber() == uint32(r.port) && sp.GetTargetPort() != 0 {
				p.port = uint16(sp.GetTargetPort())
			}
		}
		r.ends = append(r.ends, p)
	}
	if len(r.ends) == 0 {
		r.missing = "the WorkloadEntries that ServiceEntry " + se.Namespace + "/" + se.Name + " selects: they are not read yet"
	}
	return r, nil
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
	if in.config(in.revision()).OutboundPolicy == "REGISTRY_ONLY" && !in.reader.Live() {
		r.blocked = r.external + " is registered by no ServiceEntry, and the mesh lets out only what is (outboundTrafficPolicy REGISTRY_ONLY)"
		r.symptom = "502 Bad Gateway for HTTP, a reset connection otherwise"
		return r, nil
	}
	if in.config(in.revision()).OutboundPolicy == "REGISTRY_ONLY" {
		r.missing = "whether a ServiceEntry of another namespace names " + r.external + ": the mesh lets out only what is registered (outboundTrafficPolicy REGISTRY_ONLY)"
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
