package authz

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines words a difference: what opens with a plus, what closes with a minus.
func (d *Difference) lines() []string {
	var out []string
	for _, c := range d.Opens {
		out = append(out, "+ "+c.Words())
	}
	for _, c := range d.Closes {
		out = append(out, "- "+c.Words())
	}
	if d.Wider {
		out = append(out, "wider")
	}
	if !d.Exact {
		out = append(out, "not exact")
	}
	return out
}

func specs(t *testing.T, in []string) []Policy {
	var out []Policy
	for i, s := range in {
		out = append(out, ap(t, fmt.Sprint("foo/p", i), s))
	}
	return out
}

const (
	allowX     = `{rules: [{from: [{source: {principals: ["cluster.local/ns/foo/sa/x"]}}], to: [{operation: {methods: [GET], paths: ["/get"], ports: ["80"]}}]}]}`
	allowFoo   = `{rules: [{from: [{source: {namespaces: [foo]}}]}]}`
	denyAdmin  = `{action: DENY, rules: [{to: [{operation: {paths: ["/admin*"]}}]}]}`
	allowGET   = `{rules: [{to: [{operation: {methods: [GET]}}]}]}`
	allowNone  = `{}`
	allowAll   = `{rules: [{}]}`
	customPath = `{action: CUSTOM, provider: {name: a}, rules: [{to: [{operation: {paths: ["/a"]}}]}]}`
)

