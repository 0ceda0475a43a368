package netpol

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// matrixCase is a case of testdata/matrix, see the README there.
type matrixCase struct {
	Name       string                                    `json:"name"`
	Namespace  string                                    `json:"namespace"`
	Pods       map[string]map[string]string              `json:"pods"`
	Namespaces map[string]map[string]string              `json:"namespaces"`
	Policies   map[string]networkingv1.NetworkPolicySpec `json:"policies"`
	Change     map[string]any                            `json:"change"`
	Expect     map[string][]string                       `json:"expect"`
}

var (
	matrixPods  = []string{"x/a", "x/b", "x/c", "y/a", "y/b", "y/c", "z/a", "z/b", "z/c"}
	matrixPorts = []string{"TCP/80", "TCP/81", "UDP/80", "UDP/81", "SCTP/80", "SCTP/81"}
	matrixIP    = regexp.MustCompile(`IP\(([a-z]/[a-z0-9])\)`)
)

// matrixAddress is 192.168.1.1 for x/a, and 10.103.0.48 for g/0.
func matrixAddress(pod string) string {
	if pod[0] >= 'x' {
		return fmt.Sprintf("192.168.%d.%d", pod[0]-'x'+1, pod[2]-'a'+1)
	}
	return fmt.Sprintf("10.%d.0.%d", pod[0], pod[2])
}

func readMatrix(t testing.TB, file string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/matrix/" + file)
	if err != nil {
		t.Fatal(err)
	}
	text = matrixIP.ReplaceAllFunc(text, func(m []byte) []byte { return []byte(matrixAddress(string(m[3:6]))) })
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// matrixPod is the end of a case.
func (c matrixCase) pod(name string) Endpoint {
	ns, pod, _ := strings.Cut(name, "/")
	e := Endpoint{
		Pod: true, Namespace: ns, Name: pod, IP: netip.MustParseAddr(matrixAddress(name)),
		Labels: map[string]string{"pod": pod}, NamespaceLabels: map[string]string{"ns": ns}, NamespaceKnown: true,
	}
	for k, v := range c.Pods[name] {
		e.Labels[k] = v
	}
	for k, v := range c.Namespaces[ns] {
		e.NamespaceLabels[k] = v
	}
	for _, port := range matrixPorts {
		protocol, number := matrixPort(port)
		e.ContainerPorts = append(e.ContainerPorts, corev1.ContainerPort{
			Name: fmt.Sprintf("serve-%d-%s", number, strings.ToLower(string(protocol))), ContainerPort: int32(number), Protocol: protocol,
		})
	}
	return e
}

func matrixPort(s string) (corev1.Protocol, uint16) {
	protocol, number, _ := strings.Cut(s, "/")
	n, _ := strconv.Atoi(number)
	return corev1.Protocol(protocol), uint16(n)
}

func matchesPod(pattern, pod string) bool {
	prefix, wild := strings.CutSuffix(pattern, "*")
	return pattern == pod || wild && strings.HasPrefix(pod, prefix)
}

// expected reads what the lines say of a pair.
func expected(t testing.TB, lines []string, from, to string) Verdict {
	t.Helper()
	out := Allowed
	for _, line := range lines {
		a, b, ok := strings.Cut(line[1:], " > ")
		if !ok || line[0] != '+' && line[0] != '-' {
			t.Fatalf("bad line %q", line)
		}
		if matchesPod(a, from) && matchesPod(b, to) {
			out = map[byte]Verdict{'+': Allowed, '-': Denied}[line[0]]
		}
	}
	return out
}

// both is the verdict of both ends.
func (p Policies) both(c Connection) Verdict {
	out, in := p.Egress(c).Verdict, p.Ingress(c).Verdict
	switch {
	case out == Denied || in == Denied:
		return Denied
	case out == Allowed && in == Allowed:
		return Allowed
	}
	return Undetermined
}

// tally counts what a test went through.
type tally struct{ cases, pairs int }

// ask asks all pairs on the ports, and compares with what is wanted.
func (n *tally) ask(t *testing.T, c matrixCase, p Policies, ports []string, want func(port, from, to string) Verdict) {
	t.Helper()
	n.cases++
	for _, port := range ports {
		protocol, number := matrixPort(port)
		for _, from := range matrixPods {
			for _, to := range matrixPods {
				if from == to {
					continue
				}
				n.pairs++
				got := p.both(Connection{From: c.pod(from), To: c.pod(to), Port: number, Protocol: protocol})
				if w := want(port, from, to); got != w {
					t.Errorf("%s: %s > %s %s: got %v, want %v", c.Name, from, to, port, got, w)
				}
			}
		}
	}
}

// case asks a whole case.
func (n *tally) whole(t *testing.T, c matrixCase, base networkingv1.NetworkPolicySpec) {
	t.Helper()
	var p Policies
	for name, spec := range c.Policies {
		p.Namespaced = append(p.Namespaced, matrixPolicy(name, spec))
	}
	if c.Change != nil {
		ns := "x"
		if c.Namespace != "" {
			ns = c.Namespace
		}
		p.Namespaced = append(p.Namespaced, matrixPolicy(ns+"/base", changed(t, base, c.Change)))
	}
	var ports []string
	for _, port := range matrixPorts {
		if c.Expect[port] != nil || c.Expect["all"] != nil {
			ports = append(ports, port)
		}
	}
	n.ask(t, c, p, ports, func(port, from, to string) Verdict {
		lines, ok := c.Expect[port]
		if !ok {
			lines = c.Expect["all"]
		}
		return expected(t, lines, from, to)
	})
}

func matrixPolicy(name string, spec networkingv1.NetworkPolicySpec) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{Spec: spec}
	p.Namespace, p.Name, _ = strings.Cut(name, "/")
	return p
}

// changed is a spec with some of its fields set.
func changed(t testing.TB, base networkingv1.NetworkPolicySpec, fields map[string]any) networkingv1.NetworkPolicySpec {
	t.Helper()
	out := *base.DeepCopy()
	for name, value := range fields {
		switch name {
		case "ingress":
			out.Ingress = nil
		case "egress":
			out.Egress = nil
		case "podSelector":
			out.PodSelector.MatchLabels, out.PodSelector.MatchExpressions = nil, nil
		}
		text, err := yaml.Marshal(map[string]any{name: value})
		if err == nil {
			err = yaml.UnmarshalStrict(text, &out)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestMatrixKubernetes(t *testing.T) {
	var cases []matrixCase
	readMatrix(t, "e2e.yaml", &cases)
	var n tally
	for _, c := range cases {
		n.whole(t, c, networkingv1.NetworkPolicySpec{})
	}
	if n.cases < 56 || n.pairs < 5000 {
		t.Errorf("%+v", n)
	}
}
