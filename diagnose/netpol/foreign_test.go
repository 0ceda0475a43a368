package netpol

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// foreign reads a policy without a type.
func foreign(t testing.TB, apiVersion, kind, namespace, rest string) *unstructured.Unstructured {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte(rest), &object); err != nil {
		t.Fatalf("%s: %v", rest, err)
	}
	p := &unstructured.Unstructured{Object: object}
	p.SetAPIVersion(apiVersion)
	p.SetKind(kind)
	p.SetName("web")
	p.SetNamespace(namespace)
	return p
}

// words are the answers of Selects.
func selectsWord(sure, maybe bool) string {
	switch {
	case sure && maybe:
		return "both"
	case sure:
		return "yes"
	case maybe:
		return "maybe"
	}
	return "no"
}

func TestSelects(t *testing.T) {
	const cnp, ccnp = "cilium.io/v2 CiliumNetworkPolicy", "cilium.io/v2 CiliumClusterwideNetworkPolicy"
	const knp, gnp = "projectcalico.org/v3 NetworkPolicy", "crd.projectcalico.org/v1 GlobalNetworkPolicy"
	const anp, acnp = "crd.antrea.io/v1beta1 NetworkPolicy", "crd.antrea.io/v1beta1 ClusterNetworkPolicy"
	for _, tt := range []struct{ kind, namespace, rest, ingress, egress string }{
		{cnp, "default", "spec: {endpointSelector: {}, ingress: [{}]}", "yes", "no"},
		{cnp, "default", "spec: {endpointSelector: {}, egressDeny: [{}]}", "no", "yes"},
		{cnp, "default", "spec: {endpointSelector: {}, enableDefaultDeny: {egress: false}}", "yes", "yes"},
		{cnp, "default", "spec: {endpointSelector: {}, labels: [{key: a}]}", "no", "no"},
		{cnp, "foo", "spec: {endpointSelector: {}, ingress: [{}]}", "no", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchLabels: {app: httpbin}}, ingress: [{}]}", "yes", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchLabels: {'k8s:app': httpbin, 'any:app': httpbin}}, ingress: [{}]}", "yes", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchLabels: {'k8s:app': other}}, ingress: [{}]}", "no", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchLabels: {'reserved:init': ''}}, ingress: [{}]}", "maybe", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchLabels: {'reserved:init': '', app: other}}, ingress: [{}]}", "no", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchExpressions: [{key: 'k8s:app', operator: NotIn, values: [x]}, {key: nope, operator: DoesNotExist}]}, ingress: [{}]}", "yes", "no"},
		{cnp, "default", "spec: {endpointSelector: {matchExpressions: [{key: app, operator: Is, values: [x]}]}, ingress: [{}]}", "maybe", "no"},
		{cnp, "default", "spec: {endpointSelector: 1, ingress: [{}]}", "maybe", "no"},
		{cnp, "default", "spec: {ingress: [{}]}", "maybe", "no"},
		{cnp, "default", "specs: [{endpointSelector: {matchLabels: {app: x}}, ingress: [{}]}, {endpointSelector: {matchLabels: {app: httpbin}}, egress: [{}]}]", "no", "yes"},
		{ccnp, "", "spec: {nodeSelector: {}, ingress: [{}]}", "no", "no"},
		{ccnp, "", "spec: {endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': default}}, ingress: [{}]}", "yes", "no"},
		{ccnp, "", "spec: {endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: foo}}, ingress: [{}]}", "no", "no"},
		{ccnp, "", "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.team: default-team}}, ingress: [{}]}", "yes", "no"},
		{ccnp, "", "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name: foo}}, ingress: [{}]}", "no", "no"},
		{ccnp, "", "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: a}}, ingress: [{}]}", "maybe", "no"},

		{knp, "default", "spec: {}", "yes", "no"},
		{knp, "default", "spec: {selector: all(), ingress: [], egress: [{action: Allow}]}", "no", "yes"},
		{knp, "default", "spec: {types: [Ingress, Egress]}", "yes", "yes"},
		{knp, "default", "spec: {selector: app == 'httpbin', types: [Egress]}", "no", "yes"},
		{knp, "default", "spec: {selector: app == 'x'}", "no", "no"},
		{knp, "default", "spec: {selector: 7}", "maybe", "no"},
		{knp, "default", "spec: {serviceAccountSelector: all()}", "yes", "no"},
		{knp, "default", "spec: {serviceAccountSelector: role == 'x'}", "maybe", "no"},
		{knp, "default", "spec: {serviceAccountSelector: role == 'x', selector: app == 'x'}", "no", "no"},
		{gnp, "", "spec:\n  namespaceSelector: projectcalico.org/name in {'foo', 'default'}", "yes", "no"},
		{gnp, "", "spec: {namespaceSelector: team == 'x'}", "no", "no"},
		{gnp, "", "spec: {namespaceSelector: global()}", "no", "no"},
		{gnp, "", "metadata: {}\nspec: {selector: projectcalico.org/namespace == 'default' && projectcalico.org/orchestrator == 'k8s'}", "yes", "no"},
		{gnp, "", "spec: {selector: projectcalico.org/serviceaccount == 'a'}", "maybe", "no"},
		{gnp, "", "spec: {selector: has(pcsa.role)}", "maybe", "no"},
		{gnp, "", "spec: {selector: pcns.team == 'default-team'}", "yes", "no"},

		{anp, "default", "spec: {appliedTo: [{podSelector: {matchLabels: {app: httpbin}}}], ingress: [{}]}", "yes", "no"},
		{anp, "default", "spec: {appliedTo: [{podSelector: {matchLabels: {app: x}}}], ingress: [{}], egress: [{}]}", "no", "no"},
		{anp, "default", "spec: {appliedTo: [{podSelector: {matchLabels: {app: x}}}, {group: g}], ingress: [{}]}", "maybe", "no"},
		{anp, "default", "spec: {ingress: [{appliedTo: [{podSelector: {}}]}], egress: [{}]}", "yes", "maybe"},
		{anp, "default", "spec: {ingress: 1}", "maybe", "no"},
		{acnp, "", "spec: {appliedTo: [{namespaceSelector: {matchLabels: {team: default-team}}}], egress: [{}]}", "no", "yes"},
		{acnp, "", "spec: {appliedTo: [{namespaceSelector: {matchLabels: {team: x}}}], egress: [{}]}", "no", "no"},
		{acnp, "", "spec: {appliedTo: [{nodeSelector: {}}, {externalEntitySelector: {}}], egress: [{}]}", "no", "no"},
		{acnp, "", "spec: {appliedTo: [{podSelector: {a: b, matchLabels: 1}}], egress: [{}]}", "no", "maybe"},

		{"k8s.ovn.org/v1 EgressFirewall", "default", "spec: {}", "no", "yes"},
		{"network.openshift.io/v1 EgressNetworkPolicy", "foo", "spec: {}", "no", "no"},
		{"networking.gke.io/v1alpha1 FQDNNetworkPolicy", "default", "spec: {podSelector: {matchLabels: {app: httpbin}}}", "no", "yes"},
		{"networking.gke.io/v1alpha1 FQDNNetworkPolicy", "default", "spec: {podSelector: {matchLabels: {app: x}}}", "no", "no"},
		{"networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy", "default", "spec: {podSelector: {}, policyTypes: [Egress]}", "no", "yes"},
		{"networking.k8s.aws/v1alpha1 ApplicationNetworkPolicy", "default", "spec: {podSelector: {}, egress: []}", "no", "yes"},
		{"networking.k8s.aws/v1alpha1 ClusterNetworkPolicy", "", "spec: {subject: {namespaces: {matchLabels: {team: default-team}}}, ingress: [{}]}", "yes", "no"},
		{"networking.k8s.aws/v1alpha1 ClusterNetworkPolicy", "", "spec: {subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: x}}}}, ingress: [{}]}", "no", "no"},
		{"networking.k8s.aws/v1alpha1 ClusterNetworkPolicy", "", "spec: {subject: {}, egress: [{}]}", "no", "maybe"},
		{"crd.nsx.vmware.com/v1alpha1 SecurityPolicy", "default", "spec: {}", "maybe", "maybe"},
		{"example.org/v1 Firewall", "foo", "spec: {}", "no", "no"},
	} {
		apiVersion, kind := cutLast(tt.kind)
		p := foreign(t, apiVersion, kind, tt.namespace, tt.rest)
		if got := selectsWord(Selects(p, httpbin(), networkingv1.PolicyTypeIngress)); got != tt.ingress {
			t.Errorf("%s %s, ingress: got %s, want %s", tt.kind, tt.rest, got, tt.ingress)
		}
		if got := selectsWord(Selects(p, httpbin(), networkingv1.PolicyTypeEgress)); got != tt.egress {
			t.Errorf("%s %s, egress: got %s, want %s", tt.kind, tt.rest, got, tt.egress)
		}
		if got := selectsWord(Selects(p, outside("10.0.0.1"), networkingv1.PolicyTypeEgress)); got != "no" {
			t.Errorf("%s selects an address: %s", tt.kind, got)
		}
	}
}