func TestCompare(t *testing.T) {
	tests := []struct {
		name          string
		before, after []string
		want          []string
	}{
		{"nothing", nil, nil, nil},
		{"the same", []string{allowX, denyAdmin}, []string{allowX, denyAdmin}, nil},
		{"another order", []string{allowX, allowFoo, denyAdmin}, []string{denyAdmin, allowFoo, allowX}, nil},
		{"the same in other words", []string{`{rules: [{to: [{operation: {methods: [GET, PUT], ports: ["80", "080"]}}]}]}`}, []string{`{rules: [{to: [{operation: {methods: [PUT, GET, GET], ports: ["080"]}}]}, {to: [{operation: {methods: [PUT, GET], ports: ["80"]}}]}]}`}, nil},
		{"one more ALLOW", []string{allowNone}, []string{allowNone, allowX}, []string{"+ principal is cluster.local/ns/foo/sa/x and port is 80 and method is GET and path is /get"}},
		{"an ALLOW that others contain", []string{allowFoo}, []string{allowFoo, allowX}, nil},
		{"an ALLOW that a DENY masks", []string{allowNone, `{action: DENY, rules: [{from: [{source: {notNamespaces: [bar]}}]}]}`}, []string{allowNone, allowX, `{action: DENY, rules: [{from: [{source: {notNamespaces: [bar]}}]}]}`}, nil},
		{"an ALLOW that a DENY narrows", []string{allowGET, denyAdmin}, []string{allowGET, allowFoo, denyAdmin}, []string{"+ source namespace is foo and method is not GET and path is not /admin*"}},
		{"the first ALLOW", nil, []string{allowX}, []string{"- principal is not cluster.local/ns/foo/sa/x", "- port is not 80", "- method is not GET", "- path is not /get"}},
		{"an ALLOW of nothing", nil, []string{allowNone}, []string{"- every request"}},
		{"an ALLOW of all", nil, []string{allowAll}, nil},
		{"the last ALLOW goes", []string{allowFoo}, nil, []string{"+ source namespace is not foo"}},
		{"a narrow DENY", []string{allowFoo}, []string{allowFoo, denyAdmin}, []string{"- path is /admin* and source namespace is foo"}},
		{"a DENY that denies nothing new", []string{allowGET}, []string{allowGET, `{action: DENY, rules: [{to: [{operation: {notMethods: [GET]}}]}]}`}, nil},
		{"a DENY goes", []string{denyAdmin}, nil, []string{"+ path is /admin*"}},
		{"a DENY of all", []string{allowFoo}, []string{allowFoo, `{action: DENY, rules: [{}]}`}, []string{"- source namespace is foo"}},
		{"a dry run", []string{allowFoo}, []string{allowFoo, `{action: AUDIT, rules: [{}]}`}, nil},
		{
			"one more value",
			[]string{`{rules: [{from: [{source: {principals: [a, b/ns/c/sa/d]}}], to: [{operation: {paths: ["/a", "/b*"]}}]}]}`},
			[]string{`{rules: [{from: [{source: {principals: [a, b/ns/c/sa/d, e/ns/f/sa/g]}}], to: [{operation: {paths: ["/a", "/b*"]}}]}]}`},
			[]string{"+ principal is e/ns/f/sa/g and path is one of /a, /b*"},
		},
		{
			"one more exception",
			[]string{`{rules: [{from: [{source: {notNamespaces: [a]}}]}]}`},
			[]string{`{rules: [{from: [{source: {notNamespaces: [a, b]}}]}]}`},
			[]string{"- source namespace is b"},
		},
		{
			"one exception less, in DENY",
			[]string{`{action: DENY, rules: [{from: [{source: {notPrincipals: [b/ns/c/sa/d, e/ns/f/sa/g]}}]}]}`},
			[]string{`{action: DENY, rules: [{from: [{source: {notPrincipals: [b/ns/c/sa/d]}}]}]}`},
			[]string{"- principal is e/ns/f/sa/g"},
		},
		{
			"a wider prefix",
			[]string{`{rules: [{to: [{operation: {paths: ["/api/v1/*"]}}]}]}`},
			[]string{`{rules: [{to: [{operation: {paths: ["/api/*"]}}]}]}`},
			[]string{"+ path is /api/* and path is not /api/v1/*"},
		},
		{
			"a template for a prefix",
			[]string{`{rules: [{to: [{operation: {paths: ["/a/*"]}}]}]}`},
			[]string{`{rules: [{to: [{operation: {paths: ["/a/{*}"]}}]}]}`},
			[]string{"- path is /a/* and path is not /a/{*}"},
		},
		{
			"a suffix",
			[]string{allowNone},
			[]string{allowNone, `{rules: [{to: [{operation: {hosts: ["*.example.com"], notHosts: ["a.example.com"]}}]}]}`},
			[]string{"+ host is *.example.com and host is not a.example.com"},
		},
		{"the namespace for the principal", []string{`{rules: [{from: [{source: {principals: ["*/ns/foo/sa/x"]}}]}]}`}, []string{allowFoo}, []string{"+ source namespace is foo and principal is not */ns/foo/sa/x"}},
		{
			"an account for its name", []string{`{rules: [{from: [{source: {serviceAccounts: [bar/y], trustDomains: [td]}}]}]}`}, []string{`{rules: [{from: [{source: {principals: ["td/ns/bar/sa/y"]}}]}]}`}, nil,
		},
		{
			"all paths are none",
			[]string{`{rules: [{to: [{operation: {paths: ["/*"]}}]}]}`},
			[]string{allowAll},
			[]string{"+ path is not /*"}, // CONNECT has none
		},
		{
			"a header",
			[]string{allowAll},
			[]string{allowAll, `{action: DENY, rules: [{when: [{key: "request.headers[x-a]", values: ["*"]}, {key: "request.headers[x-a]", notValues: [ok]}]}]}`},
			[]string{"- header x-a is present and header x-a is not ok"},
		},
		{
			"a claim",
			[]string{allowNone},
			[]string{`{rules: [{from: [{source: {requestPrincipals: ["i/*"]}}], when: [{key: "request.auth.claims[iss]", notValues: [j]}, {key: "request.auth.claims[g]", values: [a]}]}]}`},
			[]string{"+ request principal is i/* and claim g is a"},
		},
		{
			"blocks",
			[]string{`{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}`},
			[]string{`{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.1.0.0/16]}}]}]}`},
			[]string{"- source IP is in 10.1.0.0/16"},
		},
		{"CUSTOM", []string{allowFoo}, []string{allowFoo, customPath}, []string{"- path is /a and the answer of the external authorizer a is not OK and source namespace is foo"}},
		{"CUSTOM goes", []string{customPath}, nil, []string{"+ path is /a and the answer of the external authorizer a is not OK"}},
		{
			"CUSTOM of a provider that does not exist",
			[]string{customPath},
			[]string{`{action: CUSTOM, provider: {name: b}, rules: [{to: [{operation: {paths: ["/a"]}}]}]}`},
			[]string{"- path is /a and the answer of the external authorizer a is OK"},
		},
		{"two alternatives become one", []string{`{rules: [{to: [{operation: {methods: [GET]}}, {operation: {paths: ["/a"]}}]}]}`}, []string{allowGET}, []string{"- path is /a and method is not GET"}},
		{
			"two sources and two operations",
			[]string{allowNone},
			[]string{`{rules: [{from: [{source: {namespaces: [foo]}}, {source: {namespaces: [bar]}}], to: [{operation: {methods: [GET]}}, {operation: {paths: ["/a"]}}]}]}`},
			[]string{
				"+ source namespace is foo and method is GET", "+ source namespace is foo and path is /a",
				"+ source namespace is bar and method is GET", "+ source namespace is bar and path is /a",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mesh := Mesh{Providers: map[string]Provider{"a": {}}}
			before, after := Compile(EnvoyHTTP, mesh, httpbin, specs(t, tt.before)), Compile(EnvoyHTTP, mesh, httpbin, specs(t, tt.after))
			d, back := Compare(before, after, &Request{}), Compare(after, before, &Request{})
			if diff := cmp.Diff(tt.want, d.lines()); diff != "" {
				t.Error(diff)
			}
			if len(d.Opens) != len(back.Closes) || len(d.Closes) != len(back.Opens) || !back.Exact {
				t.Errorf("back: %q", back.lines())
			}
			if again := Compare(before, after, &Request{}); !slices.Equal(again.lines(), d.lines()) {
				t.Errorf("again: %q", again.lines())
			}
		})
	}
}

