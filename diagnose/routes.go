package diagnose

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// routed is the request as a proxy's routes see it. Where the question does not
// say what the client speaks it is taken for HTTP on a port that may be HTTP.
func (in *inquiry) routed(m message, r route, by party) routing.Request {
	q := routing.Request{
		Port: r.port, SNI: authz.Attr[string]{}, Host: m.host, Method: m.method, Headers: m.headers, DestinationIP: authz.Attr[netip.Addr]{},
		HTTP: r.protocol == mesh.HTTP || r.protocol == mesh.Auto && (m.speaksHTTP() || m.scheme == ""),
	}
	if raw := m.path; raw != "" {
		if path, ok := in.config(in.revision()).Normalization().Path(raw); ok {
			q.Path = authz.Known(path)
		}
	}
	if name := or(m.sni, or(m.dialled, r.host)); name != "" && (m.scheme == "https" || m.scheme == "tls") {
		q.TLS, q.SNI = true, authz.Known(name)
	}
	if r.service != nil {
		q.DestinationIP = virtualIP(r.service)
	}
	if by.pod != nil {
		q.SourceLabels, q.SourceNamespace = by.pod.Labels, by.pod.Namespace
	}
	if q.Host.State() == authz.StateOpen && r.host != "" { // whoever calls a Service names it
		q.Host = authz.Known(r.host)
	}
	return q
}

// clientRoutes is where the source's own sidecar sends the request; nil where it
// sends it where it was dialled.
func (in *inquiry) clientRoutes(src party, r route, m message) []routing.Branch {
	if src.presence.Plane != mesh.Sidecar || r.host == "" || r.protocol == mesh.UDP || r.blocked != "" {
		return nil
	}
	in.wantClientRoutes(src, r)
	q := in.meshQuery(src, r, m)
	own := in.ownHost(r, m)
	if branches, ok := routing.GatewayAPIMesh(in.gatewayAPIMesh(q, r)); ok && own {
		return branches
	}
	if len(q.VirtualServices) == 0 && own {
		return nil
	}
	return routing.Mesh(q)
}

// waypointRoutes is where a waypoint sends what is addressed to a Service; nil where
// nothing but the Service's endpoints is asked for.
func (in *inquiry) waypointRoutes(w *walk, r route) []routing.Branch {
	if r.service == nil && r.entry == nil {
		return nil
	}
	in.wantWaypointRoutes(w, r)
	q := in.meshQuery(w.dst, r, w.forwarded())
	q.Waypoint = true
	if branches, ok := routing.GatewayAPIMesh(in.gatewayAPIMesh(q, r)); ok {
		return branches
	}
	if len(q.VirtualServices) == 0 {
		return nil
	}
	return routing.Mesh(q)
}

// ownHost reports whether the authority is that of the Service that is dialled, or
// is not given.
func (in *inquiry) ownHost(r route, m message) bool {
	host, ok := m.host.Get()
	if !ok || r.protocol == mesh.TCP {
		return true
	}
	name := strings.ToLower(strings.TrimSuffix(bareHost(host), "."))
	if r.service == nil {
		return name == r.host
	}
	s := r.service
	for _, own := range []string{s.Name, s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc", in.fqdn(s), s.Spec.ClusterIP} {
		if name == own || r.headless && strings.HasSuffix(name, "."+own) { // each Pod of a headless Service has a name
			return true
		}
	}
	return false
}

func (in *inquiry) meshQuery(by party, r route, m message) routing.MeshQuery {
	c := in.config(in.revision())
	policy, _ := in.outboundPolicy(by)
	q := routing.MeshQuery{
		VirtualServices: ofRevision(in, in.virtualServices(in.namesIn(r, m, by.pod.Namespace)...)),
		Namespace:       by.pod.Namespace, RootNamespace: c.RootNamespace, Domain: in.target.domain(),
		RegistryOnly: policy == registryOnly, DefaultExportTo: c.VirtualServiceExportTo, Headless: r.headless, Sniffed: r.protocol == mesh.Auto,
		Request: in.routed(m, r, by), Host: r.host, Known: in.knows,
	}
	if r.service != nil {
		q.HostNamespace = r.service.Namespace
	}
	if e := r.entry; e != nil {
		for _, p := range e.Spec.GetPorts() {
			if p.GetNumber() == uint32(r.port) {
				q.TLSPort = slices.Contains([]string{"HTTPS", "TLS"}, strings.ToUpper(p.GetProtocol()))
			}
		}
	}
	if r.servicePort != nil {
		q.TLSPort = isTLSPort(*r.servicePort)
	}
	return q
}

