package apirule

import (
	"testing"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		labels map[string]string
		want   Ref
	}{
		{nil, Ref{}},
		{map[string]string{"app.kubernetes.io/managed-by": "api-gateway"}, Ref{}},
		{map[string]string{NameLabel: "cart", NamespaceLabel: "shop"}, Ref{"shop", "cart"}},
		{map[string]string{NameLabel: "cart"}, Ref{}}, // the controller asks for both
		{map[string]string{LegacyLabel: "cart.shop"}, Ref{"shop", "cart"}},
		{map[string]string{LegacyLabel: "cart.v1.shop"}, Ref{"shop", "cart.v1"}},
		{map[string]string{LegacyLabel: "cart"}, Ref{}},
		{map[string]string{LegacyLabel: ".shop"}, Ref{}},
		{map[string]string{LegacyLabel: "cart."}, Ref{}},
		{map[string]string{NameLabel: "new", NamespaceLabel: "shop", LegacyLabel: "cart.shop"}, Ref{"shop", "new"}},
	} {
		if got, ok := Owner(tt.labels); got != tt.want || ok != (tt.want != Ref{}) {
			t.Errorf("%v: got %s, %v", tt.labels, got, ok)
		}
	}
}

// policy reads one; LABELS stands for those of the APIRule shop/cart.
func policy(t *testing.T, legacy bool, labels, spec string) *securityv1.AuthorizationPolicy {
	t.Helper()
	owner := NameLabel + ": cart, " + NamespaceLabel + ": shop"
	if legacy {
		owner = LegacyLabel + ": cart.shop"
	}
	u := manifest(t, "metadata: {name: p, namespace: shop, labels: {"+owner+labels+"}}\nspec: {"+spec+"}")
	return typed(t, u, &securityv1.AuthorizationPolicy{})
}

// TestRecognise reads strategy and release off single policies.
func TestRecognise(t *testing.T) {
	const (
		gateway = "principals: [" + IngressGateway + "]"
		token   = "requestPrincipals: ['i/*']"
		to      = "to: [{operation: {methods: [GET], paths: [/a]}}]"
		hosted  = "to: [{operation: {methods: [GET], paths: [/a], hosts: [a.b]}}]"
		labels  = ", " + HashLabel + ": h, " + IndexLabel + ": '0'"
	)
	rules := func(source, to string) string { return "rules: [{from: [{source: {" + source + "}}], " + to + "}]" }
	for _, tt := range []struct {
		name         string
		legacy       bool
		labels, spec string
		want         Origin
	}{
		{"latest noAuth", false, labels, rules(gateway, hosted), Origin{Strategy: NoAuth, Release: Since350, Hash: "h"}},
		{"latest jwt", false, labels, rules(gateway+", "+token, hosted), Origin{Strategy: Tokens, Release: Since350, Hash: "h"}},
		{"asks", false, labels, "action: CUSTOM, provider: {name: x}, rules: [{" + hosted + "}]", Origin{Strategy: ExtAuthAsk, Release: Since350, Hash: "h"}},
		{"after an authorizer", false, ", " + HashLabel + ": h, " + IndexLabel + ": '1'", rules(gateway, hosted), Origin{Strategy: ExtAuth, Release: Since350, Hash: "h", Index: 1}},
		{"hosts", true, labels, rules(gateway, hosted), Origin{Strategy: NoAuth, Release: Since310, Hash: "h", Legacy: true}},
		{"gateway with token", true, labels, rules(gateway+", "+token, to), Origin{Strategy: Tokens, Release: Since310, Hash: "h", Legacy: true}},
		{"token alone", true, labels, rules(token, to), Origin{Strategy: Tokens, Release: Before310, Hash: "h", Legacy: true}},
		{"gateway alone", true, labels, rules(gateway, to), Origin{Strategy: NoAuth, Release: Before310, Hash: "h", Legacy: true}},
		{"all but the gateway", true, labels, "rules: [{from: [{source: {notPrincipals: [" + IngressGateway + "]}}]}]", Origin{Strategy: InCluster, Release: Internal, Hash: "h", Legacy: true}},
		{"Oathkeeper", false, labels, "rules: [{from: [{source: {principals: [" + Oathkeeper + "]}}, {source: {" + gateway + "}}], " + to + "}]", Origin{Strategy: NoAuth, Release: Since350, Migrating: true, Hash: "h"}},
		{"without labels of its own", false, "", rules(gateway, hosted), Origin{Strategy: NoAuth, Release: Since350, Index: -1}},
		{"nothing in it", false, "", "", Origin{Release: Since350, Index: -1}},
	} {
		tt.want.Owner = Ref{"shop", "cart"}
		got, ok := Recognise(policy(t, tt.legacy, tt.labels, tt.spec), nil)
		if !ok || got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if _, ok := Recognise(&securityv1.AuthorizationPolicy{}, nil); ok {
		t.Error("a policy without labels is recognised")
	}
}

// TestRuleIn: path first, then methods, then strategy.
func TestRuleIn(t *testing.T) {
	r := &APIRule{Rules: []Rule{
		{Path: "/a", Methods: []string{"GET"}, NoAuth: true},
		{Path: "/a", Methods: []string{"PUT"}, NoAuth: true},
		{Path: "/*", Methods: []string{"GET"}, JWT: &JWT{}},
	}}
	for _, tt := range []struct {
		to   string
		want int
	}{
		{"methods: [GET], paths: [/a]", 0},
		{"methods: [PUT], paths: [/a]", 1},
		{"methods: [PUT, GET], paths: [/a]", 0},
		{"methods: [GET], paths: ['/{**}']", 2},
		{"methods: [GET], paths: ['/*']", 2},
		{"methods: [GET], paths: [/b]", -1},
		{"ports: ['80']", -1},
	} {
		p := policy(t, false, "", "rules: [{to: [{operation: {"+tt.to+"}}]}]")
		o, _ := Recognise(p, nil)
		if got := o.RuleIn(r, p); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.to, got, tt.want)
		}
	}
}
