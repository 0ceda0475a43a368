package netpol

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

func portsV1alpha1(list *[]policyv1alpha1.AdminNetworkPolicyPort) []adminPort {
	if list == nil {
		return nil
	}
	var out []adminPort
	for i, p := range *list {
		at := "[" + strconv.Itoa(i) + "]"
		switch {
		case p.PortNumber != nil:
			out = append(out, adminPort{at + ".portNumber", "", cmp.Or(p.PortNumber.Protocol, corev1.ProtocolTCP), p.PortNumber.Port, p.PortNumber.Port})
		case p.PortRange != nil:
			out = append(out, adminPort{at + ".portRange", "", cmp.Or(p.PortRange.Protocol, corev1.ProtocolTCP), p.PortRange.Start, p.PortRange.End})
		case p.NamedPort != nil:
			out = append(out, adminPort{field: at + ".namedPort", name: *p.NamedPort})
		default:
			out = append(out, adminPort{field: at})
		}
	}
	return out
}

func portsV1alpha2(list []policyv1alpha2.ClusterNetworkPolicyProtocol) []adminPort {
	var out []adminPort
	for i, p := range list {
		at := "[" + strconv.Itoa(i) + "]"
		switch {
		case p.TCP != nil:
			out = append(out, portV1alpha2(at+".tcp", corev1.ProtocolTCP, p.TCP.DestinationPort))
		case p.UDP != nil:
			out = append(out, portV1alpha2(at+".udp", corev1.ProtocolUDP, p.UDP.DestinationPort))
		case p.SCTP != nil:
			out = append(out, portV1alpha2(at+".sctp", corev1.ProtocolSCTP, p.SCTP.DestinationPort))
		case p.DestinationNamedPort != "":
			out = append(out, adminPort{field: at + ".destinationNamedPort", name: p.DestinationNamedPort})
		default:
			out = append(out, adminPort{field: at})
		}
	}
	return out
}

func portV1alpha2(field string, protocol corev1.Protocol, p *policyv1alpha2.Port) adminPort {
	out := adminPort{field: field, protocol: protocol}
	switch {
	case p == nil:
		return out
	case p.Range != nil:
		out.field, out.first, out.last = field+".destinationPort.range", p.Range.Start, p.Range.End
	default:
		out.field, out.first, out.last = field+".destinationPort.number", p.Number, p.Number
	}
	if out.last == 0 { // a port that is neither number nor range
		out.protocol = ""
	}
	return out
}

func podsV1alpha2(p *policyv1alpha2.NamespacedPod) *policyv1alpha1.NamespacedPod {
	if p == nil {
		return nil
	}
	return &policyv1alpha1.NamespacedPod{NamespaceSelector: p.NamespaceSelector, PodSelector: p.PodSelector}
}

// anyAdminPort matches a rule's ports; empty ones match everything.
func (a ask) anyAdminPort(field string, ports []adminPort) finding {
	if len(ports) == 0 {
		return finding{truth: yes}
	}
	fs := make([]finding, len(ports))
	for i, p := range ports {
		fs[i] = a.oneAdminPort(field+p.field, p)
	}
	return anyOf(fs...)
}

func (a ask) oneAdminPort(field string, p adminPort) finding {
	got := a.c.protocol()
	switch {
	case p.name != "" && !slices.Contains(protocols, got):
		return lack(field, p.name, string(got))
	case p.name != "":
		return a.namedPort(field, p.name, got)
	case p.protocol == "":
		return broken(field, "a port", "none")
	case !slices.Contains(protocols, p.protocol):
		return broken(field+".protocol", "TCP, UDP or SCTP", strconv.Quote(string(p.protocol)))
	case p.protocol != got:
		return lack(field, string(p.protocol), string(got))
	case p.last == 0:
		return finding{truth: yes}
	case p.first < 1 || p.first > p.last || p.last > 65535:
		return broken(field, "1-65535", fmt.Sprintf("%d-%d", p.first, p.last))
	}
	wanted := strconv.Itoa(int(p.first))
	if p.first != p.last {
		wanted = fmt.Sprintf("%d-%d", p.first, p.last)
	}
	return a.numberedPort(field, wanted, func(port int32) bool { return p.first <= port && port <= p.last })
}