func cutLast(s string) (before, after string) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// What is not known of a Pod leaves it open whether it is selected.
func TestSelectsUnknown(t *testing.T) {
	blind, host := with(httpbin(), unreadable), with(httpbin(), onHost("n1"))
	for _, tt := range []struct {
		apiVersion, kind, rest string
		e                      Endpoint
		want                   string
	}{
		{"cilium.io/v2", "CiliumClusterwideNetworkPolicy", "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.team: x}}, ingress: [{}]}", blind, "maybe"},
		{"cilium.io/v2", "CiliumClusterwideNetworkPolicy", "spec: {nodeSelector: {}, ingress: [{}]}", host, "maybe"},
		{"cilium.io/v2", "CiliumClusterwideNetworkPolicy", "spec: {endpointSelector: {}, ingress: [{}]}", host, "maybe"},
		{"projectcalico.org/v3", "GlobalNetworkPolicy", "spec: {namespaceSelector: team == 'x'}", blind, "maybe"},
		{"projectcalico.org/v3", "GlobalNetworkPolicy", "spec: {namespaceSelector: kubernetes.io/metadata.name != 'default'}", blind, "no"},
		{"crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "spec: {appliedTo: [{namespaceSelector: {matchLabels: {team: x}}}], ingress: [{}]}", blind, "maybe"},
		{"crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "spec: {appliedTo: [{nodeSelector: {}}], ingress: [{}]}", host, "maybe"},
	} {
		p := foreign(t, tt.apiVersion, tt.kind, "", tt.rest)
		if got := selectsWord(Selects(p, tt.e, networkingv1.PolicyTypeIngress)); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.kind, tt.rest, got, tt.want)
		}
	}
}

