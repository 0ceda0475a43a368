package netpol

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"
)

// admins reads specs; they become AdminNetworkPolicy a0, a1 …
func (p Policies) admins(t *testing.T, specs ...string) Policies {
	t.Helper()
	for i, s := range specs {
		a := &policyv1alpha1.AdminNetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("a%d", i)}}
		if err := yaml.UnmarshalStrict([]byte(s), &a.Spec); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		p.Admin = append(p.Admin, a)
	}
	return p
}

func (p Policies) baseline(t *testing.T, spec string) Policies {
	t.Helper()
	if spec == "" {
		return p
	}
	b := &policyv1alpha1.BaselineAdminNetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &b.Spec); err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	p.Baseline = append(p.Baseline, b)
	return p
}

// gets is what is asked of a result: what is empty is not compared, but Missing.
type gets struct {
	verdict     Verdict
	missing     []string
	policy, why string
	note        string
}

func (g gets) compare(t *testing.T, name string, r Result) {
	t.Helper()
	if r.Verdict != g.verdict {
		t.Errorf("%s: got %v (%s), want %v", name, r.Verdict, r.Why, g.verdict)
	}
	if diff := cmp.Diff(g.missing, r.Missing); diff != "" {
		t.Errorf("%s: missing: %s", name, diff)
	}
	if got := strings.TrimSpace(r.Policy + " " + r.Field); g.policy != "" && got != g.policy {
		t.Errorf("%s: policy %q, want %q", name, got, g.policy)
	}
	if g.why != "" && r.Why != g.why {
		t.Errorf("%s: why %q, want %q", name, r.Why, g.why)
	}
	if g.note != "" && !strings.Contains(strings.Join(r.Notes, "\n"), g.note) {
		t.Errorf("%s: notes %q, want %q", name, r.Notes, g.note)
	}
	if (r.Verdict == Undetermined) != (len(r.Missing) > 0) {
		t.Errorf("%s: %v and missing %q", name, r.Verdict, r.Missing)
	}
}

// adminIn is the spec of a policy for everything with these rules.
func adminIn(priority int, rules ...string) string {
	return fmt.Sprintf("priority: %d\nsubject: {namespaces: {}}\ningress: [%s]", priority, strings.Join(rules, ", "))
}

const (
	denyFoo  = "{action: Deny, from: [{namespaces: {matchLabels: {team: foo-team}}}]}"
	passAll  = "{action: Pass, from: [{namespaces: {}}]}"
	allowAll = "{action: Allow, from: [{namespaces: {}}]}"
	denyEach = "{action: Deny, from: [{namespaces: {}}]}"
)

