package netpol

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const denyAll = "podSelector: {}"

// in and out are the spec of a policy with rules in flow style: in("{from: …}").
func in(rules ...string) string {
	return "podSelector: {}\ningress: [" + strings.Join(rules, ", ") + "]"
}

func out(rules ...string) string {
	return "podSelector: {}\negress: [" + strings.Join(rules, ", ") + "]\npolicyTypes: [Egress]"
}

// policies reads specs; they become default/p0, default/p1 …
func policies(t *testing.T, specs ...string) []*networkingv1.NetworkPolicy {
	t.Helper()
	var ps []*networkingv1.NetworkPolicy
	for i, s := range specs {
		p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("p%d", i)}}
		if err := yaml.UnmarshalStrict([]byte(s), &p.Spec); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		ps = append(ps, p)
	}
	return ps
}

func pod(namespace, name, ip string, labels map[string]string) Endpoint {
	return Endpoint{
		Pod: true, Namespace: namespace, Name: name, Labels: labels, IP: netip.MustParseAddr(ip),
		NamespaceKnown: true, NamespaceLabels: map[string]string{"team": namespace + "-team"},
	}
}

func sleep() Endpoint {
	return pod("foo", "sleep", "10.0.1.5", map[string]string{"app": "sleep", "tier": "front"})
}

func httpbin() Endpoint {
	e := pod("default", "httpbin", "10.0.2.7", map[string]string{"app": "httpbin"})
	e.ContainerPorts = []corev1.ContainerPort{
		{Name: "http", ContainerPort: 80},
		{Name: "dns", ContainerPort: 80, Protocol: corev1.ProtocolUDP},
	}
	return e
}

func outside(ip string) Endpoint { return Endpoint{IP: netip.MustParseAddr(ip)} }

// with returns the endpoint with a change.
func with(e Endpoint, change func(*Endpoint)) Endpoint {
	change(&e)
	return e
}

func unreadable(e *Endpoint)  { e.NamespaceKnown, e.NamespaceLabels = false, nil }
func addressless(e *Endpoint) { e.IP = netip.Addr{} }
func onHost(node string) func(*Endpoint) {
	return func(e *Endpoint) { e.HostNetwork, e.Node = true, node }
}
func onNode(node string) func(*Endpoint) { return func(e *Endpoint) { e.Node = node } }

// request is foo/sleep calling default/httpbin on port 80.
func request(changes ...func(*Connection)) Connection {
	c := Connection{From: sleep(), To: httpbin(), Port: 80}
	for _, f := range changes {
		f(&c)
	}
	return c
}

func from(e Endpoint) func(*Connection)            { return func(c *Connection) { c.From = e } }
func to(e Endpoint) func(*Connection)              { return func(c *Connection) { c.To = e } }
func port(n uint16) func(*Connection)              { return func(c *Connection) { c.Port = n } }
func protocol(p corev1.Protocol) func(*Connection) { return func(c *Connection) { c.Protocol = p } }

// neighbour is a Pod of the target's namespace.
func neighbour(labels map[string]string) Endpoint { return pod("default", "web", "10.0.1.9", labels) }

