package routing

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// GatewayQuery asks what a gateway Pod makes of a request, by Gateways and
// VirtualServices of Istio's API.
type GatewayQuery struct {
	// Gateways and VirtualServices are all that there are; which of them count is
	// found out here.
	Gateways        []*networkingv1.Gateway
	VirtualServices []*networkingv1.VirtualService
	// Labels and Namespace are the gateway Pod's.
	Labels    map[string]string
	Namespace string
	Domain    string // cluster.local
	// DefaultExportTo is the mesh's defaultVirtualServiceExportTo; empty: "*".
	DefaultExportTo []string
	// Request is what arrives. Its HTTP is not looked at: the server decides. Its Port
	// is that of the Gateway's server; PodPort is the one of the Pod, 0: what Port
	// leads to.
	Request Request
	PodPort uint16
	// Ports are those of the Services that select the Pod, without those that are
	// labelled experimental.istio.io/disable-gateway-port-translation.
	Ports []corev1.ServicePort
	// NamedPorts are the ports of the Pod's containers by name. The targetPort of a
	// Service's port that is not among them is taken for PodPort if the port is the
	// one that was dialled.
	NamedPorts map[string]uint16
	// Unprivileged says that the gateway does not bind ports below 1024
	// (ISTIO_META_UNPRIVILEGED_POD).
	Unprivileged bool
}

// Gateway returns with what the gateway listens on the port, and what it may do with
// the request. Where nothing listens, or nothing for the server name, the one branch
// is a connection that is closed. The Listener is that of the first branch.
func Gateway(q GatewayQuery) (Listener, []Branch) {
	if !q.Request.TLS {
		q.Request.SNI = authz.Absent[string]()
	}
	if q.PodPort == 0 {
		q.PodPort = q.resolve(uint32(q.Request.Port))
	}
	servers, why, near := q.servers()
	groups, notes := merge(servers)
	var chains []chain
	for _, g := range groups {
		chains = append(chains, q.chains(g)...)
	}
	if len(chains) == 0 {
		if why == "" {
			why = "the server on port " + number(int(q.PodPort)) + " has no route for connections, so the gateway does not listen"
			near = " (" + servers[0].words() + " is of protocol " + servers[0].spec.GetPort().GetProtocol() + ")"
		}
		return Listener{Why: why, Near: near}, noted([]Branch{{Answer: &Answer{Why: "nothing listens: " + why}}}, notes)
	}
	no, near := "no server on the port takes the server name", q.nearServer(servers)
	if !q.Request.TLS {
		no, near = "the servers on the port expect TLS", " ("+servers[0].words()+")"
	}
	out := noted(choose(options(chains, q.Request), []Branch{{Answer: &Answer{Why: no}}}), notes)
	for i, o := range options(chains, q.Request) {
		if o.truth() != authz.False {
			return chains[i].listener, out
		}
	}
	return Listener{Why: no, Near: near}, out
}

// noted puts notes on branches.
func noted(branches []Branch, notes []string) []Branch {
	for i := range branches {
		branches[i].Notes = append(slices.Clone(branches[i].Notes), notes...)
	}
	return branches
}

// resolve returns the Pod's port that a server's port number leads to: the targetPort
// of the first port of a Service that has the number, or else the number itself; 0 if
// it cannot be told (istio: model/gateway.go resolvePorts).
func (q GatewayQuery) resolve(port uint32) uint16 {
	for _, p := range q.Ports {
		if uint32(p.Port) != port || p.Protocol == corev1.ProtocolUDP {
			continue
		}
		switch {
		case p.TargetPort.StrVal != "":
			if n, ok := q.NamedPorts[p.TargetPort.StrVal]; ok {
				return n
			}
			if port == uint32(q.Request.Port) {
				return q.PodPort
			}
			return 0
		case p.TargetPort.IntVal != 0:
			return uint16(p.TargetPort.IntVal)
		}
		break
	}
	return uint16(port)
}

// selected are the Gateways that select the Pod, whatever their namespace, from the
// oldest to the newest; one without a selector selects every gateway (istio:
// model/push_context.go mergeGateways).
func (q GatewayQuery) selected() []*networkingv1.Gateway {
	out := slices.DeleteFunc(slices.Clone(q.Gateways), func(g *networkingv1.Gateway) bool {
		if g == nil {
			return true
		}
		for k, v := range g.Spec.GetSelector() {
			if have, ok := q.Labels[k]; !ok || have != v {
				return true
			}
		}
		return false
	})
	slices.SortStableFunc(out, func(a, b *networkingv1.Gateway) int { return age(a, b) })
	return out
}

// httpsOnly are the hosts of a server that redirects to HTTPS.
func (s server) httpsOnly() []string {
	if !s.spec.GetTls().GetHttpsRedirect() {
		return nil
	}
	return s.hosts
}

// hostsFor are the hosts of the server that a VirtualService of a namespace may serve
// (istio: pkg/config/host/names.go NamesForNamespace).
func (s server) hostsFor(namespace string) []string {
	var out []string
	for _, h := range s.hosts {
		ns, name, ok := strings.Cut(h, "/")
		switch {
		case !ok:
			out = append(out, h)
		case ns == namespace || ns == "*":
			out = append(out, name)
		}
	}
	return out
}

// intersection are the hosts that both have, of two that overlap the narrower one
// (pkg/config/host/names.go Intersection).
func intersection(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			switch {
			case within(x, y):
				out = append(out, x)
			case within(y, x):
				out = append(out, y)
			}
		}
	}
	return distinct(out, func(a, b string) bool { return a == b })
}
