package netpol

import (
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

// cyclonus is testdata/matrix/cyclonus.yaml.
type cyclonus struct {
	Base   networkingv1.NetworkPolicySpec `json:"base"`
	Admits struct {
		Ingress admitted `json:"ingress"`
		Egress  admitted `json:"egress"`
	} `json:"admits"`
	Peers []struct {
		Name string                         `json:"name"`
		Peer networkingv1.NetworkPolicyPeer `json:"peer"`
		Is   []string                       `json:"is"`
	} `json:"peers"`
	Ports []struct {
		Name string                         `json:"name"`
		Port networkingv1.NetworkPolicyPort `json:"port"`
		Is   []string                       `json:"is"`
	} `json:"ports"`
}

// admitted are the other ends and the ports that a rule admits.
type admitted struct {
	Ends  []string `json:"ends"`
	Ports []string `json:"ports"`
}

func (a admitted) has(end, port string) bool {
	return slices.ContainsFunc(a.Ends, func(p string) bool { return matchesPod(p, end) }) && slices.Contains(a.Ports, port)
}

// variant is the base with other peers or ports in one direction.
func (m cyclonus) ask(t *testing.T, n *tally, name string, d Direction, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, admits admitted) {
	t.Helper()
	spec := *m.Base.DeepCopy()
	ingress, egress := m.Admits.Ingress, m.Admits.Egress
	if d == networkingv1.PolicyTypeIngress {
		spec.Ingress[0] = networkingv1.NetworkPolicyIngressRule{From: peers, Ports: ports}
		ingress = admits
	} else {
		spec.Egress[0] = networkingv1.NetworkPolicyEgressRule{To: peers, Ports: ports}
		egress = admits
	}
	policies := Policies{Namespaced: []*networkingv1.NetworkPolicy{matrixPolicy("x/base", spec)}}
	n.ask(t, matrixCase{Name: string(d) + ", " + name}, policies, matrixPorts, func(port, from, to string) Verdict {
		if from == "x/a" && !egress.has(to, port) || to == "x/a" && !ingress.has(from, port) {
			return Denied
		}
		return Allowed
	})
}

func TestMatrixCyclonus(t *testing.T) {
	var m cyclonus
	readMatrix(t, "cyclonus.yaml", &m)
	var whole []matrixCase
	readMatrix(t, "conflicts.yaml", &whole)
	var n tally
	for _, c := range whole {
		n.whole(t, c, m.Base)
	}
	for _, d := range []Direction{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
		usual, peers, ports := m.Admits.Ingress, m.Base.Ingress[0].From, m.Base.Ingress[0].Ports
		if d == networkingv1.PolicyTypeEgress {
			usual, peers, ports = m.Admits.Egress, m.Base.Egress[0].To, m.Base.Egress[0].Ports
		}
		m.ask(t, &n, "no peers", d, nil, ports, admitted{[]string{"*"}, usual.Ports})
		m.ask(t, &n, "no ports", d, peers, nil, admitted{usual.Ends, matrixPorts})
		for i, p := range m.Peers {
			m.ask(t, &n, p.Name, d, []networkingv1.NetworkPolicyPeer{p.Peer}, ports, admitted{p.Is, usual.Ports})
			for _, q := range m.Peers[i+1:] {
				m.ask(t, &n, p.Name+" or "+q.Name, d, []networkingv1.NetworkPolicyPeer{p.Peer, q.Peer}, ports, admitted{slices.Concat(p.Is, q.Is), usual.Ports})
			}
		}
		for i, p := range m.Ports {
			m.ask(t, &n, p.Name, d, peers, []networkingv1.NetworkPolicyPort{p.Port}, admitted{usual.Ends, p.Is})
			for _, q := range m.Ports[i+1:] {
				m.ask(t, &n, p.Name+" or "+q.Name, d, peers, []networkingv1.NetworkPolicyPort{p.Port, q.Port}, admitted{usual.Ends, slices.Concat(p.Is, q.Is)})
			}
		}
	}
	if n.cases < 300 || n.pairs < 100_000 {
		t.Errorf("%+v", n)
	}
}
