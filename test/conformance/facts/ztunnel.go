package facts

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pkg/workloadapi"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// converted is how the names of policies begin that istiod made of PeerAuthentications.
var converted = []string{"istio_converted_static_strict", "converted_peer_authentication_"}

func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// serviceAt finds the Service with an address.
func (w *World) serviceAt(ip netip.Addr) *workloadapi.Service {
	for _, s := range w.Mesh.Services {
		for _, a := range s.GetAddresses() {
			if address(a.GetAddress()) == ip {
				return s
			}
		}
	}
	return nil
}

// AddressOf is the address of a host that is no Service of Kubernetes; invalid if
// there is none.
func (w *World) AddressOf(host string) netip.Addr {
	for _, s := range w.Mesh.Services {
		if s.GetHostname() == host && len(s.GetAddresses()) > 0 && !strings.HasSuffix(host, ".svc.cluster.local") {
			return address(s.GetAddresses()[0].GetAddress())
		}
	}
	return netip.Addr{}
}

func (w *World) workload(ip netip.Addr) *workloadapi.Workload {
	for _, l := range w.Mesh.Workloads {
		if slices.ContainsFunc(l.GetAddresses(), func(b []byte) bool { return address(b) == ip }) {
			return l
		}
	}
	return nil
}

// endpoints are where a connection to an address arrives: a Service's address is
// that of its Pods, any other one its own.
func (w *World) endpoints(to netip.AddrPort) []netip.AddrPort {
	s := w.serviceAt(to.Addr())
	if s == nil {
		return []netip.AddrPort{to}
	}
	var out []netip.AddrPort
	for _, l := range w.Mesh.Workloads {
		ports := l.GetServices()[s.GetNamespace()+"/"+s.GetHostname()]
		for _, p := range ports.GetPorts() {
			if p.GetServicePort() == uint32(to.Port()) && len(l.GetAddresses()) > 0 && l.GetStatus() == workloadapi.WorkloadStatus_HEALTHY {
				out = append(out, netip.AddrPortFrom(address(l.GetAddresses()[0]), uint16(p.GetTargetPort()))) //nolint:gosec // a port
			}
		}
	}
	return out
}

// hosts are the names outside that an address stands for.
func (w *World) hosts(ip netip.Addr) (out []string) {
	s := w.serviceAt(ip)
	for _, l := range w.Mesh.Workloads {
		if s != nil && l.GetHostname() != "" && l.GetServices()[s.GetNamespace()+"/"+s.GetHostname()] != nil {
			out = append(out, l.GetHostname())
		}
	}
	return out
}

// throughZtunnel is the way of an ambient Pod: to the waypoint where one stands
// before what is dialled, else to the endpoints, in a tunnel where they take it.
func (w *World) throughZtunnel(t transit, p *corev1.Pod) []Way {
	who := w.identity(p)
	waypoint := w.serviceAt(t.To.Addr()).GetWaypoint()
	if w.serviceAt(t.To.Addr()) == nil {
		waypoint = w.workload(t.To.Addr()).GetWaypoint()
	}
	if waypoint != nil {
		t.principal, t.transport = who, HBONE
		var out []Way
		for _, at := range w.waypointPods(waypoint) {
			out = append(out, w.atWaypoint(t, at)...)
		}
		if len(out) == 0 {
			return []Way{t.ends("no waypoint")}
		}
		return out
	}
	var out []Way
	for _, at := range w.endpoints(t.To) {
		one := t
		one.To = at
		if w.workload(at.Addr()).GetTunnelProtocol() == workloadapi.TunnelProtocol_HBONE {
			one.principal, one.transport = who, HBONE
		}
		out = append(out, w.arrive(one)...)
	}
	for _, host := range w.hosts(t.To.Addr()) {
		out = append(out, t.leaves(host))
	}
	if len(out) == 0 {
		return []Way{t.ends("no endpoint")}
	}
	return out
}

// waypointPods are the Pods of a waypoint.
func (w *World) waypointPods(g *workloadapi.GatewayAddress) []netip.AddrPort {
	port := uint16(g.GetHboneMtlsPort()) //nolint:gosec // a port
	if ip := address(g.GetAddress().GetAddress()); ip.IsValid() {
		return w.endpoints(netip.AddrPortFrom(ip, port))
	}
	for _, s := range w.Mesh.Services {
		if s.GetHostname() == g.GetHostname().GetHostname() && len(s.GetAddresses()) > 0 {
			return w.endpoints(netip.AddrPortFrom(address(s.GetAddresses()[0].GetAddress()), port))
		}
	}
	return nil
}

// atZtunnel is the node's proxy before an ambient Pod.
func (w *World) atZtunnel(t transit, p *corev1.Pod) Station {
	s := Station{
		Role: "destination", Pod: key(p), Port: t.To.Port(), Transport: t.transport, Protocol: "TCP",
		Mode: Permissive, Enforces: true,
	}
	if t.transport == HBONE {
		s.Principal = t.principal
	}
	l := w.workload(t.To.Addr())
	ip := t.To.Addr()
	nobody := &reference.Connection{Source: netip.IPv4Unspecified(), Destination: ip, Port: t.To.Port()}
	for _, a := range reference.Select(w.Mesh.Policies, p.Namespace, l.GetAuthorizationPolicies()) {
		if slices.ContainsFunc(converted, func(prefix string) bool { return strings.HasPrefix(a.GetName(), prefix) }) {
			if reference.Matches(a, nobody) {
				s.Mode = Strict
			}
			continue
		}
		s.Policies = append(s.Policies, Policy{Action: a.GetAction().String(), Ref: reference.Key(a), DryRun: a.GetDryRun()})
	}
	s.Policies = tidy(s.Policies)
	s.Refused = s.Mode == Strict && s.Principal == ""
	return s
}