func TestTiersIngress(t *testing.T) {
	const fooLabels, tie = "labels of namespace foo", "which of AdminNetworkPolicy a0 and AdminNetworkPolicy a1 the network plugin asks first: their priority is the same"
	blind := request(from(with(sleep(), unreadable)))
	for _, tt := range []struct {
		name     string
		admin    []string
		specs    []string
		baseline string
		c        Connection
		want     gets
	}{
		{name: "denied", admin: []string{adminIn(1, denyFoo)}, specs: []string{in("{}")}, c: request(), want: gets{
			verdict: Denied, policy: "AdminNetworkPolicy a0 spec.ingress[0]", why: "spec.ingress[0] of AdminNetworkPolicy a0 denies foo/sleep on port 80",
		}},
		{name: "allowed before a NetworkPolicy", admin: []string{adminIn(1, allowAll)}, specs: []string{denyAll}, c: request(), want: gets{
			verdict: Allowed, policy: "AdminNetworkPolicy a0 spec.ingress[0]", why: "allows: spec.ingress[0] of AdminNetworkPolicy a0 admits foo/sleep on port 80",
		}},
		{name: "passed on to a NetworkPolicy", admin: []string{adminIn(1, passAll, allowAll)}, specs: []string{denyAll}, c: request(), want: gets{
			verdict: Denied, why: "default/p0 selects default/httpbin and no ingress rule admits foo/sleep on port 80",
		}},
		{name: "no rule matches", admin: []string{adminIn(1, "{action: Deny, from: [{namespaces: {matchLabels: {team: x}}}]}")}, c: request(), want: gets{
			verdict: Allowed, why: "allows: no NetworkPolicy selects default/httpbin for ingress, and no rule of the whole cluster denies foo/sleep on port 80",
		}},
		{name: "baseline", baseline: strings.Replace(adminIn(1, denyEach), "priority: 1\n", "", 1), c: request(), want: gets{
			verdict: Denied, policy: "BaselineAdminNetworkPolicy default spec.ingress[0]",
		}},
		{name: "baseline allows", baseline: strings.Replace(adminIn(1, allowAll, denyEach), "priority: 1\n", "", 1), c: request(), want: gets{
			verdict: Allowed, policy: "BaselineAdminNetworkPolicy default spec.ingress[0]",
		}},
		{name: "a NetworkPolicy before the baseline", specs: []string{in("{}")}, baseline: strings.Replace(adminIn(1, denyEach), "priority: 1\n", "", 1), c: request(), want: gets{
			verdict: Allowed, policy: "default/p0 spec.ingress[0]",
		}},
		{name: "another subject", admin: []string{"priority: 1\nsubject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: x}}}}\ningress: [" + denyEach + "]"}, c: request(), want: gets{
			verdict: Allowed, why: "allows: none selects default/httpbin for ingress",
		}},
		{name: "egress only", admin: []string{"priority: 1\nsubject: {namespaces: {}}\negress: [{action: Deny, to: [{namespaces: {}}]}]"}, c: request(), want: gets{verdict: Allowed}},

		{name: "unknown peer", admin: []string{adminIn(1, denyFoo)}, c: blind, want: gets{missing: []string{fooLabels}}},
		{name: "unknown, denied by what is next", admin: []string{adminIn(1, denyFoo)}, specs: []string{denyAll}, c: blind, want: gets{verdict: Denied}},
		{name: "unknown, denied by the next rule", admin: []string{adminIn(1, denyFoo, denyEach)}, c: blind, want: gets{
			verdict: Denied, policy: "AdminNetworkPolicy a0 spec.ingress[1]",
		}},
		{name: "unknown, allowed by the next priority", admin: []string{adminIn(2, allowAll), adminIn(1, denyFoo)}, c: blind, want: gets{missing: []string{fooLabels}}},
		{name: "unknown pass, allowed anyway", admin: []string{adminIn(1, "{action: Pass, from: [{namespaces: {matchLabels: {team: foo-team}}}]}", allowAll)}, specs: []string{in("{}")}, c: blind, want: gets{
			verdict: Allowed,
		}},
		{name: "unknown port", admin: []string{adminIn(1, "{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}")}, c: request(port(0)), want: gets{
			missing: []string{"port of default/httpbin"},
		}},
		{name: "unknown subject", admin: []string{"priority: 1\nsubject: {namespaces: {matchLabels: {a: b}}}\ningress: [" + denyEach + "]"}, c: request(to(with(httpbin(), unreadable))), want: gets{
			missing: []string{"labels of namespace default"},
		}},
		{name: "unknown baseline", baseline: "subject: {namespaces: {}}\ningress: [" + denyFoo + "]", c: blind, want: gets{missing: []string{fooLabels}}},
		{name: "unknown baseline that nothing comes to", specs: []string{in("{}")}, baseline: "subject: {namespaces: {}}\ningress: [" + denyFoo + "]", c: blind, want: gets{verdict: Allowed}},
		{name: "unknown whether a NetworkPolicy selects", specs: []string{"podSelector: {matchLabels: {app: \"!\"}}\ningress: [{}]"}, baseline: "subject: {namespaces: {}}\ningress: [" + denyEach + "]", c: request(), want: gets{
			missing: []string{"whom default/p0 selects: its podSelector is not valid"},
		}},

		{name: "a tie that agrees", admin: []string{adminIn(1, denyEach), adminIn(1, denyFoo)}, c: request(), want: gets{verdict: Denied, policy: "AdminNetworkPolicy a0 spec.ingress[0]"}},
		{name: "a tie that does not", admin: []string{adminIn(1, allowAll), adminIn(1, denyEach)}, c: request(), want: gets{missing: []string{tie}}},
		{name: "a tie that makes no difference", admin: []string{adminIn(1, passAll), adminIn(1, denyEach)}, specs: []string{denyAll}, c: request(), want: gets{verdict: Denied}},
		{name: "a tie that does", admin: []string{adminIn(1, passAll), adminIn(1, denyEach)}, c: request(), want: gets{missing: []string{tie}}},

		{name: "on the host's network", admin: []string{adminIn(1, denyEach)}, c: request(from(with(sleep(), onHost("n1")))), want: gets{verdict: Allowed}},
		{name: "the subject is on the host's network", admin: []string{adminIn(1, denyEach)}, c: request(to(with(httpbin(), onHost("n1")))), want: gets{verdict: Allowed}},
		{name: "from outside", admin: []string{adminIn(1, denyEach)}, c: request(from(outside("192.0.2.9"))), want: gets{verdict: Allowed}},
		{name: "to outside", admin: []string{adminIn(1, denyEach)}, c: request(to(outside("192.0.2.9"))), want: gets{verdict: Allowed}},
		{name: "to itself", admin: []string{adminIn(1, denyEach)}, c: request(from(httpbin())), want: gets{verdict: Allowed, why: "allows: policies cannot cut default/httpbin off from itself"}},

		{name: "a peer of a newer version, denied", admin: []string{adminIn(1, "{action: Pass, from: [{}]}")}, c: request(), want: gets{
			verdict: Denied, note: "AdminNetworkPolicy a0 spec.ingress[0].from[0]: wanted a peer, got none",
		}},
		{name: "a peer of a newer version, allowed", admin: []string{adminIn(1, "{action: Allow, from: [{}]}")}, specs: []string{denyAll}, c: request(), want: gets{
			verdict: Denied, note: "AdminNetworkPolicy a0 spec.ingress[0].from[0]: wanted a peer, got none",
		}},
		{name: "a selector that is not valid", admin: []string{adminIn(1, `{action: Deny, from: [{namespaces: {matchLabels: {"a b": x}}}]}`)}, c: request(), want: gets{
			missing: []string{`what the network plugin makes of AdminNetworkPolicy a0 spec.ingress[0].from[0].namespaces: wanted a label selector, got ` + badKey},
			note:    "AdminNetworkPolicy a0 spec.ingress[0].from[0].namespaces: wanted a label selector",
		}},
		{name: "a subject that is not valid", admin: []string{"priority: 1\nsubject: {}\ningress: [" + denyEach + "]"}, c: request(), want: gets{
			missing: []string{"what the network plugin makes of AdminNetworkPolicy a0 spec.subject: wanted namespaces or pods, got none"},
		}},
		{name: "two subjects", admin: []string{"priority: 1\nsubject: {namespaces: {}, pods: {namespaceSelector: {}, podSelector: {}}}\ningress: [" + denyEach + "]"}, c: request(), want: gets{
			missing: []string{"what the network plugin makes of AdminNetworkPolicy a0 spec.subject: wanted namespaces or pods, got both"},
		}},
		{name: "an action that is not known", admin: []string{adminIn(1, "{action: Log, from: [{namespaces: {}}]}")}, c: request(), want: gets{
			missing: []string{"what AdminNetworkPolicy a0 does by spec.ingress[0].action Log"},
		}},
	} {
		p := Policies{Namespaced: policies(t, tt.specs...)}.admins(t, tt.admin...).baseline(t, tt.baseline)
		tt.want.compare(t, tt.name, p.Ingress(tt.c))
	}
}

