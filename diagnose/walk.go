package diagnose

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// hbonePort is where ambient's tunnels arrive; NetworkPolicies see it and not
// the port inside.
const hbonePort = 15008

// walk is the way of one source to one endpoint.
type walk struct {
	in         *inquiry
	r          route
	src, dst   party
	m          message
	cfg        mesh.Config      // of the destination's control plane
	srcCfg     mesh.Config      // of the source's
	listener   routing.Listener // of a gateway
	protocol   mesh.Protocol    // as the destination's proxy takes the port
	server     mesh.Server
	client     mesh.Client
	hops       []Hop
	findings   []Finding
	cause      string // a sentence for the summary, set by what decides
	symptom    string
	reason     Reason
	words      string          // of conditions
	judged     judged          // of the scenario that decides
	every      []judged        // one for each scenario
	jwt        mesh.JWT        // of the scenario that decides
	forwarding bool            // the leg ends at a proxy that sends the request on
	behind     []party         // the endpoints that a waypoint stands before
	passes     string          // why a waypoint that is asked for is passed by
	allowed    *authz.Decision // what the destination's policies decide
	guarded    *Guard          // of a data plane that is not Istio's own, once it was asked
	answer     Answer
}

// inbound finds what the destination's proxy takes its port for: what the oldest
// Service on the port says, be it another one than was dialled.
func (w *walk) inbound() {
	if w.dst.pod == nil || w.r.protocol == mesh.UDP || w.dst.presence.Plane == mesh.Waypoint || w.dst.presence.Plane == mesh.Gateway {
		return
	}
	if in := w.ingress(); in.Replaces {
		w.protocol, w.r.protocolWhy = in.Protocol, in.Why
		return
	}
	if w.r.service == nil {
		return
	}
	if port := w.in.oldestPort(w.dst.pod, w.dst.port); port != nil {
		w.protocol, w.r.protocolWhy = mesh.PortProtocol(*port)
	}
}

// meet finds what the client puts on the connection and what the server demands.
func (w *walk) meet() {
	w.server = w.serverMode()
	if p := w.ledToWaypoint(); p != nil {
		w.client = mesh.Client{TLS: mesh.Plaintext, Why: p.Title + " leads the connection to the waypoint"}
		return
	}
	if w.dst.presence.Plane == mesh.Waypoint && w.src.pod != nil {
		w.client = mesh.Client{TLS: mesh.MutualTLS, HBONE: true, Why: "the waypoint is spoken to over HBONE"}
		return
	}
	if p := w.dst.presence.Plane; w.src.meshed && (p == mesh.Sidecar || p == mesh.Ambient) && w.server.Mode != mesh.Disable && w.enforced() {
		w.client = mesh.Client{TLS: mesh.MutualTLS, HBONE: p == mesh.Ambient, Why: "a proxy of the mesh"}
		return
	}
	q := mesh.ClientQuery{
		Config: w.cfg, Source: w.src.pod, Destination: w.dst.pod,
		SourcePresence: w.src.presence, DestinationPresence: w.dst.presence,
		ServicePort: w.r.port, TargetPort: w.dst.port,
		ToPodIP: w.r.service == nil && w.dst.pod != nil, Headless: w.r.headless, Subset: w.r.subset,
		Server: w.server, Scheme: w.m.scheme,
		Rules: w.destinationRules(),
	}
	if w.r.service != nil {
		q.ServiceNamespace, q.ServiceIPs = w.r.service.Namespace, w.r.service.Spec.ClusterIPs
		if len(q.ServiceIPs) == 0 && w.r.service.Spec.ClusterIP != "" {
			q.ServiceIPs = []string{w.r.service.Spec.ClusterIP}
		}
		for _, p := range w.r.all {
			q.Endpoints = append(q.Endpoints, p.pod)
		}
		q.Host = w.fqdn()
	}
	q.RulesUnread = w.rulesUnread()
	q.External = w.r.external != "" && (w.dst.pod == nil || w.r.entry != nil && w.r.entry.Spec.GetLocation() == networkingapi.ServiceEntry_MESH_EXTERNAL)
	if e := w.r.entry; e != nil {
		q.Host, q.ServiceNamespace, q.ToPodIP = w.r.host, e.Namespace, false
	}
	q.HeadlessTCP = q.ToPodIP && w.headlessTCP(&q)
	w.client = mesh.ClientTLS(q)
	if w.r.unknown != "" && w.src.presence.Plane == mesh.Sidecar && (w.client.TLS == mesh.MutualTLS || w.client.TLS == mesh.Plaintext) {
		w.client = mesh.Client{TLS: mesh.Plaintext, Why: w.r.unknown}
		if w.m.scheme == "https" || w.m.scheme == "tls" {
			w.client.TLS, w.client.OwnTLS = mesh.SimpleTLS, true
		}
	}
}

// headlessTCP reports whether a Pod's address and port are those of an endpoint of
// a headless Service that is not HTTP, and adds what the query needs of it: the
// client's proxy cannot tell a call by name from one by address there.
func (w *walk) headlessTCP(q *mesh.ClientQuery) bool {
	for _, svc := range w.in.services(w.dst.pod) {
		if svc.Spec.ClusterIP != corev1.ClusterIPNone {
			continue
		}
		for _, p := range svc.Spec.Ports {
			if protocol, _ := mesh.PortProtocol(p); protocol == mesh.TCP && uint16(p.Port) == w.dst.port {
				q.Host = svc.Name + "." + svc.Namespace + ".svc." + usualDomain
				q.ServiceNamespace, q.ServicePort = svc.Namespace, uint16(p.Port)
				q.Endpoints = slices.DeleteFunc(w.in.selected(svc.Namespace, svc.Spec.Selector), func(pod *corev1.Pod) bool { return !running(pod) })
				return true
			}
		}
	}
	return false
}

// serverMode is what the destination's port demands; it is not known where a
// PeerAuthentication that could set it may be hidden.
func (w *walk) serverMode() mesh.Server {
	pod := w.dst.pod
	if pod == nil || w.dst.presence.Plane == mesh.NoPlane {
		return mesh.Server{}
	}
	s := mesh.ServerMode(w.cfg, pod, w.dst.presence.Plane, w.dst.port, w.in.peerAuthentications(w.cfg, pod.Namespace))
	own := w.in.missing(cluster.PeerAuthentications, pod.Namespace, "")
	root := w.in.missing(cluster.PeerAuthentications, w.cfg.RootNamespace, "")
	inherited := s.Level == "" || s.Level == "default" || s.Level == "mesh"
	switch {
	case own != "":
		return mesh.Server{Missing: own}
	case root != "" && inherited:
		return mesh.Server{Missing: root}
	}
	return s
}

// add appends a stage; the hop's verdict follows.
func (h *Hop) add(stages ...Stage) {
	h.Stages = append(h.Stages, stages...)
	for _, s := range stages {
		h.Verdict = both(h.Verdict, s.Verdict)
	}
}

// both is the verdict of two things that must both let the request through.
func both(a, b Verdict) Verdict {
	for _, v := range []Verdict{Denied, Undetermined, Conditional} {
		if a == v || b == v {
			return v
		}
	}
	return Allowed
}