func TestIngress(t *testing.T) {
	remote := outside("192.0.2.9")
	tests := []struct {
		name    string
		specs   []string
		c       Connection
		want    Verdict
		missing []string
	}{
		{name: "no policies", c: request(), want: Allowed},
		{name: "other Pods selected", specs: []string{"podSelector: {matchLabels: {app: other}}"}, c: request(), want: Allowed},
		{name: "selected without rules", specs: []string{denyAll}, c: request(), want: Denied},
		{name: "empty rule", specs: []string{in("{}")}, c: request(), want: Allowed},
		{name: "empty from and ports", specs: []string{in("{from: [], ports: []}")}, c: request(), want: Allowed},
		{name: "additive", specs: []string{denyAll, in("{}")}, c: request(), want: Allowed},
		{name: "no target Pod", specs: []string{denyAll}, c: request(to(outside("10.0.2.7"))), want: Allowed},

		{name: "default types: ingress too", specs: []string{"podSelector: {}\negress: [{}]"}, c: request(), want: Denied},
		{name: "egress only", specs: []string{out("{}")}, c: request(), want: Allowed},
		{name: "both types", specs: []string{denyAll + "\npolicyTypes: [Egress, Ingress]"}, c: request(), want: Denied},

		{name: "subject In", specs: []string{"podSelector: {matchExpressions: [{key: app, operator: In, values: [httpbin, x]}]}"}, c: request(), want: Denied},
		{name: "subject NotIn", specs: []string{"podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [httpbin]}]}"}, c: request(), want: Allowed},
		{name: "subject NotIn of absent key", specs: []string{"podSelector: {matchExpressions: [{key: nope, operator: NotIn, values: [x]}]}"}, c: request(), want: Denied},
		{name: "subject Exists", specs: []string{"podSelector: {matchExpressions: [{key: app, operator: Exists}]}"}, c: request(), want: Denied},
		{name: "subject DoesNotExist", specs: []string{"podSelector: {matchLabels: {app: httpbin}, matchExpressions: [{key: app, operator: DoesNotExist}]}"}, c: request(), want: Allowed},

		{name: "podSelector of another namespace", specs: []string{in("{from: [{podSelector: {matchLabels: {app: sleep}}}]}")}, c: request(), want: Denied},
		{name: "empty podSelector: own namespace", specs: []string{in("{from: [{podSelector: {}}]}")}, c: request(from(neighbour(nil))), want: Allowed},
		{name: "empty podSelector: not others", specs: []string{in("{from: [{podSelector: {}}]}")}, c: request(), want: Denied},
		{name: "podSelector matches", specs: []string{in("{from: [{podSelector: {matchLabels: {app: a}}}]}")}, c: request(from(neighbour(map[string]string{"app": "a"}))), want: Allowed},
		{name: "empty namespaceSelector", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(), want: Allowed},
		{name: "empty namespaceSelector, unread", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(from(with(sleep(), unreadable))), want: Allowed},
		{name: "namespaceSelector", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: foo-team}}}]}")}, c: request(), want: Allowed},
		{name: "namespaceSelector differs", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: bar-team}}}]}")}, c: request(), want: Denied},
		{name: "namespace's name", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: foo}}}]}")}, c: request(), want: Allowed},
		{name: "namespace's name, unread", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: foo}}}]}")}, c: request(from(with(sleep(), unreadable))), want: Allowed},
		{name: "namespace's name differs, unread", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bar, team: x}}}]}")}, c: request(from(with(sleep(), unreadable))), want: Denied},
		{name: "namespace unread", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}}]}")}, c: request(from(with(sleep(), unreadable))), want: Undetermined, missing: []string{"labels of namespace foo"}},
		{name: "namespace unread, Pod differs", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}, podSelector: {matchLabels: {app: no}}}]}")}, c: request(from(with(sleep(), unreadable))), want: Denied},
		{name: "namespace unread, port differs", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}}], ports: [{port: 81}]}")}, c: request(from(with(sleep(), unreadable))), want: Denied},
		{name: "namespace unread, another rule admits", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}}]}", "{ports: [{port: 80}]}")}, c: request(from(with(sleep(), unreadable))), want: Allowed},
		{name: "both selectors", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: foo-team}}, podSelector: {matchLabels: {app: sleep}}}]}")}, c: request(), want: Allowed},
		{name: "both selectors, Pod differs", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: foo-team}}, podSelector: {matchLabels: {app: x}}}]}")}, c: request(), want: Denied},
		{name: "either selector", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: foo-team}}}, {podSelector: {matchLabels: {app: x}}}]}")}, c: request(), want: Allowed},
		{name: "selectors never match outside", specs: []string{in("{from: [{namespaceSelector: {}}, {podSelector: {}}]}")}, c: request(from(remote)), want: Denied},

		{name: "ipBlock", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}")}, c: request(from(remote)), want: Allowed},
		{name: "ipBlock with host bits", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.77/24}}]}")}, c: request(from(remote)), want: Allowed},
		{name: "ipBlock, mapped address", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}")}, c: request(from(outside("::ffff:192.0.2.9"))), want: Allowed},
		{name: "ipBlock, zone", specs: []string{in("{from: [{ipBlock: {cidr: 'fe80::/10'}}]}")}, c: request(from(outside("fe80::1%eth0"))), want: Allowed},
		{name: "ipBlock v6", specs: []string{in("{from: [{ipBlock: {cidr: '2001:db8::/64'}}]}")}, c: request(from(outside("2001:db8::1"))), want: Allowed},
		{name: "ipBlock of the other family", specs: []string{in("{from: [{ipBlock: {cidr: '::/0'}}]}")}, c: request(from(remote)), want: Denied},
		{name: "ipBlock elsewhere", specs: []string{in("{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}")}, c: request(from(remote)), want: Denied},
		{name: "except", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.64/26, 192.0.2.8/29]}}]}")}, c: request(from(remote)), want: Denied},
		{name: "not in except", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.64/26]}}]}")}, c: request(from(remote)), want: Allowed},
		{name: "except is of its block only", specs: []string{in("{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.9/32]}}, {ipBlock: {cidr: 192.0.2.9/32}}]}")}, c: request(from(remote)), want: Allowed},
		{name: "ipBlock admits a Pod", specs: []string{in("{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}")}, c: request(), want: Allowed},
		{name: "address of the Pod unknown", specs: []string{in("{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}")}, c: request(from(with(sleep(), addressless))), want: Undetermined, missing: []string{"IP of foo/sleep"}},
		{name: "address outside unknown", specs: []string{in("{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}")}, c: request(from(Endpoint{Name: "example.com"})), want: Undetermined, missing: []string{"IP of example.com"}},

		{name: "port", specs: []string{in("{ports: [{port: 80}]}")}, c: request(), want: Allowed},
		{name: "another port", specs: []string{in("{ports: [{port: 8080}, {port: 81}]}")}, c: request(), want: Denied},
		{name: "one of the ports", specs: []string{in("{ports: [{port: 8080}, {port: 80}]}")}, c: request(), want: Allowed},
		{name: "protocol defaults to TCP", specs: []string{in("{ports: [{port: 80}]}")}, c: request(protocol(corev1.ProtocolUDP)), want: Denied},
		{name: "no ports: every protocol", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(protocol(corev1.ProtocolSCTP)), want: Allowed},
		{name: "protocol without port", specs: []string{in("{ports: [{protocol: UDP}]}")}, c: request(protocol(corev1.ProtocolUDP), port(53)), want: Allowed},
		{name: "empty port: all of TCP", specs: []string{in("{ports: [{}]}")}, c: request(), want: Allowed},
		{name: "empty port: not UDP", specs: []string{in("{ports: [{}]}")}, c: request(protocol(corev1.ProtocolUDP)), want: Denied},
		{name: "range: first", specs: []string{in("{ports: [{port: 80, endPort: 90}]}")}, c: request(), want: Allowed},
		{name: "range: last", specs: []string{in("{ports: [{port: 70, endPort: 80}]}")}, c: request(), want: Allowed},
		{name: "range: before", specs: []string{in("{ports: [{port: 81, endPort: 90}]}")}, c: request(), want: Denied},
		{name: "range: after", specs: []string{in("{ports: [{port: 70, endPort: 79}]}")}, c: request(), want: Denied},
		{name: "range of one", specs: []string{in("{ports: [{port: 80, endPort: 80}]}")}, c: request(), want: Allowed},
		{name: "from and ports both", specs: []string{in("{from: [{namespaceSelector: {}}], ports: [{port: 81}]}")}, c: request(), want: Denied},
		{name: "port unknown", specs: []string{in("{ports: [{port: 80}]}")}, c: request(port(0)), want: Undetermined, missing: []string{"port of default/httpbin"}},
		{name: "port unknown, any will do", specs: []string{in("{ports: [{protocol: TCP}]}")}, c: request(port(0)), want: Allowed},
		{name: "named port", specs: []string{in("{ports: [{port: http}]}")}, c: request(), want: Allowed},
		{name: "named port of another number", specs: []string{in("{ports: [{port: http}]}")}, c: request(port(8080)), want: Denied},
		{name: "named port that is not there", specs: []string{in("{ports: [{port: admin}]}")}, c: request(), want: Denied},
		{name: "named port of another protocol", specs: []string{in("{ports: [{port: dns}]}")}, c: request(), want: Denied},
		{name: "named UDP port", specs: []string{in("{ports: [{port: dns, protocol: UDP}]}")}, c: request(protocol(corev1.ProtocolUDP)), want: Allowed},
		{name: "named port, port unknown", specs: []string{in("{ports: [{port: http}]}")}, c: request(port(0)), want: Undetermined, missing: []string{"port of default/httpbin"}},
		{name: "named port that is not there, port unknown", specs: []string{in("{ports: [{port: admin}]}")}, c: request(port(0)), want: Denied},

		{
			name: "facts add up", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}}]}"), in("{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}")}, c: request(from(with(with(sleep(), unreadable), addressless)), port(0)), want: Undetermined,
			missing: []string{"IP of foo/sleep", "labels of namespace foo", "port of default/httpbin"},
		},
		{name: "other protocols", specs: []string{in("{}")}, c: request(protocol("ICMP")), want: Undetermined, missing: []string{"what the network plugin does with ICMP of selected Pods"}},
		{name: "other protocols, not selected", specs: []string{out("{}")}, c: request(protocol("ICMP")), want: Allowed},
		{name: "itself", specs: []string{denyAll}, c: request(from(httpbin())), want: Allowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Ingress(policies(t, tt.specs...), tt.c)
			check(t, got, tt.want, tt.missing)
		})
	}
}

