package redact

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// asked is a question of examples/scenarios.
type asked struct {
	Source  string `json:"source"`
	Target  string `json:"target"`
	Request struct {
		Method, Path, Host string
		Headers            map[string]string
		Claims             map[string]any
	} `json:"request"`
}

func (q asked) question() diagnose.Question {
	r := diagnose.Request{Method: q.Request.Method, Path: q.Request.Path, Host: q.Request.Host, Claims: q.Request.Claims, Exact: true, Headers: map[string][]string{}}
	for name, v := range q.Request.Headers {
		r.Headers[name] = []string{v}
	}
	return diagnose.Question{Source: q.Source, Target: q.Target, Request: r}
}

// TestScenarios: in the answers to the questions of the scenarios none of the names of
// the objects is left, and nothing but names has changed.
func TestScenarios(t *testing.T) {
	text, err := os.ReadFile("../../examples/scenarios/scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Scenarios []struct {
			Dir      string `json:"dir"`
			Question asked  `json:"question"`
			Control  asked  `json:"control"`
		} `json:"scenarios"`
	}
	if err := yaml.Unmarshal(text, &all); err != nil || len(all.Scenarios) < 40 {
		t.Fatal(len(all.Scenarios), err)
	}
	for _, sc := range all.Scenarios {
		file := filepath.Join("../../examples/scenarios", sc.Dir, "cluster.yaml")
		reader, err := cluster.ReadFiles([]string{file}, nil, "default")
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []asked{sc.Question, sc.Control} {
			t.Run(sc.Dir+" "+q.Source+" "+q.Target, func(t *testing.T) {
				d, s, err := diagnose.Ask(t.Context(), reader, q.question())
				if err != nil {
					t.Fatal(err)
				}
				check(t, d, s)
			})
		}
	}
}

// workload is what the names of the Pods of a Deployment end in.
var workload = regexp.MustCompile(`(-[0-9a-f]{10}(-[a-z0-9]{5})?)$`)

