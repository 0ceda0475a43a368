package netpol

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestReasons(t *testing.T) {
	nsUnread := request(from(with(sleep(), unreadable)))
	tests := []struct {
		name  string
		specs []string
		c     Connection
		want  Result
	}{
		{name: "none selects", c: request(), want: Result{Verdict: Allowed, Why: "allows: none selects default/httpbin for ingress"}},
		{name: "no Pod", specs: []string{denyAll}, c: request(to(outside("192.0.2.1"))), want: Result{Verdict: Allowed, Why: "allows: 192.0.2.1 is no Pod, and policies select only Pods"}},
		{name: "nowhere", specs: []string{denyAll}, c: request(to(Endpoint{})), want: Result{Verdict: Allowed, Why: "allows: an unknown address is no Pod, and policies select only Pods"}},
		{name: "denied by one", specs: []string{denyAll}, c: request(), want: Result{
			Verdict: Denied, Selecting: []string{"default/p0"},
			Why:  "default/p0 selects default/httpbin and no ingress rule admits foo/sleep on port 80",
			Near: []Lack{{Policy: "default/p0", Field: "spec.ingress", Wanted: "a rule", Got: "none"}},
		}},
		{name: "least first", specs: []string{
			denyAll,
			in("{from: [{podSelector: {matchLabels: {app: web, tier: front}}}, {ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 81}]}"),
			in("{ports: [{port: 90, endPort: 99}, {protocol: UDP, port: 80}, {port: http2}]}"),
		}, c: request(), want: Result{
			Verdict: Denied, Selecting: []string{"default/p0", "default/p1", "default/p2"},
			Why: "default/p0, default/p1 and default/p2 select default/httpbin and no ingress rule admits foo/sleep on port 80",
			Near: []Lack{
				{Policy: "default/p2", Field: "spec.ingress[0].ports[0].port", Wanted: "90-99", Got: "80"},
				{Policy: "default/p2", Field: "spec.ingress[0].ports[1].protocol", Wanted: "UDP", Got: "TCP"},
				{Policy: "default/p2", Field: "spec.ingress[0].ports[2].port", Wanted: "http2", Got: "default/httpbin names no such TCP port"},
				{Policy: "default/p1", Field: "spec.ingress[0].from[0]", Wanted: "a Pod of namespace default, as without a namespaceSelector", Got: "namespace foo"},
				{Policy: "default/p1", Field: "spec.ingress[0].from[0].podSelector", Wanted: "app=web,tier=front", Got: "app=sleep,tier=front"},
				{Policy: "default/p1", Field: "spec.ingress[0].from[1].ipBlock.cidr", Wanted: "192.0.2.0/24", Got: "10.0.1.5"},
				{Policy: "default/p1", Field: "spec.ingress[0].ports[0].port", Wanted: "81", Got: "80"},
				{Policy: "default/p0", Field: "spec.ingress", Wanted: "a rule", Got: "none"},
			},
		}},
		{name: "many", specs: []string{denyAll, denyAll, denyAll, denyAll, in("{ports: [{port: http}]}")}, c: request(), want: Result{
			Verdict: Allowed, Selecting: []string{"default/p0", "default/p1", "default/p2", "default/p3", "default/p4"},
			Policy: "default/p4", Field: "spec.ingress[0]", Why: "allows: spec.ingress[0] of default/p4 admits foo/sleep on port 80",
			Near: []Lack{
				{Policy: "default/p0", Field: "spec.ingress", Wanted: "a rule", Got: "none"},
				{Policy: "default/p1", Field: "spec.ingress", Wanted: "a rule", Got: "none"},
				{Policy: "default/p2", Field: "spec.ingress", Wanted: "a rule", Got: "none"},
				{Policy: "default/p3", Field: "spec.ingress", Wanted: "a rule", Got: "none"},
			},
		}},
		{name: "labels and except", specs: []string{in(
			"{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bar, team: x}, matchExpressions: [{key: team, operator: Exists}]}}]}",
			"{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.1.0/24]}}]}",
			"{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: role, operator: In, values: [b, a]}, {key: role, operator: Exists}]}}]}",
		)}, c: nsUnread, want: Result{
			Verdict: Denied, Selecting: []string{"default/p0"},
			Why: "default/p0 selects default/httpbin and no ingress rule admits foo/sleep on port 80",
			Near: []Lack{
				{Policy: "default/p0", Field: "spec.ingress[0].from[0].namespaceSelector", Wanted: "kubernetes.io/metadata.name=bar,team=x,team", Got: "kubernetes.io/metadata.name=foo,team unknown"},
				{Policy: "default/p0", Field: "spec.ingress[1].from[0].ipBlock.except[0]", Wanted: "not 10.0.1.0/24", Got: "10.0.1.5"},
				{Policy: "default/p0", Field: "spec.ingress[2].from[0].podSelector", Wanted: "role in (a,b),role", Got: "no role"},
			},
		}},
		{name: "not known", specs: []string{in("{from: [{namespaceSelector: {matchLabels: {team: x}}}]}")}, c: nsUnread, want: Result{
			Verdict: Undetermined, Selecting: []string{"default/p0"}, Missing: []string{"labels of namespace foo"},
			Why:  "whether ingress policies admit foo/sleep on port 80 is not known: missing labels of namespace foo",
			Near: []Lack{{Policy: "default/p0", Field: "spec.ingress[0].from[0].namespaceSelector", Wanted: "team=x", Got: "unknown", Unknown: true}},
		}},
		{name: "a Pod by its address", specs: []string{in("{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]}")}, c: request(), want: Result{
			Verdict: Allowed, Selecting: []string{"default/p0"}, Policy: "default/p0", Field: "spec.ingress[0]",
			Why:   "allows: spec.ingress[0] of default/p0 admits foo/sleep on port 80",
			Notes: []string{"default/p0 spec.ingress[0].from[1].ipBlock admits the Pod foo/sleep by its address 10.0.1.5; network plugins that know Pods by identity do not match it"},
		}},
		{name: "a rule that plugins agree on is better", specs: []string{in("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}", "{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {namespaceSelector: {}}]}")}, c: request(), want: Result{
			Verdict: Allowed, Selecting: []string{"default/p0"}, Policy: "default/p0", Field: "spec.ingress[1]",
			Why: "allows: spec.ingress[1] of default/p0 admits foo/sleep on port 80",
		}},
		{name: "itself", specs: []string{denyAll}, c: request(from(httpbin()), protocol(corev1.ProtocolUDP)), want: Result{
			Verdict: Allowed, Selecting: []string{"default/p0"}, Why: "allows: policies cannot cut default/httpbin off from itself",
			Near: []Lack{{Policy: "default/p0", Field: "spec.ingress", Wanted: "a rule", Got: "none"}},
		}},
		{name: "own node", specs: []string{denyAll}, c: request(from(with(sleep(), onHost("n"))), to(with(httpbin(), onNode("n")))), want: Result{
			Verdict: Allowed, Selecting: []string{"default/p0"}, Why: "allows: foo/sleep is on default/httpbin's own node, whose traffic is always let in",
			Near: []Lack{{Policy: "default/p0", Field: "spec.ingress", Wanted: "a rule", Got: "none"}},
		}},
		{name: "outside", specs: []string{in("{from: [{namespaceSelector: {}}]}")}, c: request(from(outside("192.0.2.1")), port(0), protocol(corev1.ProtocolUDP)), want: Result{
			Verdict: Denied, Selecting: []string{"default/p0"},
			Why:  "default/p0 selects default/httpbin and no ingress rule admits 192.0.2.1 on an unknown UDP port",
			Near: []Lack{{Policy: "default/p0", Field: "spec.ingress[0].from[0]", Wanted: "a Pod", Got: "192.0.2.1, which is none"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Direction = networkingv1.PolicyTypeIngress
			if diff := cmp.Diff(tt.want, Ingress(policies(t, tt.specs...), tt.c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEgressReasons(t *testing.T) {
	got := Egress(policies(t, out(), out("{to: [{podSelector: {}}], ports: [{port: 81}]}"), out(), out()), request(from(neighbour(nil)), to(outside("192.0.2.1")), protocol(corev1.ProtocolUDP)))
	want := Result{
		Verdict: Denied, Direction: networkingv1.PolicyTypeEgress,
		Selecting: []string{"default/p0", "default/p1", "default/p2", "default/p3"},
		Why:       "default/p0, default/p1 and 2 more select default/web and no egress rule admits traffic to 192.0.2.1 on UDP port 80",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Result{}, "Near")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := got.Near[0].Field; f != "spec.egress[0].to[0]" {
		t.Errorf("nearest %q", f)
	}
}

func TestInvalid(t *testing.T) {
	tests := []struct{ name, spec, note string }{
		{"CIDR", in("{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}"), `spec.ingress[0].from[0].ipBlock.cidr: wanted a CIDR, got "10.0.0.0/33"`},
		{"mapped CIDR", in("{from: [{ipBlock: {cidr: '::ffff:10.0.0.0/104'}}]}"), `spec.ingress[0].from[0].ipBlock.cidr: wanted a CIDR, got "::ffff:10.0.0.0/104"`},
		{"except", in("{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [nope]}}]}"), `spec.ingress[0].from[0].ipBlock.except[0]: wanted a CIDR, got "nope"`},
		{"the rule, not only the peer", in("{from: [{namespaceSelector: {}}, {ipBlock: {cidr: ''}}]}"), `spec.ingress[0].from[1].ipBlock.cidr: wanted a CIDR, got ""`},
		{"empty peer", in("{from: [{}]}"), "spec.ingress[0].from[0]: wanted a podSelector, a namespaceSelector or an ipBlock, got none"},
		{"mixed peer", in("{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}"), "spec.ingress[0].from[0]: wanted selectors or an ipBlock, got both"},
		{"operator", in("{from: [{namespaceSelector: {matchExpressions: [{key: a, operator: Like}]}}]}"), `spec.ingress[0].from[0].namespaceSelector: wanted a label selector, got "Like" is not a valid label selector operator`},
		{"label", in("{from: [{podSelector: {matchLabels: {'a b': c, 'd e': f}}}]}"), "spec.ingress[0].from[0].podSelector: wanted a label selector, got key: Invalid value: \"a b\""},
		{"protocol", in("{ports: [{protocol: ICMP}]}"), `spec.ingress[0].ports[0].protocol: wanted TCP, UDP or SCTP, got "ICMP"`},
		{"endPort alone", in("{ports: [{endPort: 90}]}"), "spec.ingress[0].ports[0].endPort: wanted a port beside it, got none"},
		{"endPort of a name", in("{ports: [{port: http, endPort: 90}]}"), `spec.ingress[0].ports[0].endPort: wanted a port number beside it, got "http"`},
		{"endPort before port", in("{ports: [{port: 80, endPort: 79}]}"), "spec.ingress[0].ports[0].endPort: wanted 80-65535, got 79"},
		{"endPort too high", in("{ports: [{port: 80, endPort: 65536}]}"), "spec.ingress[0].ports[0].endPort: wanted 80-65535, got 65536"},
		{"port 0", in("{ports: [{port: 0}]}"), "spec.ingress[0].ports[0].port: wanted 1-65535, got 0"},
		{"quoted number", in("{ports: [{port: '80'}]}"), `spec.ingress[0].ports[0].port: wanted a number or the name of a port, got "80"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Ingress(policies(t, tt.spec), request())
			check(t, got, Denied, nil)
			if len(got.Notes) != 1 || !strings.HasPrefix(got.Notes[0], "default/p0 "+tt.note) {
				t.Errorf("notes %q, want %q", got.Notes, tt.note)
			}
			if len(got.Near) == 0 {
				t.Error("the rule does not say what it lacks")
			}
		})
	}
}

func TestInvalidSubject(t *testing.T) {
	const bad = "podSelector: {matchExpressions: [{key: app, operator: In}]}\n"
	whom := []string{"whom default/p0 selects: its podSelector is not valid"}
	got := Ingress(policies(t, bad), request())
	check(t, got, Undetermined, whom)
	if len(got.Notes) != 1 || len(got.Selecting) != 0 {
		t.Errorf("notes %q, selecting %q", got.Notes, got.Selecting)
	}
	check(t, Ingress(policies(t, bad+"ingress: [{}]"), request()), Allowed, nil)
	check(t, Ingress(policies(t, bad, denyAll), request()), Denied, nil)
	check(t, Ingress(policies(t, bad+"ingress: [{}]", denyAll), request()), Undetermined, whom)
}

// The order of the policies and of the maps in them must not show.
func TestStable(t *testing.T) {
	ps := policies(t, denyAll, in("{from: [{podSelector: {matchLabels: {a: b, c: d, e: f, app: x}}}]}"), in("{ports: [{port: 81}]}"), in("{}"))
	ps = append(ps, nil, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "elsewhere"}})
	want := Ingress(ps, request())
	for range 50 {
		rand.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
		if diff := cmp.Diff(want, Ingress(ps, request())); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestPodEndpoint(t *testing.T) {
	always, never := corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever
	ports := func(n int32) []corev1.ContainerPort { return []corev1.ContainerPort{{ContainerPort: n}} }
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "httpbin", Labels: map[string]string{"app": "httpbin"}},
		Spec: corev1.PodSpec{
			NodeName: "n1", HostNetwork: true,
			InitContainers: []corev1.Container{{Ports: ports(1)}, {Ports: ports(2), RestartPolicy: &never}, {Ports: ports(3), RestartPolicy: &always}},
			Containers:     []corev1.Container{{Ports: ports(4)}, {Ports: ports(5)}},
		},
		Status: corev1.PodStatus{PodIP: "10.0.0.1"},
	}
	want := Endpoint{
		Pod: true, Namespace: "default", Name: "httpbin", Labels: map[string]string{"app": "httpbin"},
		IP: netip.MustParseAddr("10.0.0.1"), Node: "n1", HostNetwork: true,
		ContainerPorts: []corev1.ContainerPort{{ContainerPort: 3}, {ContainerPort: 4}, {ContainerPort: 5}},
	}
	comparer := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(want, PodEndpoint(p, nil), comparer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Status.PodIP = ""
	want.IP, want.NamespaceKnown, want.NamespaceLabels = netip.Addr{}, true, map[string]string{"a": "b"}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default", Labels: map[string]string{"a": "b"}}}
	if diff := cmp.Diff(want, PodEndpoint(p, ns), comparer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	got, err := json.Marshal([]Verdict{Undetermined, Allowed, Denied, 9})
	if err != nil {
		t.Fatal(err)
	}
	if want := `["Undetermined","Allowed","Denied","?"]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
