package apirule

import (
	"strings"
	"testing"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// world is one in which everybody knows a little.
type world struct {
	selector map[string]string
	known    bool
	domain   string
}

func (w world) Selector(Ref) (map[string]string, bool) { return w.selector, w.known }
func (w world) Domain(*APIRule) (string, bool)         { return w.domain, w.domain != "" }

// TestUnknown: what the world does not know is named.
func TestUnknown(t *testing.T) {
	app := map[string]string{"app": "cart"}
	rule := func(spec string) string {
		return "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: cart, namespace: shop}\nspec: {" + spec + "}"
	}
	const rules = "rules: [{path: /, methods: [GET], noAuth: true}]"
	for _, tt := range []struct {
		spec string
		w    world
		want string
	}{
		{"hosts: [cart], gateway: a/b, service: {name: cart}, " + rules, world{app, true, ""}, `apirule "shop/cart": spec.hosts[0]: cart is short, and the domain of Gateway a/b is not known`},
		{"hosts: [cart], externalGateway: a/b, service: {name: cart}, " + rules, world{app, true, ""}, `apirule "shop/cart": spec.hosts[0]: cart is short, and the domain of ExternalGateway a/b is not known`},
		{"hosts: [cart], " + rules, world{app, true, "example.com"}, `apirule "shop/cart": spec.service: no Service is named for spec.rules[0]`},
		{"hosts: [a.b], service: {name: cart}, " + rules, world{}, `apirule "shop/cart": spec.service: what Service shop/cart selects is not known`},
		{"hosts: [a.b], service: {name: cart, namespace: store}, " + rules, world{}, `apirule "shop/cart": spec.service: what Service store/cart selects is not known`},
		{"hosts: [a.b], rules: [{path: /, methods: [GET], noAuth: true, service: {name: own}}]", world{}, `apirule "shop/cart": spec.rules[0].service: what Service shop/own selects is not known`},
		{"hosts: [a.b], service: {name: cart}, " + rules, world{nil, true, ""}, `apirule "shop/cart": spec.service: Service shop/cart has no selector, and the controller refuses that`},
	} {
		r := parsed(t, rule(tt.spec))
		_, _, err := Generate(r, tt.w)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s\ngot  %v\nwant %s", tt.spec, err, tt.want)
		}
		if _, err := Compare(r, tt.w, nil, nil); err == nil || err.Error() != tt.want {
			t.Errorf("compared: %s\ngot  %v\nwant %s", tt.spec, err, tt.want)
		}
	}
	if _, _, err := Generate(parsed(t, old), world{app, true, ""}); err == nil || !strings.Contains(err.Error(), "v1beta1") {
		t.Errorf("of v1beta1: %v", err)
	}
}

func TestDomain(t *testing.T) {
	for _, tt := range []struct {
		hosts [][]string
		want  string
	}{
		{nil, ""},
		{[][]string{{"*.example.com", "*.example.org"}}, "example.com"},
		{[][]string{{}, {"shop.example.com"}}, "shop.example.com"},
	} {
		g := &networkingv1.Gateway{}
		for _, h := range tt.hosts {
			g.Spec.Servers = append(g.Spec.Servers, &networkingv1alpha3.Server{Hosts: h})
		}
		if got := Domain(g); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.hosts, got, tt.want)
		}
	}
}
