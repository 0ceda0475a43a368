package netpol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
)

// protocols are those that NetworkPolicy is defined for.
var protocols = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}

// anyPort matches a rule's ports; empty ones match everything.
func (a ask) anyPort(field string, ports []networkingv1.NetworkPolicyPort) finding {
	if len(ports) == 0 {
		return finding{truth: yes}
	}
	fs := make([]finding, len(ports))
	for i, p := range ports {
		fs[i] = a.onePort(field+"["+strconv.Itoa(i)+"]", p)
	}
	return anyOf(fs...)
}

func (a ask) onePort(field string, p networkingv1.NetworkPolicyPort) finding {
	protocol := corev1.ProtocolTCP
	if p.Protocol != nil {
		protocol = *p.Protocol
	}
	if f := validPort(field, protocol, p); len(f.invalid) > 0 {
		return f
	}
	if got := a.c.protocol(); protocol != got {
		return lack(field+".protocol", string(protocol), string(got))
	}
	switch {
	case p.Port == nil:
		return finding{truth: yes}
	case p.Port.Type == intstr.String:
		return a.namedPort(field+".port", p.Port.StrVal, protocol)
	}
	first, last, wanted := p.Port.IntVal, p.Port.IntVal, p.Port.String()
	if p.EndPort != nil {
		last = *p.EndPort
		wanted = fmt.Sprintf("%d-%d", first, last)
	}
	return a.numberedPort(field+".port", wanted, func(port int32) bool { return first <= port && port <= last })
}

// namedPort looks the name up where the connection goes, never where it comes
// from. Container ports may share a name if their protocols differ.
func (a ask) namedPort(field, name string, protocol corev1.Protocol) finding {
	dest := a.c.To
	if !dest.Pod {
		return lack(field, name, dest.String()+", which is no Pod and names no ports")
	}
	var numbers []int32
	var words []string
	for _, p := range dest.ContainerPorts {
		if p.Name == name && (p.Protocol == protocol || p.Protocol == "" && protocol == corev1.ProtocolTCP) {
			numbers = append(numbers, p.ContainerPort)
			words = append(words, strconv.Itoa(int(p.ContainerPort)))
		}
	}
	if len(numbers) == 0 {
		return lack(field, name, dest.String()+" names no such "+string(protocol)+" port")
	}
	wanted := name + " (" + strings.Join(words, ", ") + ")"
	return a.numberedPort(field, wanted, func(port int32) bool { return slices.Contains(numbers, port) })
}

func (a ask) numberedPort(field, wanted string, match func(int32) bool) finding {
	switch {
	case a.c.Port == 0:
		return unseen(field, wanted, "port of "+a.c.To.String())
	case match(int32(a.c.Port)):
		return finding{truth: yes}
	}
	return lack(field, wanted, strconv.Itoa(int(a.c.Port)))
}

// validPort finds what the API server would refuse.
func validPort(field string, protocol corev1.Protocol, p networkingv1.NetworkPolicyPort) finding {
	switch {
	case !slices.Contains(protocols, protocol):
		return broken(field+".protocol", "TCP, UDP or SCTP", strconv.Quote(string(protocol)))
	case p.Port == nil && p.EndPort != nil:
		return broken(field+".endPort", "a port beside it", "none")
	case p.Port == nil:
		return finding{}
	case p.Port.Type == intstr.String && p.EndPort != nil:
		return broken(field+".endPort", "a port number beside it", strconv.Quote(p.Port.StrVal))
	case p.Port.Type == intstr.String && len(validation.IsValidPortName(p.Port.StrVal)) > 0:
		return broken(field+".port", "a number or the name of a port", strconv.Quote(p.Port.StrVal))
	case p.Port.Type == intstr.Int && len(validation.IsValidPortNum(int(p.Port.IntVal))) > 0:
		return broken(field+".port", "1-65535", p.Port.String())
	case p.EndPort != nil && (*p.EndPort < p.Port.IntVal || *p.EndPort > 65535):
		return broken(field+".endPort", p.Port.String()+"-65535", strconv.Itoa(int(*p.EndPort)))
	}
	return finding{}
}