// namesIn are the full names that a request of a Pod in a namespace may be routed by:
// that of what is dialled, and what its Host header may stand for there.
func (in *inquiry) namesIn(r route, m message, namespace string) []string {
	out := []string{r.host}
	host, ok := m.host.Get()
	if !ok {
		return out
	}
	host = strings.ToLower(strings.TrimSuffix(bareHost(host), "."))
	name, rest, _ := strings.Cut(strings.TrimSuffix(host, ".svc"), ".")
	ns, _, _ := strings.Cut(rest, ".")
	return append(out, host, name+"."+or(ns, namespace)+".svc."+in.target.domain())
}

// isTLSPort reports whether a port is declared HTTPS or TLS.
func isTLSPort(p corev1.ServicePort) bool {
	name, _, _ := strings.Cut(strings.ToLower(p.Name), "-")
	if p.AppProtocol != nil {
		name = strings.ToLower(*p.AppProtocol)
	}
	return name == "https" || name == "tls" || name == "kubernetes.io/wss"
}

func (in *inquiry) gatewayAPIMesh(q routing.MeshQuery, r route) routing.GatewayAPIMeshQuery {
	var routes gatewayRoutes
	switch {
	case r.service != nil:
		routes = in.routesOf(parent{"Service", r.service.Namespace, r.service.Name})
	case r.entry != nil:
		routes = in.routesOf(parent{"ServiceEntry", r.entry.Namespace, r.entry.Name})
	}
	return routing.GatewayAPIMeshQuery{
		Service: r.service, ServiceEntry: r.entry, Host: q.Host, Namespace: q.Namespace,
		HTTPRoutes: routes.http, GRPCRoutes: routes.grpc, TLSRoutes: routes.tls, TCPRoutes: routes.tcp,
		Domain: q.Domain, Waypoint: q.Waypoint, TLSPort: q.TLSPort, Request: q.Request,
	}
}

// knows reports whether a host is that of a Service or ServiceEntry in sight with
// the port.
func (in *inquiry) knows(host string, port uint16) bool {
	t, err := parseTarget(host, in.sourceNamespace(), in.sourceNamespace())
	if err != nil {
		return false
	}
	for _, s := range t.services {
		if s.pod != "" || !strings.HasSuffix(host, ".svc."+in.target.domain()) {
			continue
		}
		if in.snap.Asked(get(cluster.Namespaces, "", s.namespace)) { // else the host only looks like a Service's
			in.want(in.serviceQuery(s))
		}
		if svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name); ok {
			return slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool { return uint16(p.Port) == port })
		}
	}
	return in.serviceEntry(t.host) != nil
}