const badKey = `key: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`

func TestTiersEgress(t *testing.T) {
	node := func(labels map[string]string) Endpoint {
		return Endpoint{IP: netip.MustParseAddr("172.18.0.2"), Node: "n1", NodeLabels: labels, NodeKnown: labels != nil}
	}
	host := func(name string) Endpoint { return Endpoint{Name: name, IP: netip.MustParseAddr("203.0.113.7")} }
	far := func(e Endpoint) func(*Connection) {
		return func(c *Connection) { c.From.Node, c.To = "n2", e }
	}
	const (
		all    = "subject: {namespaces: {}}\negress: "
		nodes  = "[{action: Deny, to: [{nodes: {matchLabels: {role: infra}}}]}]"
		every  = "[{action: Deny, to: [{nodes: {}}]}]"
		cidr   = "[{action: Deny, to: [{networks: [203.0.113.0/24, 10.0.2.0/24]}]}]"
		domain = "[{action: Allow, to: [{domainNames: ['*.example.org', example.net.]}]}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}]"
	)
	for _, tt := range []struct {
		name, rules string
		c           Connection
		want        gets
	}{
		{"a node", nodes, request(far(node(map[string]string{"role": "infra"}))), gets{verdict: Denied}},
		{"another node", nodes, request(far(node(map[string]string{"role": "x"}))), gets{verdict: Allowed}},
		{"a node whose labels are not known", nodes, request(far(node(nil))), gets{missing: []string{"labels of the node of 172.18.0.2"}}},
		{"any node", every, request(far(node(nil))), gets{verdict: Denied}},
		{"a node, by its name", "[{action: Deny, to: [{nodes: {matchLabels: {kubernetes.io/metadata.name: n1}}}]}]", request(far(node(nil))), gets{missing: []string{"labels of the node of 172.18.0.2"}}},
		{"a Pod on the host's network", every, request(far(with(httpbin(), onHost("n1")))), gets{verdict: Denied}},
		{"a Pod is no node", every, request(), gets{verdict: Allowed}},
		{"an address is no node", every, request(to(host("a.example.org"))), gets{verdict: Allowed}},
		{"a network", cidr, request(to(host(""))), gets{verdict: Denied, policy: "AdminNetworkPolicy a0 spec.egress[0]", why: "spec.egress[0] of AdminNetworkPolicy a0 denies traffic to 203.0.113.7 on port 80"}},
		{"the address of a Pod", cidr, request(), gets{verdict: Denied}},
		{"another address", cidr, request(to(outside("198.51.100.1"))), gets{verdict: Allowed}},
		{"an unknown address", cidr, request(to(with(httpbin(), addressless))), gets{missing: []string{"IP of default/httpbin"}}},
		{"a network that is not valid", "[{action: Allow, to: [{networks: [203.0.113.0]}]}]", request(to(host(""))), gets{
			verdict: Allowed, note: `AdminNetworkPolicy a0 spec.egress[0].to[0].networks[0]: wanted a CIDR, got "203.0.113.0"`,
		}},
		{"a domain", domain, request(to(host("a.b.Example.org"))), gets{verdict: Allowed, policy: "AdminNetworkPolicy a0 spec.egress[0]"}},
		{"an exact domain", domain, request(to(host("example.net"))), gets{verdict: Allowed}},
		{"not the domain itself", domain, request(to(host("example.org"))), gets{verdict: Denied}},
		{"no name", domain, request(to(host(""))), gets{missing: []string{"the names of 203.0.113.7"}}},
		{"a Pod has no domain", domain, request(), gets{verdict: Denied}},
		{"a named port", "[{action: Deny, to: [{namespaces: {}}], ports: [{namedPort: dns}]}]", request(protocol(corev1.ProtocolUDP)), gets{verdict: Denied}},
		{"a named port of another protocol", "[{action: Deny, to: [{namespaces: {}}], ports: [{namedPort: dns}]}]", request(), gets{verdict: Allowed}},
		{"a named port of ICMP", "[{action: Deny, to: [{namespaces: {}}], ports: [{namedPort: dns}]}]", request(protocol("ICMP")), gets{verdict: Allowed}},
		{"no such port", "[{action: Deny, to: [{namespaces: {}}], ports: [{}]}]", request(), gets{
			missing: []string{"what the network plugin makes of AdminNetworkPolicy a0 spec.egress[0].ports[0]: wanted a port, got none"},
		}},
		{"a protocol that is none", "[{action: Deny, to: [{namespaces: {}}], ports: [{portNumber: {protocol: ICMP, port: 1}}]}]", request(), gets{
			missing: []string{`what the network plugin makes of AdminNetworkPolicy a0 spec.egress[0].ports[0].portNumber.protocol: wanted TCP, UDP or SCTP, got "ICMP"`},
		}},
		{"a range upside down", "[{action: Deny, to: [{namespaces: {}}], ports: [{portRange: {start: 9, end: 3}}]}]", request(), gets{
			missing: []string{"what the network plugin makes of AdminNetworkPolicy a0 spec.egress[0].ports[0].portRange: wanted 1-65535, got 9-3"},
		}},
	} {
		p := Policies{}.admins(t, "priority: 1\n"+all+tt.rules)
		tt.want.compare(t, tt.name, p.Egress(tt.c))
	}
}