// TestCompareOfRequests: what is known of the request settles what it can.
func TestCompareOfRequests(t *testing.T) {
	before, after := specs(t, []string{allowFoo, denyAdmin}), specs(t, []string{allowX})
	tests := []struct {
		name    string
		request *Request
		want    []string
	}{
		{
			"a port", &Request{DestinationPort: Known(uint16(80))}, []string{
				"- source namespace is foo and path is not /admin* and principal is not cluster.local/ns/foo/sa/x",
				"- source namespace is foo and path is not /admin* and method is not GET",
				"- source namespace is foo and path is not /admin* and path is not /get",
			},
		},
		{"another port", &Request{DestinationPort: Known(uint16(81))}, []string{"- source namespace is foo and path is not /admin*"}},
		{"unseen", &Request{DestinationPort: Known(uint16(81)), Principal: UnseenBecause[string]("forbidden")}, []string{"- source namespace is foo and path is not /admin*"}},
		{"no mTLS", &Request{Principal: Absent[string]()}, nil},
		{"all", get(), []string{"- every request"}},
		{"the caller of the policy", with(from("cluster.local/ns/foo/sa/x"), on(80)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Compare(Compile(EnvoyHTTP, Mesh{}, httpbin, before), Compile(EnvoyHTTP, Mesh{}, httpbin, after), tt.request)
			if diff := cmp.Diff(tt.want, d.lines()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompareWithNone(t *testing.T) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, specs(t, []string{allowFoo, denyAdmin}))
	foo, every := "source namespace is foo and path is not /admin*", "every request"
	tests := []struct {
		name          string
		before, after *Program
		want          []string
	}{
		{"both refuse", nil, nil, nil},
		{"both allow", AllowAll(), Compile(Ztunnel, Mesh{}, httpbin, nil), nil},
		{"mTLS goes", nil, p, []string{"+ " + foo}},
		{"mTLS comes", p, nil, []string{"- " + foo}},
		{"the sidecar goes, and mTLS", nil, AllowAll(), []string{"+ " + every}},
		{"the sidecar comes", AllowAll(), p, []string{"- path is /admin*", "- source namespace is not foo"}},
		{"one that denies all", Compile(EnvoyHTTP, Mesh{}, httpbin, specs(t, []string{`{action: DENY, rules: [{}]}`})), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Compare(tt.before, tt.after, &Request{})
			if diff := cmp.Diff(tt.want, d.lines()); diff != "" || len(d.Notes) > 0 {
				t.Error(diff, d.Notes)
			}
		})
	}
}

func TestCompareDialects(t *testing.T) {
	tests := []struct {
		name     string
		from, to Dialect
		specs    []string
		want     []string
		note     string
	}{
		{"TCP drops ALLOW with HTTP", EnvoyHTTP, EnvoyTCP, []string{allowX}, []string{"- principal is cluster.local/ns/foo/sa/x and port is 80 and method is GET and path is /get"}, "the programs are of envoy-http and of envoy-tcp, which do not read all values alike"},
		{"TCP widens DENY with HTTP", EnvoyHTTP, EnvoyTCP, []string{denyAdmin}, []string{"- path is not /admin*"}, "the programs are of envoy-http and of envoy-tcp, which do not read all values alike"},
		{"ztunnel reads principals alike", EnvoyHTTP, Ztunnel, []string{`{rules: [{from: [{source: {principals: ["td/ns/foo/sa/x"], namespaces: [foo]}}], to: [{operation: {ports: ["80"]}}]}]}`}, nil, ""},
		{"ztunnel: no star within", EnvoyTCP, Ztunnel, []string{`{rules: [{from: [{source: {namespaces: ["f*o"]}}]}]}`}, []string{"- source namespace is f*o"}, "the programs are of envoy-tcp and of ztunnel, which do not read all values alike"},
		{"ztunnel: no trust domains", EnvoyTCP, Ztunnel, []string{`{rules: [{from: [{source: {namespaces: [foo], trustDomains: [td]}}]}]}`}, []string{"+ source namespace is foo and trust domain is not td"}, "the programs are of envoy-tcp and of ztunnel, which do not read all values alike"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ps := specs(t, tt.specs)
			d := Compare(Compile(tt.from, Mesh{}, httpbin, ps), Compile(tt.to, Mesh{}, httpbin, ps), &Request{})
			if diff := cmp.Diff(tt.want, d.lines()); diff != "" || strings.Join(d.Notes, "") != tt.note {
				t.Error(diff, d.Notes)
			}
		})
	}
}

// TestCompareMeshes: the same policies, and another mesh.
func TestCompareMeshes(t *testing.T) {
	ps := specs(t, []string{`{rules: [{from: [{source: {principals: ["cluster.local/ns/foo/sa/x"]}}]}]}`})
	d := Compare(Compile(EnvoyHTTP, Mesh{}, httpbin, ps), Compile(EnvoyHTTP, Mesh{TrustDomainAliases: []string{"old"}}, httpbin, ps), &Request{})
	opens, _ := d.Examples()
	if len(opens) != 1 || !d.Exact || d.Opened(opens[0]) != True || d.Closed(opens[0]) != False {
		t.Fatalf("got %q, %+v", d.lines(), opens)
	}
	if got, _ := opens[0].Principal.Get(); got != "old/ns/foo/sa/x" {
		t.Errorf("example %s", got)
	}
	for _, r := range []*Request{with(from("cluster.local/ns/foo/sa/x")), with(plaintext)} {
		if d.Opened(r) != False {
			t.Errorf("%+v opens", *r)
		}
	}
	if d.Opened(&Request{}) != Open {
		t.Error("nothing is known")
	}

	ps = specs(t, []string{customPath})
	known, unknown := Mesh{Providers: map[string]Provider{"a": {}}}, Mesh{ProvidersUnknown: "forbidden"}
	for _, tt := range []struct {
		dialect Dialect
		dry     bool
		want    []string
	}{
		{EnvoyHTTP, false, []string{"- path is /a and the extension provider a is missing and the answer of the external authorizer a is OK"}},
		{EnvoyTCP, false, []string{"- the extension provider a is missing", "- the extension provider a is of gRPC and the answer of the external authorizer a is not OK"}},
		{EnvoyHTTP, true, []string{"+ path is /a and the extension provider a is missing"}},
		{EnvoyTCP, true, []string{"- the extension provider a is of gRPC"}},
	} {
		before := slices.Clone(ps)
		if tt.dry {
			before[0] = dry(before[0], "true")
		}
		d := Compare(Compile(tt.dialect, known, httpbin, before), Compile(tt.dialect, unknown, httpbin, before), &Request{})
		if diff := cmp.Diff(tt.want, d.lines()); diff != "" {
			t.Errorf("%v, dry run %v: %s", tt.dialect, tt.dry, diff)
		}
		opens, closes := d.Examples()
		for _, x := range append(opens, closes...) {
			if x != nil {
				t.Errorf("whether a provider exists says no request: %+v", *x)
			}
		}
	}
}

// TestCompareBounds: what is too much to list is said, and not left out.
func TestCompareBounds(t *testing.T) {
	mk := func(ps []Policy) *Program { return Compile(EnvoyHTTP, Mesh{}, httpbin, ps) }
	few, all := many(t, 20), many(t, 500)
	product := func(n int) []Policy {
		var from, to string
		for i := range n {
			from += fmt.Sprintf(`{source: {namespaces: [n%d]}},`, i)
			to += fmt.Sprintf(`{operation: {paths: ["/p%d"]}},`, i)
		}
		return specs(t, []string{`{rules: [{from: [` + from + `], to: [` + to + `], when: [{key: source.ip, values: [10.0.0.0/8]}]}]}`})
	}
	tests := []struct {
		name          string
		before, after *Program
		want          []string
	}{
		{"one of many", mk(all), mk(append(all[:500:500], newcomer(t))), []string{"+ principal is cluster.local/ns/foo/sa/x and port is 80 and method is GET and path is /get"}},
		{"all of many go", mk(all), AllowAll(), []string{"+ every request", "wider"}},
		{"many rules", nil, mk(all), []string{"+ every request", "wider"}},
		{"all of some go", mk(few), AllowAll(), []string{"+ every request", "wider"}},
		{"a rule of many alternatives", nil, mk(product(20)), []string{"+ source IP is in 10.0.0.0/8", "wider"}},
		{"a DENY and many ALLOW", mk(append(slices.Clone(all), specs(t, []string{denyAdmin})...)), mk(all), nil},
		{
			"a DENY of a namespace and many ALLOW", mk(append(product(100), specs(t, []string{`{action: DENY, rules: [{from: [{source: {namespaces: ["n1*"]}}]}]}`})...)), mk(product(100)),
			[]string{"+ source namespace is n1*", "wider"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Compare(tt.before, tt.after, &Request{})
			if diff := cmp.Diff(tt.want, d.lines()); diff != "" || d.Wider != (len(d.Notes) == 1) {
				t.Error(diff, d.Notes)
			}
		})
	}
	t.Run("given up", func(t *testing.T) {
		seen := map[bool]int{}
		for steps := range 400 {
			s := newSolver(&Request{})
			s.steps = steps
			d := s.compare(mk(few[:3]), mk(few[1:4]))
			if d.Exact == slices.Contains(d.Notes, noteCompareBound) || d.Exact && len(d.Opens)*len(d.Closes) == 0 {
				t.Errorf("%d steps: %q, notes %q", steps, d.lines(), d.Notes)
			}
			seen[d.Exact]++
		}
		if seen[true] == 0 || seen[false] == 0 {
			t.Errorf("%v", seen)
		}
	})
}
