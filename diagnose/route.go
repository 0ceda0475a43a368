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
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// route is where the target leads.
type route struct {
	service     *corev1.Service // nil: dialled without one
	servicePort *corev1.ServicePort
	port        uint16 // as dialled
	ends        []party
	all         []party       // of the Service, also those that get no traffic
	sliced      bool          // EndpointSlices list endpoints, on this port or others
	protocol    mesh.Protocol // as the client's proxy takes the port; UDP is no proxy's
	protocolWhy string
	headless    bool
	host        string                     // the name that was dialled or routed to, in full; empty: an address
	subset      string                     // of a DestinationRule, that a route names
	external    string                     // a host outside the cluster
	unknown     string                     // why the client\'s proxy does not know it, and passes it on as it is
	strange     string                     // why nobody has registered it, so that a mesh may not let it out
	unsure      string                     // the fact that decides whether that is so
	entry       *networkingv1.ServiceEntry // that registers the host
	missing     string                     // the fact without which the ends are not known
	blocked     string                     // why nothing is reached whatever policies say
	symptom     string                     // of blocked
	notes       []string
}

// host names the target in the title: httpbin.default, default/web-0.
func (in *inquiry) host(r route) string {
	switch {
	case r.service != nil:
		return r.service.Name + "." + r.service.Namespace
	case in.target.kind == podTarget:
		return in.target.name + "." + in.target.namespace
	case in.target.kind == serviceTarget:
		return in.target.name + "." + in.target.namespace
	}
	return in.target.host
}

// findRoute resolves the target over the snapshot.
func (in *inquiry) findRoute(ctx context.Context) (route, error) {
	switch in.target.kind {
	case podTarget:
		pod, ok := cluster.Get[*corev1.Pod](in.snap, in.target.namespace, in.target.name)
		if !ok {
			return in.noPod(ctx)
		}
		return in.podRoute(pod)
	case addressTarget:
		if svc := in.serviceByAddress(); svc != nil {
			return in.serviceRoute(ctx, svc, in.dial(), 0)
		}
		if pod := in.podByAddress(); pod != nil {
			return in.podRoute(pod)
		}
		return in.noAddress()
	case hostTarget, serviceTarget:
	}
	for _, s := range in.target.services {
		if svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name); ok {
			d := in.dial()
			d.pod = s.pod
			return in.serviceRoute(ctx, svc, d, 0)
		}
		if m := in.missing(cluster.Services, s.namespace, s.name); m != "" {
			return route{missing: m}, nil
		}
	}
	if in.looksExternal(ctx) {
		return in.externalRoute()
	}
	return route{}, in.noService(ctx)
}

// dial is how a Service is called: by which port, and for which of its Pods.
type dial struct {
	port, scheme string // as said; empty was not said
	pod          string // the Pod's own name before a headless Service's
}

// dial is how the target says to call.
func (in *inquiry) dial() dial { return dial{port: in.target.port, scheme: in.target.scheme} }

// serviceRoute follows a Service to its endpoints.
func (in *inquiry) serviceRoute(ctx context.Context, svc *corev1.Service, d dial, depth int) (route, error) {
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		return in.aliasRoute(ctx, svc, d, depth)
	}
	r := route{service: svc, headless: svc.Spec.ClusterIP == corev1.ClusterIPNone, host: in.fqdn(svc)}
	port, err := in.servicePort(svc, d)
	if err != nil {
		return r, err
	}
	r.setPort(d, port)
	if m := in.endpointsMissing(svc); m != "" {
		r.missing = m
		return r, nil
	}
	r.ends = in.endpoints(svc, r)
	r.all, r.sliced = r.ends, slices.ContainsFunc(in.endpointSlices(serviceRef{namespace: svc.Namespace, name: svc.Name}),
		func(s *discoveryv1.EndpointSlice) bool { return len(s.Endpoints) > 0 })
	r.dropUnnamed(svc)
	if d.pod != "" {
		return in.onePod(ctx, r, d.pod)
	}
	in.judgeEnds(&r, svc)
	return r, nil
}

func (r *route) setPort(d dial, port *corev1.ServicePort) {
	r.servicePort = port
	if port == nil { // a headless Service may be dialled on any port
		n, _ := strconv.ParseUint(or(d.port, schemes[d.scheme]), 10, 16)
		r.port, r.protocol = uint16(n), mesh.Auto
		r.protocolWhy = "the port is none of the Service's, so its protocol is sniffed"
		return
	}
	r.port = uint16(port.Port)
	r.protocol, r.protocolWhy = mesh.PortProtocol(*port)
}