func TestClusterNetworkPolicies(t *testing.T) {
	policy := func(tier, protocols string) Policies {
		c := &policyv1alpha2.ClusterNetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "c"}}
		spec := "tier: " + tier + "\npriority: 1\nsubject: {namespaces: {}}\ningress: [{action: Deny, from: [{namespaces: {}}], protocols: [" + protocols + "]}]"
		if err := yaml.UnmarshalStrict([]byte(spec), &c.Spec); err != nil {
			t.Fatal(err)
		}
		return Policies{Cluster: []*policyv1alpha2.ClusterNetworkPolicy{c}}
	}
	for name, tt := range map[string]struct {
		p    Policies
		want gets
	}{
		"any port of a protocol": {policy("Admin", "{tcp: {}}"), gets{verdict: Denied, policy: "ClusterNetworkPolicy c spec.ingress[0]"}},
		"another protocol":       {policy("Admin", "{udp: {}}, {sctp: {destinationPort: {number: 80}}}"), gets{verdict: Allowed}},
		"no port":                {policy("Admin", "{tcp: {destinationPort: {}}}"), gets{missing: []string{"what the network plugin makes of ClusterNetworkPolicy c spec.ingress[0].protocols[0].tcp.destinationPort.number: wanted a port, got none"}}},
		"no protocol":            {policy("Baseline", "{}"), gets{missing: []string{"what the network plugin makes of ClusterNetworkPolicy c spec.ingress[0].protocols[0]: wanted a port, got none"}}},
		"a tier that is none":    {policy("Middle", "{tcp: {}}"), gets{verdict: Allowed, note: `ClusterNetworkPolicy c spec.tier: wanted Admin or Baseline, got "Middle"`}},
	} {
		tt.want.compare(t, name, tt.p.Ingress(request()))
	}
}

