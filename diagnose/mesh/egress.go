package mesh

import (
	"fmt"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// EgressQuery asks whether a client's sidecar knows a host.
type EgressQuery struct {
	Config Config
	// Sidecar is the client's, of [SidecarOf]; nil if none applies.
	Sidecar *networkingv1.Sidecar
	// ClientNamespace is that of the client's Pod.
	ClientNamespace string
	// Host is the full name that is called, HostNamespace where its Service or
	// ServiceEntry is.
	Host, HostNamespace string
	// Port is the Service's, 0 if it is not known; Protocol what it is taken for. Both
	// matter only to a Sidecar with egress listeners for single ports.
	Port     uint16
	Protocol Protocol
}

// Egress is whether a client's sidecar knows a host, and what it does with what it
// does not know.
type Egress struct {
	// Known says that the proxy knows the host: it routes, applies DestinationRules
	// and uses mTLS.
	Known bool `json:"known"`
	// Allowed says that the connection gets out: the host is known, or what is not
	// known is passed on as it is, to the address that was dialled and in plaintext.
	Allowed bool `json:"allowed"`
	// Policy is ALLOW_ANY, REGISTRY_ONLY or ALLOW_ANY_DYNAMIC_DNS; PolicyFrom is the
	// Sidecar that sets it, "" if the mesh does.
	Policy     string `json:"policy"`
	PolicyFrom string `json:"policyFrom,omitempty"`
	// Via is the host that all unknown traffic is sent to (egressProxy).
	Via string `json:"via,omitempty"`
	// Field is spec.egress[0].hosts[1]: what decides.
	Field string   `json:"field,omitempty"`
	Why   string   `json:"why,omitempty"`
	Notes []string `json:"notes,omitempty"`
	// Missing names the fact that is not known; Known and Allowed are then false.
	Missing string `json:"missing,omitempty"`
}

// EgressOf answers the query. Without a Sidecar, or with one that has no egress, all
// is known. Whether the Service is exported to the client at all, and that a
// VirtualService of a known host makes its destinations known, is not asked here
// (istio: model/sidecar.go).
func EgressOf(q EgressQuery) Egress {
	e := Egress{Policy: q.Config.OutboundPolicy}
	if q.Sidecar == nil {
		e.Known, e.Allowed, e.Why = true, true, "no Sidecar restricts what the client's proxy knows"
		return e
	}
	name := "Sidecar " + named(q.Sidecar.Namespace, q.Sidecar.Name)
	if p := q.Sidecar.Spec.GetOutboundTrafficPolicy(); p != nil {
		e.Policy, e.PolicyFrom, e.Via = p.GetMode().String(), named(q.Sidecar.Namespace, q.Sidecar.Name), p.GetEgressProxy().GetHost()
	}
	if len(q.Sidecar.Spec.GetEgress()) == 0 {
		e.Known, e.Allowed, e.Why = true, true, name+" has no egress, so everything is known"
		return e
	}
	known, missing := q.known(&e)
	if missing != "" {
		e.Missing = missing
		return e
	}
	e.Known = known
	e.Allowed = known || e.Policy != "REGISTRY_ONLY"
	switch {
	case known:
		e.Why = name + " (" + e.Field + ") has the host"
	case e.Allowed:
		e.Why = name + " does not have the host in the hosts of its egress: the connection is passed on as it is, without routes, DestinationRules and mTLS"
	default:
		e.Why = name + " does not have the host in the hosts of its egress, and outboundTrafficPolicy is REGISTRY_ONLY"
	}
	return e
}

// known goes through the listeners. One for a port takes that port's HTTP from the
// one for all ports; of TCP, which is told apart by address, only what it has itself.
func (q EgressQuery) known(e *Egress) (known bool, missing string) {
	for i, l := range q.Sidecar.Spec.GetEgress() {
		field, has, notes := q.has(l, i)
		e.Notes = append(e.Notes, notes...)
		number := l.GetPort().GetNumber()
		switch {
		case l.GetPort() == nil:
			e.Field = field
			return has, ""
		case q.Port == 0:
			return false, fmt.Sprintf("the port that is called: spec.egress[%d] is for port %d", i, number)
		case number != uint32(q.Port):
			continue
		case l.GetBind() != "" && l.GetBind() != "0.0.0.0" && l.GetBind() != "::":
			return false, fmt.Sprintf("what the listener spec.egress[%d], which is bound to %s, makes of the call", i, l.GetBind())
		case has && q.Protocol == TCP && ingressProtocol(l.GetPort().GetProtocol()) == HTTP:
			return false, fmt.Sprintf("what the listener spec.egress[%d], which reads HTTP, makes of a TCP port", i)
		case has:
			e.Field = field
			return true, ""
		case q.Protocol == HTTP:
			e.Field = field
			return false, ""
		case q.Protocol != TCP:
			return false, "the protocol of the port, by which another listener than " + field + " may have the host"
		}
	}
	e.Field = first(e.Field, "spec.egress")
	return false, ""
}

// has reports whether a listener imports the host: one of its hosts covers it in its
// namespace or in all, and none excludes it.
func (q EgressQuery) has(l *networkingapi.IstioEgressListener, index int) (field string, has bool, notes []string) {
	field = fmt.Sprintf("spec.egress[%d].hosts", index)
	for i, h := range l.GetHosts() {
		namespace, pattern, ok := strings.Cut(h, "/")
		if !ok || strings.Contains(pattern, "/") {
			continue // istiod refuses others
		}
		here := fmt.Sprintf("spec.egress[%d].hosts[%d]", index, i)
		if pattern != "*" && !strings.Contains(pattern, ".") {
			notes = append(notes, here+" "+h+" is a short name, which is not completed and matches nothing")
		}
		namespace, excludes := strings.CutPrefix(namespace, "~")
		switch {
		case namespace == ".":
			namespace = q.ClientNamespace
		case namespace == "" && excludes:
			namespace = "*"
		}
		if namespace != "*" && namespace != q.HostNamespace || !covers(pattern, q.Host) {
			continue
		}
		if excludes {
			return here, false, notes
		}
		if !has {
			field, has = here, true
		}
	}
	return field, has, notes
}

// covers reports whether the pattern covers the host, which may be a wildcard itself
// (istio: pkg/config/host/name.go SubsetOf).
func covers(pattern, host string) bool {
	if strings.HasPrefix(host, "*") && (!strings.HasPrefix(pattern, "*") || len(host) < len(pattern)) {
		return pattern == host
	}
	return matchesHost(pattern, strings.TrimPrefix(host, "*"))
}
