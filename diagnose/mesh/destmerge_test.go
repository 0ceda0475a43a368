package mesh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// plain makes a DestinationRule of the minute that it was made in, with the subsets
// named; each chooses by a label with the rule's name.
func plain(namespace, name string, minute int, exportTo []string, subsets ...string) *networkingv1.DestinationRule {
	r := laterRule(without(rule(namespace, name, host, drSimple, exportTo...)), minute)
	for _, s := range subsets {
		r.Spec.Subsets = append(r.Spec.Subsets, &networkingapi.Subset{Name: s, Labels: set{"of": name}})
	}
	return r
}

// policed adds a traffic policy.
func policed(r *networkingv1.DestinationRule, m networkingapi.ClientTLSSettings_TLSmode) *networkingv1.DestinationRule {
	r.Spec.TrafficPolicy = &networkingapi.TrafficPolicy{Tls: tlsMode(m)}
	return r
}

// describe is what a merged rule is compared by.
func describe(m *MergedRule) string {
	if m == nil {
		return "none"
	}
	out := strings.Join(m.From, "+")
	if m.Policy != nil {
		out += " policy of " + m.PolicyFrom + " " + m.Policy.GetTls().GetMode().String()
	}
	for _, s := range m.Subsets {
		out += " " + s.GetName() + "=" + s.Labels["of"]
	}
	return out
}

