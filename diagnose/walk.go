package diagnose

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingk8s "k8s.io/api/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// hbonePort is where ambient's tunnels arrive; NetworkPolicies see it and not
// the port inside.
const hbonePort = 15008

// walk is the way of one source to one endpoint.
type walk struct {
	in       *inquiry
	r        route
	src, dst party
	cfg      mesh.Config
	protocol mesh.Protocol // as the destination's proxy takes the port
	server   mesh.Server
	client   mesh.Client
	hops     []Hop
	findings []Finding
	cause    string // a sentence for the summary, set by what decides
	symptom  string
	reason   Reason
	allowed  *authz.Decision // what the destination's policies decide
	answer   Answer
}

// walkPair follows the request of one source to one endpoint.
func (in *inquiry) walkPair(r route, src, dst party) Answer {
	w := &walk{in: in, r: r, src: src, dst: dst, cfg: in.config(in.revision()), protocol: r.protocol}
	w.inbound()
	w.meet()
	w.sourceHop()
	w.networkHop()
	w.destinationHop()
	return w.conclude()
}

// inbound finds what the destination's proxy takes its port for: what the oldest
// Service on the port says, be it another one than was dialled.
func (w *walk) inbound() {
	if w.dst.pod == nil || w.r.service == nil || w.r.protocol == mesh.UDP {
		return
	}
	if port := w.in.oldestPort(w.dst.pod, w.dst.port); port != nil {
		w.protocol, w.r.protocolWhy = mesh.PortProtocol(*port)
	}
}

// meet finds what the client puts on the connection and what the server demands.
func (w *walk) meet() {
	w.server = w.serverMode()
	q := mesh.ClientQuery{
		Config: w.cfg, Source: w.src.pod, Destination: w.dst.pod,
		SourcePresence: w.src.presence, DestinationPresence: w.dst.presence,
		ServicePort: w.r.port, TargetPort: w.dst.port,
		ToPodIP: w.r.service == nil && w.dst.pod != nil, Headless: w.r.headless,
		Server: w.server, Scheme: w.in.target.scheme,
		Rules: w.in.destinationRules(w.dst),
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
	q.RulesUnread = w.in.rulesUnread(w.dst)
	q.External = w.r.external != "" && w.dst.pod == nil
	q.HeadlessTCP = q.ToPodIP && w.headlessTCP(&q)
	w.client = mesh.ClientTLS(q)
}

// headlessTCP reports whether a Pod's address and port are those of an endpoint of
// a headless Service that is not HTTP, and adds what the query needs of it: the
// client's proxy cannot tell a call by name from one by address there.
func (w *walk) headlessTCP(q *mesh.ClientQuery) bool {
	for _, svc := range cluster.List[*corev1.Service](w.in.snap, w.dst.pod.Namespace) {
		if svc.Spec.ClusterIP != corev1.ClusterIPNone || !selects(svc.Spec.Selector, w.dst.pod.Labels) {
			continue
		}
		for _, p := range svc.Spec.Ports {
			if protocol, _ := mesh.PortProtocol(p); protocol == mesh.TCP && uint16(p.Port) == w.dst.port {
				q.Host = svc.Name + "." + svc.Namespace + ".svc." + usualDomain
				q.ServiceNamespace, q.ServicePort = svc.Namespace, uint16(p.Port)
				q.Endpoints = w.in.podsWith(svc.Namespace, func(pod *corev1.Pod) bool { return selects(svc.Spec.Selector, pod.Labels) && running(pod) })
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

// networkHop asks the NetworkPolicies of both ends.
func (w *walk) networkHop() {
	c := netpol.Connection{From: w.src.endpoint(), To: w.dst.endpoint(), Port: w.dst.port}
	if w.r.servicePort != nil {
		c.Protocol = w.r.servicePort.Protocol
	}
	if w.client.HBONE {
		c.Port = hbonePort
	}
	hop := Hop{Role: RoleNetwork, Name: "NetworkPolicy", Verdict: Allowed}
	if w.src.pod != nil {
		hop.add(w.networkStage(netpol.Egress, w.src, c))
	}
	if w.dst.pod != nil {
		hop.add(w.networkStage(netpol.Ingress, w.dst, c))
	}
	hop.Says = networkSays(hop.Stages)
	if w.client.HBONE && hop.Verdict == Denied {
		hop.Notes = append(hop.Notes, "the mesh carries the connection in a tunnel: NetworkPolicies must admit port "+strconv.Itoa(hbonePort))
	}
	w.hops = append(w.hops, hop)
}

func (w *walk) networkStage(ask func([]*networkingk8s.NetworkPolicy, netpol.Connection) netpol.Result, subject party, c netpol.Connection) Stage {
	ns := subject.pod.Namespace
	res := ask(cluster.List[*networkingk8s.NetworkPolicy](w.in.snap, ns), c)
	st := Stage{Name: StageNetworkPolicy, Verdict: networkVerdict(res.Verdict), Says: res.Why, Policy: res.Policy, Field: res.Field, NetworkPolicies: &res}
	if hidden := w.in.missing(cluster.NetworkPolicies, ns, ""); hidden != "" { // whatever is in sight, another may admit or select
		st.Verdict, st.Says = Undetermined, "not known: "+hidden
		res.Missing = append(res.Missing, hidden)
	}
	if st.Verdict == Denied {
		st.Policy = slices.Concat(res.Selecting, []string{""})[0]
	}
	return st
}

func networkVerdict(v netpol.Verdict) Verdict {
	switch v {
	case netpol.Allowed:
		return Allowed
	case netpol.Denied:
		return Denied
	case netpol.Undetermined:
	}
	return Undetermined
}

// networkSays words both ends in a line: the one that does not let it through,
// else whatever is not trivial.
func networkSays(stages []Stage) string {
	says := "allows: none applies"
	for _, s := range stages {
		if s.Verdict == Allowed && s.NetworkPolicies != nil && s.NetworkPolicies.Policy != "" {
			says = s.Says
		}
	}
	for _, s := range stages {
		if s.Verdict == Denied {
			return s.Says
		}
		if s.Verdict == Undetermined {
			says = s.Says
		}
	}
	return says
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