// What a denial lacks names the rules that could have let it through, and the one
// that denies.
func TestTiersNear(t *testing.T) {
	p := Policies{Namespaced: policies(t, in("{ports: [{port: 9}]}"))}.admins(t, adminIn(1,
		"{action: Allow, from: [{namespaces: {matchLabels: {team: x}}}], ports: [{portNumber: {port: 80}}]}", denyFoo))
	want := []Lack{
		{Policy: "AdminNetworkPolicy a0", Field: "spec.ingress[0].from[0].namespaces", Wanted: "team=x", Got: "team=foo-team"},
		{Policy: "AdminNetworkPolicy a0", Field: "spec.ingress[1].action", Wanted: "another action", Got: "Deny"},
	}
	r := p.Ingress(request())
	if diff := cmp.Diff(want, r.Near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"AdminNetworkPolicy a0"}, r.Selecting); diff != "" {
		t.Error(diff)
	}
	p = Policies{Namespaced: p.Namespaced}.admins(t, adminIn(1, "{action: Allow, from: [{namespaces: {matchLabels: {team: x}}}]}"))
	want = append([]Lack{{Policy: "default/p0", Field: "spec.ingress[0].ports[0].port", Wanted: "9", Got: "80"}}, want[0])
	if r = p.Ingress(request()); r.Verdict != Denied {
		t.Error(r.Verdict)
	}
	if diff := cmp.Diff(want, r.Near); diff != "" {
		t.Error(diff)
	}
}

func TestByAddress(t *testing.T) {
	for name, tt := range map[string]struct {
		p    Policies
		want bool
	}{
		"none":      {Policies{}, false},
		"selectors": {Policies{Namespaced: policies(t, in("{from: [{podSelector: {}}]}"))}.admins(t, adminIn(1, denyFoo)), false},
		"ingress":   {Policies{Namespaced: policies(t, in("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}"))}, true},
		"egress":    {Policies{Namespaced: policies(t, out("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}"))}, true},
		"networks":  {Policies{}.admins(t, "priority: 1\nsubject: {namespaces: {}}\negress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]"), true},
		"baseline":  {Policies{}.baseline(t, "subject: {namespaces: {}}\negress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]"), true},
	} {
		if got := tt.p.ByAddress(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAmbientProbe(t *testing.T) {
	target := with(httpbin(), onNode("n1"))
	probe := request(from(AmbientProbe(target)), to(target))
	six := with(target, func(e *Endpoint) { e.IP = netip.MustParseAddr("fd00::7") })
	const missing = "whether the network plugin lets the kubelet's probes in from 169.254.7.127"
	for name, tt := range map[string]struct {
		specs []string
		c     Connection
		want  gets
	}{
		"no policies":   {nil, probe, gets{verdict: Allowed}},
		"not admitted":  {[]string{denyAll}, probe, gets{missing: []string{missing}, note: "NetworkPolicies must admit 169.254.7.127/32, unless"}},
		"admitted":      {[]string{in("{from: [{ipBlock: {cidr: 169.254.7.127/32}}]}")}, probe, gets{verdict: Allowed, policy: "default/p0 spec.ingress[0]"}},
		"all Pods may":  {[]string{in("{from: [{namespaceSelector: {}}]}")}, probe, gets{missing: []string{missing}}},
		"over IPv6":     {[]string{denyAll}, request(from(AmbientProbe(six)), to(six)), gets{missing: []string{"whether the network plugin lets the kubelet's probes in from fd16:9254:7127:1337:ffff:ffff:ffff:ffff"}, note: "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"}},
		"from the node": {[]string{denyAll}, request(from(Endpoint{IP: netip.MustParseAddr("172.18.0.2"), Node: "n1"}), to(target)), gets{verdict: Allowed}},
	} {
		tt.want.compare(t, name, Ingress(policies(t, tt.specs...), tt.c))
	}
}