// TestDestinationRuleFor: what istiod merges (istio: model/destination_rule.go), and
// what of it a client gets (model/push_context.go, model/sidecar.go). The same was
// compared with istiod's own code over 24,000 random cases.
func TestDestinationRuleFor(t *testing.T) {
	all, own, bar, both := []string{"*"}, []string{"."}, []string{"bar"}, []string{"bar", "baz"}
	sleep, other := set{"app": "sleep"}, set{"app": "x"}
	tests := map[string]struct {
		client string
		rules  []*networkingv1.DestinationRule
		want   string
	}{
		"none":                            {"bar", nil, "none"},
		"subsets are added":               {"bar", []*networkingv1.DestinationRule{plain("bar", "b", 2, nil, "v2"), plain("bar", "a", 1, nil, "v1")}, "bar/a+bar/b v1=a v2=b"},
		"the older subset stays":          {"bar", []*networkingv1.DestinationRule{plain("bar", "a", 1, nil, "v1"), plain("bar", "b", 2, nil, "v1", "v2")}, "bar/a+bar/b v1=a v2=b"},
		"the older policy stays":          {"bar", []*networkingv1.DestinationRule{policed(plain("bar", "a", 1, nil), drSimple), policed(plain("bar", "b", 2, nil), drDisable)}, "bar/a+bar/b policy of bar/a SIMPLE"},
		"a policy is taken where is none": {"bar", []*networkingv1.DestinationRule{plain("bar", "a", 1, nil), policed(plain("bar", "b", 2, nil), drDisable)}, "bar/a+bar/b policy of bar/b DISABLE"},
		"different exports: the youngest": {"bar", []*networkingv1.DestinationRule{plain("bar", "a", 1, all, "v1"), plain("bar", "b", 2, own, "v2")}, "bar/b v2=b"},
		"more exports are merged in":      {"bar", []*networkingv1.DestinationRule{plain("foo", "a", 1, bar, "v1"), plain("foo", "b", 2, both, "v2")}, "foo/a+foo/b v1=a v2=b"},
		"and lost to the others":          {"baz", []*networkingv1.DestinationRule{plain("foo", "a", 1, bar, "v1"), plain("foo", "b", 2, both, "v2")}, "none"},
		"fewer exports are not":           {"bar", []*networkingv1.DestinationRule{plain("foo", "a", 1, both, "v1"), plain("foo", "b", 2, bar, "v2")}, "foo/b v2=b"},
		"the same export, in any order":   {"bar", []*networkingv1.DestinationRule{plain("foo", "a", 1, []string{"baz", "bar"}, "v1"), plain("foo", "b", 2, both, "v2")}, "foo/a+foo/b v1=a v2=b"},
		"for a workload, and one for all": {"bar", []*networkingv1.DestinationRule{forWorkload(plain("bar", "a", 3, nil, "v1"), sleep), plain("bar", "b", 2, nil, "v2")}, "bar/a v1=a"},
		"two for the same workload":       {"bar", []*networkingv1.DestinationRule{forWorkload(plain("bar", "a", 1, nil, "v1"), sleep), forWorkload(plain("bar", "b", 2, nil, "v2"), sleep)}, "bar/a+bar/b v1=a v2=b"},
		"two for different workloads":     {"bar", []*networkingv1.DestinationRule{forWorkload(plain("bar", "a", 1, nil, "v1"), other), forWorkload(plain("bar", "b", 2, nil, "v2"), sleep)}, "bar/b v2=b"},
		"a private one is lost in it":     {"bar", []*networkingv1.DestinationRule{forWorkload(plain("bar", "a", 1, nil), other), plain("bar", "b", 2, own, "v2")}, "none"},
		"a workload's is never exported":  {"bar", []*networkingv1.DestinationRule{forWorkload(plain("foo", "a", 1, all), sleep)}, "none"},
		"dots mean the rule's namespace":  {root, []*networkingv1.DestinationRule{plain(root, "a", 1, []string{".", "bar"})}, "none"},
		"an address is no short name":     {"bar", []*networkingv1.DestinationRule{rule("bar", "a", "10.0.0.1", drSimple)}, "none"},
		"an empty host is no name at all": {"bar", []*networkingv1.DestinationRule{rule("bar", "a", "", drSimple)}, "none"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := RuleQuery{Config: DefaultConfig(), Rules: tt.rules, Namespace: tt.client, Labels: sleep, Host: host, ServiceNamespace: "foo"}
			if diff := cmp.Diff(tt.want, describe(DestinationRuleFor(q))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDestinationRuleForOthers(t *testing.T) {
	q := RuleQuery{Config: DefaultConfig(), Namespace: "bar", Labels: set{"app": "sleep"}, Host: host, ServiceNamespace: "foo"}
	q.Rules = []*networkingv1.DestinationRule{plain("foo", "a", 1, nil)}
	q.Config.DestinationRuleExportTo = []string{"."}
	if got := describe(DestinationRuleFor(q)); got != "none" {
		t.Errorf("defaultDestinationRuleExportTo: got %s", got)
	}
	q.Config.DestinationRuleExportTo, q.ServiceNamespace = nil, ""
	if got := describe(DestinationRuleFor(q)); got != "none" {
		t.Errorf("the Service's namespace is not known: got %s", got)
	}
	q.Rules = []*networkingv1.DestinationRule{forWorkload(plain("bar", "a", 1, nil), q.Labels), plain("bar", "b", 2, nil)}
	if q.Waypoint = true; describe(DestinationRuleFor(q)) != "bar/b" {
		t.Errorf("a waypoint honours a workloadSelector (istio: core/cluster_waypoint.go): %s", describe(DestinationRuleFor(q)))
	}
}

func TestSubsetLabels(t *testing.T) {
	q := RuleQuery{Config: DefaultConfig(), Namespace: "bar", Host: host, ServiceNamespace: "foo"}
	q.Rules = []*networkingv1.DestinationRule{plain("foo", "a", 1, nil, "v1"), plain("foo", "b", 2, nil, "v2")}
	q.Rules[0].Spec.Subsets = append(q.Rules[0].Spec.Subsets, &networkingapi.Subset{Name: "all"})
	for name, want := range map[string]struct {
		labels set
		rule   string
		ok     bool
	}{
		"v1": {set{"of": "a"}, "foo/a", true}, "v2": {set{"of": "b"}, "foo/b", true}, "all": {nil, "foo/a", true}, "v3": {}, "": {},
	} {
		labels, rule, ok := SubsetLabels(q, name)
		if rule != want.rule || ok != want.ok || !cmp.Equal(want.labels, labels) {
			t.Errorf("%q: got %v, %q, %v", name, labels, rule, ok)
		}
	}
	if _, _, ok := SubsetLabels(RuleQuery{Host: host}, "v1"); ok {
		t.Error("without a rule there is no subset")
	}
}

// TestClientSubset: a subset's own settings, whichever rule has it, and what comes of
// one that no rule has.
func TestClientSubset(t *testing.T) {
	withSubset := func(p *networkingapi.TrafficPolicy) func(*ClientQuery) {
		second := plain("foo", "b", 2, nil, "v0", "v1")
		second.Spec.Subsets[1].TrafficPolicy = p
		return ruled(policed(plain("foo", "a", 1, nil), drIstio), second)
	}
	to := func(name string) func(*ClientQuery) { return func(q *ClientQuery) { q.Subset = name } }
	disable := &networkingapi.TrafficPolicy{Tls: tlsMode(drDisable)}
	portOnly := &networkingapi.TrafficPolicy{PortLevelSettings: []*networkingapi.TrafficPolicy_PortTrafficPolicy{{Port: &networkingapi.PortSelector{Number: 80}}}}
	got := ClientTLS(ask(withSubset(disable), to("v1")))
	if got.TLS != Plaintext || got.Rule != "foo/b" || got.Field != "spec.subsets[1].trafficPolicy.tls.mode" {
		t.Errorf("of the other rule: got %+v", got)
	}
	if got := ClientTLS(ask(withSubset(nil), to("v1"))); got.TLS != MutualTLS || got.Rule != "foo/a" {
		t.Errorf("inherited: got %+v", got)
	}
	// The port's settings take the tls of all from the cluster, and leave it to the endpoint.
	if got := ClientTLS(ask(withSubset(portOnly), to("v1"), target(Presence{Plane: NoPlane}))); got.TLS != MutualTLS || got.Rule != "foo/a" || !strings.Contains(got.Why, "marks every endpoint") {
		t.Errorf("settings for the port: got %+v", got)
	}
	got = ClientTLS(ask(withSubset(nil), to("v9")))
	if !strings.Contains(got.Blocked, "DestinationRule foo/a, foo/b defines no subset v9") || got.Rule != "foo/a" {
		t.Errorf("no such subset: got %+v", got)
	}
	if c := Meet(got, Server{Mode: Permissive}, Sidecar, HTTP, "http"); c.Outcome != Refused || !strings.Contains(c.Symptom, "503 NC") {
		t.Errorf("no such subset: got %+v", c)
	}
	if got := ClientTLS(ask(to("v1"))); !strings.Contains(got.Blocked, "no DestinationRule for "+host) {
		t.Errorf("no rule: got %+v", got)
	}
	outside := func(q *ClientQuery) { q.External, q.Host, q.ServiceNamespace = true, "api.example.org", "" }
	if got := ClientTLS(ask(outside, to("v1"))); got.Blocked == "" {
		t.Errorf("outside: got %+v", got)
	}
}

// TestCredentialName: sidecars take the name of a Secret from a rule for workloads
// only (istio: core/cluster_tls.go).
func TestCredentialName(t *testing.T) {
	named := func(m networkingapi.ClientTLSSettings_TLSmode, name string) *networkingv1.DestinationRule {
		r := rule("bar", "dr", host, m)
		r.Spec.TrafficPolicy.Tls.CredentialName = name
		return r
	}
	for name, tt := range map[string]struct {
		q    ClientQuery
		want TLS
	}{
		"a sidecar":                   {ask(ruled(named(drSimple, "ca"))), Plaintext},
		"a sidecar, MUTUAL":           {ask(ruled(named(drMutual, "ca"))), Plaintext},
		"a sidecar, for the workload": {ask(ruled(forWorkload(named(drSimple, "ca"), set{"app": "sleep"}))), SimpleTLS},
		"a ConfigMap":                 {ask(ruled(named(drSimple, "configmap://ca"))), SimpleTLS},
		"a gateway":                   {ask(source(Gateway), ruled(named(drSimple, "ca"))), SimpleTLS},
		"ISTIO_MUTUAL":                {ask(ruled(named(drIstio, "ca"))), MutualTLS},
		"outside": {ask(ruled(func() *networkingv1.DestinationRule {
			r := named(drSimple, "ca")
			r.Spec.Host = "api.example.org"
			return r
		}()), func(q *ClientQuery) { q.External, q.Host, q.ServiceNamespace = true, "api.example.org", "" }), Plaintext},
	} {
		t.Run(name, func(t *testing.T) {
			got := ClientTLS(tt.q)
			if got.TLS != tt.want || got.Rule != "bar/dr" {
				t.Errorf("got %+v", got)
			}
			if tt.want == Plaintext && !strings.Contains(got.Why, "credentialName") {
				t.Errorf("why: %q", got.Why)
			}
		})
	}
}

// TestAsDialled: loadBalancer PASSTHROUGH makes one decision for all endpoints, as
// with a headless Service.
func TestAsDialled(t *testing.T) {
	lb := &networkingapi.TrafficPolicy{LoadBalancer: &networkingapi.LoadBalancerSettings{
		LbPolicy: &networkingapi.LoadBalancerSettings_Simple{Simple: networkingapi.LoadBalancerSettings_PASSTHROUGH},
	}}
	r := plain("foo", "a", 1, nil, "v1", "v2")
	r.Spec.TrafficPolicy, r.Spec.Subsets[1].TrafficPolicy = lb, lb
	for subset, want := range map[string]TLS{"": UnknownTLS, "v1": MutualTLS, "v2": UnknownTLS} {
		got := ClientTLS(ask(ruled(r), func(q *ClientQuery) { q.Subset = subset }))
		if got.TLS != want {
			t.Errorf("%q: got %+v", subset, got)
		}
	}
	if (*MergedRule)(nil).asDialled("") || single(r).asDialled("v9") {
		t.Error("what is not there sets nothing")
	}
}