// destinationRoute is the route to where a branch sends, or why there is none.
func (in *inquiry) destinationRoute(ctx context.Context, by party, from route, b routing.Branch, d routing.Destination) (route, *ending) {
	where := b.Object + " (" + b.Field + ")"
	if d.Host == "" { // to the address that was dialled, as it is
		from.unknown = "PassthroughCluster sends it as it is: no route is for its Host"
		return from, nil
	}
	if d.Host == from.host && (d.Port == 0 || d.Port == from.port) {
		return in.subsetOf(by, from, where, d), nil
	}
	fail := func(format string, args ...any) *ending {
		symptom := "503 (flag NC: cluster not found)"
		if strings.HasPrefix(b.Object, "HTTPRoute ") || strings.HasPrefix(b.Object, "GRPCRoute ") { // istiod answers for what it cannot resolve
			symptom = "500"
		}
		return &ending{verdict: Denied, policy: b.Object, field: b.Field, symptom: symptom, says: where + " " + fmt.Sprintf(format, args...)}
	}
	t, err := parseTarget(d.Host, "", "")
	if err != nil {
		return route{host: d.Host}, fail("sends it to %q, which is no host name", d.Host)
	}
	for _, s := range t.services {
		if s.namespace == "" || s.pod != "" {
			continue
		}
		in.wantService(s)
		svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
		if m := in.missing(cluster.Services, s.namespace, s.name); !ok && m != "" {
			return route{host: d.Host}, &ending{verdict: Undetermined, says: "what stands behind " + d.Host + " is not known", missing: []string{m}}
		}
		if !ok {
			continue
		}
		port := d.Port
		if port == 0 && len(svc.Spec.Ports) != 1 {
			port = from.port
		}
		at := dial{}
		if port != 0 {
			at.port = strconv.Itoa(int(port))
		}
		r, err := in.serviceRoute(ctx, svc, at, 0)
		if err != nil {
			return route{host: d.Host}, fail("sends it to port %d of Service %s/%s, which has none such", port, s.namespace, s.name)
		}
		if why := in.unseenBy(by, r); why != "" {
			return route{host: d.Host}, fail("sends it to %s, and %s", d.Host, why)
		}
		return in.subsetOf(by, r, where, d), nil
	}
	if in.serviceEntry(d.Host) == nil && in.whole() && !strings.HasSuffix(d.Host, ".svc."+in.target.domain()) {
		return route{host: d.Host}, fail("sends it to %s, which no ServiceEntry registers%s", d.Host, in.nearServiceEntry(d.Host))
	}
	if se := in.serviceEntry(d.Host); se != nil || !strings.HasSuffix(d.Host, ".svc."+in.target.domain()) {
		r, err := in.externalRouteTo(d.Host, strconv.Itoa(int(or16(d.Port, from.port))))
		if err != nil {
			return r, fail("sends it to %s: %s", d.Host, err)
		}
		return r, nil
	}
	return route{host: d.Host}, fail("sends it to %s, and there is no such Service", d.Host)
}

func or16(a, b uint16) uint16 {
	if a == 0 {
		return b
	}
	return a
}

// subsetOf keeps the endpoints of the subset that a route names.
func (in *inquiry) subsetOf(by party, r route, where string, d routing.Destination) route {
	if d.Subset == "" {
		return r
	}
	r.subset = d.Subset
	q := mesh.RuleQuery{Config: in.config(in.revision()), Rules: in.allRules(), Host: r.host, Waypoint: by.presence.Plane == mesh.Waypoint}
	if by.pod != nil {
		q.Namespace, q.Labels = by.pod.Namespace, by.pod.Labels
	}
	if r.service != nil {
		q.ServiceNamespace = r.service.Namespace
	}
	labels, rule, ok := mesh.SubsetLabels(q, d.Subset)
	if !ok {
		r.ends, r.blocked, r.symptom = nil, fmt.Sprintf("%s sends it to subset %s of %s, which no DestinationRule in sight has%s", where, d.Subset, r.host, in.nearSubset(r.host, d.Subset)), "503 (flag NC: cluster not found)"
		return r
	}
	r.ends = slices.DeleteFunc(slices.Clone(r.ends), func(p party) bool {
		return p.pod != nil && len(labels) > 0 && !selects(labels, p.pod.Labels)
	})
	if len(r.ends) == 0 && r.blocked == "" {
		r.blocked = fmt.Sprintf("no endpoint of %s has the labels %s of subset %s (DestinationRule %s%s)", r.host, mapWords(labels), d.Subset, rule, unlabelled(labels, r.all))
	}
	return r
}

// allRules are the DestinationRules in sight.
func (in *inquiry) allRules() []*networkingv1.DestinationRule {
	return ofRevision(in, cluster.List[*networkingv1.DestinationRule](in.snap, ""))
}

func (in *inquiry) namespaceLabels(name string) (map[string]string, bool) {
	in.want(get(cluster.Namespaces, "", name))
	if ns := in.namespace(name); ns != nil {
		return ns.Labels, true
	}
	return nil, in.missing(cluster.Namespaces, "", name) == ""
}

// ingressWaypointLabel asks gateways to send traffic through waypoints.
const ingressWaypointLabel = "istio.io/ingress-use-waypoint"