func check(t *testing.T, d *diagnose.Diagnosis, s *cluster.Snapshot) {
	t.Helper()
	before := asJSON(t, d)
	got := Diagnosis(d, s)
	if diff := cmp.Diff(before, asJSON(t, d)); diff != "" {
		t.Fatalf("the answer itself was changed:\n%s", diff)
	}
	after := asJSON(t, got)
	for _, item := range s.Items() {
		for _, name := range []string{item.Object.GetName(), item.Object.GetNamespace()} {
			if public[name] || public[workload.ReplaceAllString(name, "")] || ordinary[name] || len(name) < 2 {
				continue
			}
			whole := regexp.MustCompile(`(^|[^-\w])` + regexp.QuoteMeta(name) + `($|[^-\w])`)
			if at := whole.FindStringIndex(after); at != nil {
				t.Errorf("%q is left in …%s…", name, after[max(0, at[0]-60):min(len(after), at[1]+40)])
			}
		}
	}
	if diff := cmp.Diff(shape(d), shape(got)); diff != "" {
		t.Errorf("more than names has changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(after, asJSON(t, Diagnosis(d, s))); diff != "" {
		t.Errorf("not the same the second time:\n%s", diff)
	}
}

func asJSON(t *testing.T, d *diagnose.Diagnosis) string {
	t.Helper()
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shape is what names have no part in.
func shape(d *diagnose.Diagnosis) []string {
	out := []string{d.Status.Verdict.String()}
	for _, f := range d.Status.Findings {
		out = append(out, f.Code, f.Field)
	}
	for _, a := range d.Status.Answers {
		out = append(out, a.Verdict.String(), string(a.Reason.Stage), a.Reason.Field)
		for _, h := range a.Hops {
			out = append(out, string(h.Role), h.DataPlane, h.Mode)
		}
		for _, l := range a.Chain {
			out = append(out, l.Code, l.Field, kindWord(l.Object))
		}
	}
	return out
}

func kindWord(object string) string {
	k, _, _ := strings.Cut(object, " ")
	return k
}

// TestText: what is a name and what is not.
func TestText(t *testing.T) {
	n := newNames()
	n.add(namespaceName, "shop")
	n.add(namespaceName, "policy")
	for _, name := range []string{"cart", "cart-5c8b6d4f97-jv9xn", "db", "db-0", "source", "istio-ingressgateway-b8392375d3", "istio-ingressgateway-b8392375d3-cxwgk"} {
		n.add(objectName, name)
	}
	n.add(hostName, "*.acme.com:443")
	n.add(hostName, "api.acme.com")
	n.add(hostName, "spiffe://mesh.acme.com/ns/shop/sa/pay")
	n.add(addressName, "10.0.0.7")
	n.add(addressName, "2001:db8::7")
	n.add(addressName, "10.0.0.0/8")
	n.add(urlName, "https://login.acme.com/tenant-1/*")
	n.add(valueName, "group of admins")
	tests := []struct{ in, want string }{
		{"", ""},
		{"shop/cart-5c8b6d4f97-jv9xn and cart.shop:8000", "namespace-1/name-1-5c8b6d4f97-jv9xn and name-1.namespace-1:8000"},
		{"http://cart.shop.svc.cluster.local:8000/get", "http://name-1.namespace-1.svc.cluster.local:8000/get"},
		{"db-0 of db, not db-1", "name-2-0 of name-2, not db-1"},
		{"cartridge and my-cart are others", "cartridge and my-cart are others"},
		{"/carts-admin/my-cart_2 and shop-assistant", "/carts-admin/my-name-1_2 and shop-assistant"},
		{"/cart-admin/policy-x/the-source", "/name-1-admin/policy-x/the-source"},
		{"kubernetes.io/cart-x", "kubernetes.io/cart-x"},
		{"the source of the policy", "the source of the policy"},
		{"Pod policy/source (namespace policy): source.policy", "Pod namespace-2/name-3 (namespace namespace-2): name-3.namespace-2"},
		{"istio-system/istio-ingressgateway-b8392375d3-cxwgk", "istio-system/istio-ingressgateway-b8392375d3-cxwgk"},
		{"mesh.acme.com/ns/shop/sa/pay", "host-2.host-1.example/ns/namespace-1/sa/name-4"},
		{"api.acme.com and www.acme.com", "host-3.host-1.example and www.host-1.example"},
		{"10.0.0.7, 10.0.0.7:80, 10.0.0.70, 10.0.0.0/8.", "address-1, address-1:80, 10.0.0.70, address-2/8."},
		{"[2001:db8::7]:80 2001:db8::8", "[address-3]:80 2001:db8::8"},
		{"https://login.acme.com/tenant-1/user", "https://issuer-1.example/user"},
		{"claim groups group of admins", "claim groups value-1"},
		{`User "jane@acme.com" cannot list`, `User "user-1" cannot list`},
		{"port 8000, rules[0].from[0].source.principals", "port 8000, rules[0].from[0].source.principals"},
	}
	for _, tt := range tests {
		if got := n.text(tt.in); got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// TestQuery: the parameters of a query are no names of objects, and stay behind all the same.
func TestQuery(t *testing.T) {
	d := &diagnose.Diagnosis{Spec: diagnose.Spec{Source: "cart.shop", Target: "http://pay.bank/x?user=jane@acme.com&port=80&flagged#top", Namespace: "shop"}}
	d.Spec.Request.Path = "/y?q=a%20b"
	d.Status.Summary = "port 80 refuses GET /x?user=jane@acme.com&port=80&flagged and /y?q=a%20b"
	got := Diagnosis(d, nil)
	want := "port 80 refuses GET /x?value-1&value-2&value-3 and /y?value-4"
	if diff := cmp.Diff(want, got.Status.Summary); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"http://name-2.namespace-2/x?value-1&value-2&value-3#top", "/y?value-4"}, []string{got.Spec.Target, got.Spec.Request.Path}); diff != "" {
		t.Error(diff)
	}
}

// TestNobody: without objects the names in the answer itself are found.
func TestNobody(t *testing.T) {
	d := &diagnose.Diagnosis{Spec: diagnose.Spec{Source: "cart.shop", Target: "http://pay.bank/x", Namespace: "shop"}}
	d.Status.Summary = "shop/cart cannot reach bank/pay (namespace shop)"
	got := Diagnosis(d, nil)
	if want := "namespace-1/name-1 cannot reach namespace-2/name-2 (namespace namespace-1)"; got.Status.Summary != want {
		t.Errorf("%q, want %q", got.Status.Summary, want)
	}
}
