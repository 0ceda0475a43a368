package routing

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// show writes branches, a line each: what has to hold, whose it is, what is done.
func show(branches []Branch) []string {
	var out []string
	for _, b := range branches {
		var parts []string
		for _, a := range b.Given {
			parts = append(parts, "if "+a.Words)
		}
		for _, m := range b.Missing {
			parts = append(parts, "unseen: "+m)
		}
		if b.Object != "" {
			parts = append(parts, strings.TrimPrefix(b.Object, "VirtualService ")+strings.TrimSuffix(" "+strings.TrimPrefix(b.Field, "spec."), " "))
		}
		for _, d := range b.Destinations {
			to := strings.TrimSuffix(d.words(), ".svc.cluster.local")
			if to == "" {
				to = "dialled"
			}
			parts = append(parts, "-> "+to+" "+strconv.Itoa(d.Weight)+"%"+showChange(d.Change))
		}
		if b.Answer != nil {
			parts = append(parts, "= "+strconv.Itoa(b.Answer.Status)+" "+b.Answer.Why+" "+b.Answer.Location)
		}
		if c := showChange(b.Change); c != "" {
			parts = append(parts, strings.TrimSpace(c))
		}
		for _, n := range b.Notes {
			parts = append(parts, "("+n+")")
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		out = append(out, strings.Join(parts, "; "))
	}
	return out
}

func showChange(c Change) string {
	w := ""
	if c.Host != "" {
		w += " host=" + c.Host
	}
	for _, k := range slices.Sorted(maps.Keys(c.SetHeaders)) {
		w += " set " + k + "=" + c.SetHeaders[k]
	}
	for _, k := range slices.Sorted(maps.Keys(c.AddHeaders)) {
		w += " add " + k + "=" + c.AddHeaders[k]
	}
	for _, k := range c.RemoveHeaders {
		w += " remove " + k
	}
	return w
}

func same(t *testing.T, got []Branch, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, show(got)); d != "" {
		t.Errorf("branches (-want +got):\n%s", d)
	}
}

// vs makes a VirtualService from ns/name and its spec in YAML. Those that are made
// later in a test are newer.
func vs(t *testing.T, name, spec string) *networkingv1.VirtualService {
	t.Helper()
	out := &networkingv1.VirtualService{}
	out.Namespace, out.Name, _ = strings.Cut(name, "/")
	decode(t, spec, &out.Spec)
	return out
}

func gw(t *testing.T, name, spec string) *networkingv1.Gateway {
	t.Helper()
	out := &networkingv1.Gateway{}
	out.Namespace, out.Name, _ = strings.Cut(name, "/")
	decode(t, spec, &out.Spec)
	return out
}

func decode(t *testing.T, text string, to any) {
	t.Helper()
	if text == "http: " {
		return
	}
	if err := yaml.Unmarshal([]byte(text), to); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// age makes the objects as old as their order says.
func inOrder[T metav1.Object](list ...T) []T {
	for i, o := range list {
		o.SetCreationTimestamp(metav1.Unix(int64(i+1), 0))
	}
	return list
}

// table makes an httpTable of a VirtualService shop/cart from routes in YAML.
func table(t *testing.T, routes string) httpTable {
	t.Helper()
	var spec networkingapi.VirtualService
	decode(t, "http: "+routes, &spec)
	out := httpTable{object: "VirtualService shop/cart", namespace: "shop", domain: "cluster.local", routes: spec.GetHttp(), gateway: meshGateway}
	for i := range spec.GetHttp() {
		out.fields = append(out.fields, "spec.http["+strconv.Itoa(i)+"]")
	}
	return out
}

// get is GET http://cart/PATH from the namespace shop, with no headers but x-a: 1.
func get(path string) Request {
	return Request{
		Port: 80, HTTP: true, Host: authz.Known("cart"), Method: authz.Known("GET"), Path: authz.Known(path),
		Headers: authz.Headers{Values: map[string][]string{"x-a": {"1"}}, Closed: true}, SourceNamespace: "shop",
		SourceLabels: map[string]string{"app": "web"},
	}
}

// open is a request of which nothing is said.
func open() Request {
	return Request{Port: 80, HTTP: true, SourceNamespace: "shop"}
}

func ip(s string) authz.Attr[netip.Addr] { return authz.Known(netip.MustParseAddr(s)) }

type netipAddr = netip.Addr

// unseenIP is an address that could not be seen.
func unseenIP(why string) authz.Attr[netip.Addr] { return authz.UnseenBecause[netip.Addr](why) }

// trimBrace makes of fields, or of an object, what can follow an opening brace.
func trimBrace(s string) string {
	if rest, ok := strings.CutPrefix(s, "{"); ok {
		return rest
	}
	return s + "}"
}