// check compares the verdict and what holds of every result.
func check(t *testing.T, got Result, want Verdict, missing []string) {
	t.Helper()
	if got.Verdict != want {
		t.Errorf("verdict %v, want %v: %s", got.Verdict, want, got.Why)
	}
	if diff := cmp.Diff(missing, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if (got.Verdict == Undetermined) != (len(got.Missing) > 0) {
		t.Errorf("%v with missing %q", got.Verdict, got.Missing)
	}
	if got.Why == "" || got.Direction == "" {
		t.Errorf("no reason or direction: %+v", got)
	}
}

func TestEgress(t *testing.T) {
	tests := []struct {
		name    string
		specs   []string
		c       Connection
		want    Verdict
		missing []string
	}{
		{name: "default types: not egress", specs: []string{denyAll}, c: request(from(neighbour(nil))), want: Allowed},
		{name: "default types: with a rule", specs: []string{"podSelector: {}\negress: [{ports: [{port: 443}]}]"}, c: request(from(neighbour(nil))), want: Denied},
		{name: "denied", specs: []string{out()}, c: request(from(neighbour(nil))), want: Denied},
		{name: "policies of the target do not count", specs: []string{out()}, c: request(), want: Allowed},
		{name: "source outside", specs: []string{out()}, c: request(from(outside("192.0.2.9"))), want: Allowed},
		{name: "podSelector", specs: []string{out("{to: [{podSelector: {matchLabels: {app: httpbin}}}]}")}, c: request(from(neighbour(nil))), want: Allowed},
		{name: "named port of the target", specs: []string{out("{ports: [{port: http}]}")}, c: request(from(neighbour(nil))), want: Allowed},
		{name: "named port of the source", specs: []string{out("{ports: [{port: http}]}")}, c: request(from(httpbin()), to(sleep())), want: Denied},
		{name: "named port outside", specs: []string{out("{ports: [{port: http}]}")}, c: request(from(neighbour(nil)), to(outside("192.0.2.9"))), want: Denied},
		{name: "ipBlock outside", specs: []string{out("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}")}, c: request(from(neighbour(nil)), to(outside("192.0.2.9"))), want: Allowed},
		{name: "ipBlock excepts the Pods", specs: []string{out("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}")}, c: request(from(neighbour(nil))), want: Denied},
		{name: "itself", specs: []string{out()}, c: request(from(httpbin())), want: Allowed},
		{
			name: "own node", specs: []string{out()}, c: request(from(with(neighbour(nil), onNode("n1"))), to(with(httpbin(), onHost("n1")))), want: Undetermined,
			missing: []string{"whether the network plugin applies egress policies between default/web and its own node n1"},
		},
		{name: "another node", specs: []string{out()}, c: request(from(with(neighbour(nil), onNode("n1"))), to(with(httpbin(), onHost("n2")))), want: Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Egress(policies(t, tt.specs...), tt.c)
			check(t, got, tt.want, tt.missing)
		})
	}
}