func TestCalicoSelector(t *testing.T) {
	labels := map[string]string{"app": "web-1", "tier": "front", "empty": ""}
	e := with(httpbin(), func(e *Endpoint) { e.Labels = labels })
	for text, want := range map[string]truth{
		"":                                       yes,
		"all()":                                  yes,
		"all ( )":                                yes,
		"global()":                               no,
		"!global()":                              yes,
		"has(app)":                               yes,
		"!has(app)":                              no,
		"has(nope)":                              no,
		"has(empty) && empty == ''":              yes,
		`app == "web-1"`:                         yes,
		"app != 'web-1'":                         no,
		"nope != 'x'":                            yes,
		"app in {'a', 'web-1'}":                  yes,
		"app not in {'a','web-1'}":               no,
		"nope not in { 'a' }":                    yes,
		"app in {}":                              no,
		"app contains 'b-'":                      yes,
		"app starts with 'web'":                  yes,
		"app ends with 'web'":                    no,
		"app == 'x' || tier == 'front'":          yes,
		"app == 'x' && tier == 'front'":          no,
		"tier == 'front' || app == 'x' && all()": yes,
		"(tier == 'x' || all()) && !(app == 'x')": yes,
		"projectcalico.org/serviceaccount == 'a'": unknown,
		"!has(pcsa.x)":              unknown,
		"has(pcsa.x) && app == 'x'": no,
		"has(pcsa.x) || all()":      yes,
		"app":                       unknown,
		"app == web":                unknown,
		"app == ":                   unknown,
		"app in {'a'":               unknown,
		"(all()":                    unknown,
		"all() all()":               unknown,
		"app === 'x'":               unknown,
		"app == 'x":                 unknown,
		"$":                         unknown,
	} {
		if got := calicoMatches(text, e.calicoLabel); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func FuzzCalicoSelector(f *testing.F) {
	for _, s := range []string{"all()", "!has(a)", "a in {'b', \"c\"}", "(a == 'b' || c != 'd') && e starts with 'f'", "a not in {", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := httpbin()
		once, twice := calicoMatches(text, e.calicoLabel), calicoMatches("!(!("+text+"))", e.calicoLabel)
		if text != "" && twice != unknown && once != twice {
			t.Errorf("%q: %d, denied twice %d", text, once, twice)
		}
	})
}

// A policy that may select an end leaves its verdict open, whatever others say.
func TestForeign(t *testing.T) {
	selects := foreign(t, "cilium.io/v2", "CiliumNetworkPolicy", "default", "spec: {endpointSelector: {}, ingress: [{}]}")
	may := foreign(t, "crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "", "spec: {appliedTo: [{group: g}], ingress: [{}]}")
	other := foreign(t, "projectcalico.org/v3", "NetworkPolicy", "default", "spec: {selector: app == 'x'}")
	shown := foreign(t, "projectcalico.org/v3", "NetworkPolicy", "default", "spec: {}")
	shown.SetName("knp.default.p0")
	missing := []string{
		"what Antrea ClusterNetworkPolicy web does, which may select default/httpbin",
		"what CiliumNetworkPolicy default/web does, which selects default/httpbin",
	}
	all := []*unstructured.Unstructured{nil, selects, other, may, shown}
	for name, tt := range map[string]struct {
		specs []string
		c     Connection
		want  gets
	}{
		"alone":                       {nil, request(), gets{missing: missing, why: "whether ingress policies admit foo/sleep on port 80 is not known: missing " + missing[0] + "; " + missing[1]}},
		"beside one that admits":      {[]string{in("{}")}, request(), gets{missing: missing}},
		"beside one that does not":    {[]string{denyAll}, request(), gets{missing: missing}},
		"beside another missing fact": {[]string{in("{ports: [{port: 80}]}")}, request(port(0)), gets{missing: append([]string{"port of default/httpbin"}, missing...)}},
		"to itself":                   {[]string{denyAll}, request(from(httpbin())), gets{verdict: Allowed}},
		"from the Pod's own node":     {nil, request(from(with(sleep(), onHost("n1"))), to(with(httpbin(), onNode("n1")))), gets{missing: missing}},
	} {
		r := Policies{Namespaced: policies(t, tt.specs...), Foreign: all}.Ingress(tt.c)
		tt.want.compare(t, name, r)
		if r.Verdict == Undetermined && r.Policy != "" {
			t.Errorf("%s: %s", name, r.Policy)
		}
	}
	r := Policies{Foreign: all}.Egress(request())
	if r.Verdict != Allowed {
		t.Error(cmp.Diff(Result{}, r))
	}
}