// servicePort picks the port that the target names: by number or name, else the
// scheme's, else the only one.
func (in *inquiry) servicePort(svc *corev1.Service, d dial) (*corev1.ServicePort, error) {
	want, implied := d.port, ""
	if want == "" {
		want, implied = schemes[d.scheme], d.scheme+"://"
	}
	ports := svc.Spec.Ports
	for i := range ports {
		if ports[i].Name == want && want != "" || strconv.Itoa(int(ports[i].Port)) == want {
			return &ports[i], nil
		}
	}
	name := svc.Namespace + "/" + svc.Name
	switch {
	case want == "" && len(ports) == 1:
		return &ports[0], nil
	case want == "" && len(ports) == 0:
		return nil, fmt.Errorf("target %q: Service %s has no ports: say which", in.q.Target, name)
	case want == "":
		return nil, fmt.Errorf("target %q: Service %s has several ports, say which: %s", in.q.Target, name, portList(ports))
	case svc.Spec.ClusterIP == corev1.ClusterIPNone && isNumber(want) && implied == "":
		return nil, nil
	case implied != "" && d.port == "":
		return nil, fmt.Errorf("target %q: Service %s has no port %s, which %s implies; its ports are %s", in.q.Target, name, want, implied, portList(ports))
	}
	return nil, fmt.Errorf("target %q: Service %s has no port %s; its ports are %s", in.q.Target, name, want, portList(ports))
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

func portList(ports []corev1.ServicePort) string {
	if len(ports) == 0 {
		return "none"
	}
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = shortPort(p.Port, p.Name)
		if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
			words[i] += " " + string(p.Protocol)
		}
	}
	return strings.Join(words, ", ")
}

// endpointsMissing words what could not be read and would have shown who answers.
func (in *inquiry) endpointsMissing(svc *corev1.Service) string {
	slices := slicesOf(svc.Namespace, svc.Name)
	if m := in.missing(cluster.EndpointSlices, svc.Namespace, ""); m != "" && (in.whole() || in.snap.Asked(slices)) {
		return m
	}
	if m := in.missing(cluster.Pods, svc.Namespace, ""); m != "" {
		return m
	}
	return ""
}