func TestHostNetwork(t *testing.T) {
	target := with(httpbin(), onNode("n1"))
	applies := "whether the network plugin applies policies to default/httpbin, which is on the host's network"
	selects := "whether the network plugin selects foo/sleep, which is on the host's network"
	sameNode := "whether foo/sleep is on the node of default/httpbin"
	tests := []struct {
		name    string
		specs   []string
		c       Connection
		want    Verdict
		missing []string
	}{
		{name: "subject denied", specs: []string{denyAll}, c: request(to(with(httpbin(), onHost("n1")))), want: Undetermined, missing: []string{applies}},
		{name: "subject admitted", specs: []string{in("{}")}, c: request(to(with(httpbin(), onHost("n1")))), want: Allowed},
		{name: "subject admitted by one of two", specs: []string{in("{}"), denyAll}, c: request(to(with(httpbin(), onHost("n1")))), want: Allowed},
		{name: "subject, and a fact", specs: []string{in("{ports: [{port: 80}]}")}, c: request(to(with(httpbin(), onHost("n1"))), port(0)), want: Undetermined, missing: []string{"port of default/httpbin", applies}},
		{name: "both on one node", specs: []string{denyAll}, c: request(from(with(sleep(), onHost("n1"))), to(with(httpbin(), onHost("n1")))), want: Allowed},
		{name: "subject not selected", specs: []string{"podSelector: {matchLabels: {app: x}}"}, c: request(to(with(httpbin(), onHost("n1")))), want: Allowed},
		{name: "peer selected", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(from(with(sleep(), onHost("n2"))), to(target)), want: Undetermined, missing: []string{selects}},
		{name: "peer not selected", specs: []string{in("{from: [{podSelector: {}}]}")}, c: request(from(with(sleep(), onHost("n2"))), to(target)), want: Denied},
		{name: "peer by its node's address", specs: []string{in("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}")}, c: request(from(with(sleep(), onHost("n2"))), to(target)), want: Allowed},
		{name: "every peer", specs: []string{in("{}")}, c: request(from(with(sleep(), onHost("n2"))), to(target)), want: Allowed},
		{name: "own node", specs: []string{denyAll}, c: request(from(with(sleep(), onHost("n1"))), to(target)), want: Allowed},
		{name: "node unknown", specs: []string{denyAll}, c: request(from(with(sleep(), onHost(""))), to(target)), want: Undetermined, missing: []string{sameNode}},
		{name: "node of the target unknown", specs: []string{denyAll}, c: request(from(with(sleep(), onHost("n1")))), want: Undetermined, missing: []string{sameNode}},
		{name: "selected, node unknown", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(from(with(sleep(), onHost("")))), want: Undetermined, missing: []string{sameNode, selects}},
		{name: "the node itself", specs: []string{denyAll}, c: request(from(with(outside("172.18.0.2"), onNode("n1"))), to(target)), want: Allowed},
		{name: "another node itself", specs: []string{denyAll}, c: request(from(with(outside("172.18.0.3"), onNode("n2"))), to(target)), want: Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Ingress(policies(t, tt.specs...), tt.c)
			check(t, got, tt.want, tt.missing)
		})
	}
}