// endpoints are those of the EndpointSlices, in the order of their names; where
// manifests have none, the Pods that the Service selects.
func (in *inquiry) endpoints(svc *corev1.Service, r route) []party {
	all := in.endpointSlices(serviceRef{namespace: svc.Namespace, name: svc.Name})
	if len(all) == 0 {
		return in.selectedPods(svc, r)
	}
	var out []party
	for _, slice := range all {
		port, ok := slicePort(slice, r)
		if !ok {
			continue // other Pods of the Service, without this port
		}
		for i := range slice.Endpoints {
			p := in.endpoint(svc, &slice.Endpoints[i])
			if p.port = port; !slices.ContainsFunc(out, func(o party) bool { return o.String() == p.String() }) {
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b party) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// slicePort is the Pods' port for the Service's port that was dialled. Nothing
// translates the port of a headless Service.
func slicePort(slice *discoveryv1.EndpointSlice, r route) (uint16, bool) {
	if r.headless {
		return r.port, true
	}
	for _, p := range slice.Ports {
		if p.Port != nil && (p.Name == nil && r.servicePort.Name == "" || p.Name != nil && *p.Name == r.servicePort.Name) {
			return uint16(*p.Port), true
		}
	}
	return 0, len(slice.Ports) == 0 // none: any port
}

func (in *inquiry) endpoint(svc *corev1.Service, e *discoveryv1.Endpoint) party {
	isReady := e.Conditions.Ready == nil || *e.Conditions.Ready
	if e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
		if pod, ok := cluster.Get[*corev1.Pod](in.snap, svc.Namespace, e.TargetRef.Name); ok {
			p := in.podParty(pod)
			p.ready = isReady
			return p
		}
	}
	if len(e.Addresses) > 0 {
		if pod := in.podAt(svc.Namespace, e.Addresses[0]); pod != nil {
			p := in.podParty(pod)
			p.ready = isReady
			return p
		}
	}
	p := party{ready: isReady}
	if len(e.Addresses) > 0 {
		p.host = e.Addresses[0]
		if ip, err := netip.ParseAddr(e.Addresses[0]); err == nil {
			p.address = ip.Unmap()
		}
	}
	if e.TargetRef != nil {
		p.host = e.TargetRef.Namespace + "/" + e.TargetRef.Name
	}
	return p
}

// selectedPods are the Pods that a Service selects, for manifests without
// EndpointSlices.
func (in *inquiry) selectedPods(svc *corev1.Service, r route) []party {
	if len(svc.Spec.Selector) == 0 || in.reader.Live() {
		return nil
	}
	var out []party
	for _, pod := range in.selected(svc.Namespace, svc.Spec.Selector) {
		if !running(pod) || pod.Annotations[cluster.PredictedReplicasAnnotation] == "0" {
			continue
		}
		p := in.podParty(pod)
		p.port = targetPort(r, pod)
		out = append(out, p)
	}
	return out
}

// selects reports whether a map selector matches; an empty one selects nothing
// here, for a Service without a selector does not.
func selects(selector, set map[string]string) bool {
	return len(selector) > 0 && mesh.Selects(selector, set)
}

// targetPort is the Pod's port for the Service's port; 0 is not known: the Pod
// names no such port.
func targetPort(r route, pod *corev1.Pod) uint16 {
	if r.headless || r.servicePort == nil {
		return r.port
	}
	t := r.servicePort.TargetPort
	switch {
	case t.StrVal != "":
		for _, p := range podPorts(pod) {
			if p.Name == t.StrVal {
				return uint16(p.ContainerPort)
			}
		}
		return 0
	case t.IntVal != 0:
		return uint16(t.IntVal)
	}
	return r.port
}

// podPorts are the ports that a Pod's running containers declare.
func podPorts(pod *corev1.Pod) []corev1.ContainerPort {
	return party{pod: pod}.endpoint().ContainerPorts
}

// onePod keeps the endpoint that a headless Service answers for by name.
func (in *inquiry) onePod(ctx context.Context, r route, pod string) (route, error) {
	var names []string
	for _, p := range r.ends {
		if p.pod == nil {
			continue
		}
		name := or(p.pod.Spec.Hostname, p.pod.Name)
		names = append(names, name)
		if name == pod {
			r.ends = []party{p}
			in.judgeEnds(&r, r.service)
			return r, nil
		}
	}
	if len(names) == 0 {
		names = in.reader.Names(ctx, cluster.Pods, r.service.Namespace)
	}
	return r, fmt.Errorf("target %q: Service %s/%s has no Pod %q%s", in.q.Target, r.service.Namespace, r.service.Name, pod, didYouMean(pod, names))
}

// dropUnnamed drops the Pods that do not have the port that a Service names: they
// are no endpoints of it.
func (r *route) dropUnnamed(svc *corev1.Service) {
	named := slices.DeleteFunc(slices.Clone(r.ends), func(p party) bool { return p.port == 0 && p.pod != nil })
	if len(named) == 0 && len(r.ends) > 0 && r.servicePort != nil {
		one := r.ends[0]
		r.blocked = fmt.Sprintf("Service %s/%s leads to the port %q, and none of its Pods declares a port of that name; %s declares %s",
			svc.Namespace, svc.Name, r.servicePort.TargetPort.StrVal, one.who(), containerPortList(appPorts(one.pod)))
	}
	r.ends = named
}

// judgeEnds finds what keeps a Service from answering whatever policies say.
func (in *inquiry) judgeEnds(r *route, svc *corev1.Service) {
	name := svc.Namespace + "/" + svc.Name
	notReady := 0
	for _, p := range r.ends {
		if !p.ready {
			notReady++
		}
	}
	switch {
	case r.blocked != "":
	case len(r.ends) == 0 && r.sliced:
		r.blocked = "no endpoint of Service " + name + " has the port " + shortPort(int32(r.port), portName(r.servicePort)) //nolint:gosec // a port
	case len(r.ends) == 0 && len(svc.Spec.Selector) == 0:
		r.blocked = "Service " + name + " has no selector and no endpoints"
	case len(r.ends) == 0:
		r.blocked = "Service " + name + " has no endpoints: " + in.nobodySelected(svc)
	case notReady == len(r.ends) && !svc.Spec.PublishNotReadyAddresses:
		r.blocked = "the only endpoint of Service " + name + ", " + r.ends[0].String() + ", is not ready"
		if len(r.ends) > 1 {
			r.blocked = fmt.Sprintf("none of the %d endpoints of Service %s is ready, such as %s", len(r.ends), name, r.ends[0])
		}
	case notReady > 0 && !svc.Spec.PublishNotReadyAddresses:
		r.notes = append(r.notes, fmt.Sprintf("%d of %d endpoints of Service %s are not ready and get no traffic", notReady, len(r.ends), name))
		r.ends = slices.DeleteFunc(slices.Clone(r.ends), func(p party) bool { return !p.ready })
	}
}

func portName(p *corev1.ServicePort) string {
	if p == nil {
		return ""
	}
	return p.Name
}

// mapWords are labels as kubectl lists them: a=b,c=d.
func mapWords(m map[string]string) string { return labels.Set(m).String() }
