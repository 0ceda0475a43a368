package authz

import (
	"net/netip"
	"strings"
	"testing"

	securityv1beta1 "istio.io/api/security/v1beta1"
	"sigs.k8s.io/yaml"
)

// ap makes a policy of a name like "foo/allow" and the YAML of its spec.
func ap(t testing.TB, name, spec string) Policy {
	t.Helper()
	ns, name, _ := strings.Cut(name, "/")
	p := Policy{Namespace: ns, Name: name, Spec: &securityv1beta1.AuthorizationPolicy{}}
	j, err := yaml.YAMLToJSON([]byte(spec))
	if err != nil {
		t.Fatalf("policy %s: %v", name, err)
	}
	if err := p.Spec.UnmarshalJSON(j); err != nil {
		t.Fatalf("policy %s: %v", name, err)
	}
	return p
}

// dry makes a policy a dry run, by an annotation of the given value.
func dry(p Policy, value string) Policy {
	p.Annotations = map[string]string{DryRunAnnotation: value}
	return p
}

// httpbin is the workload of the tests, sleep the client.
var httpbin = Workload{Namespace: "foo", Labels: map[string]string{"app": "httpbin"}}

const sleep = "cluster.local/ns/foo/sa/sleep"

// get is GET /get from sleep, everything known.
func get() *Request {
	return &Request{
		Principal:       Known(sleep),
		SourceIP:        Known(netip.MustParseAddr("10.244.1.7")),
		RemoteIP:        Known(netip.MustParseAddr("10.244.1.7")),
		DestinationIP:   Known(netip.MustParseAddr("10.244.2.9")),
		DestinationPort: Known(uint16(8080)),
		SNI:             Absent[string](),
		Method:          Known("GET"),
		Host:            Known("httpbin.foo:8000"),
		Path:            Known("/get"),
		Headers:         Headers{Closed: true},
		Claims:          Absent[map[string]any](),
	}
}

// with returns get with changes.
func with(f ...func(r *Request)) *Request {
	r := get()
	for _, f := range f {
		f(r)
	}
	return r
}

func path(p string) func(*Request)   { return func(r *Request) { r.Path = Known(p) } }
func method(m string) func(*Request) { return func(r *Request) { r.Method = Known(m) } }
func host(h string) func(*Request)   { return func(r *Request) { r.Host = Known(h) } }
func from(p string) func(*Request)   { return func(r *Request) { r.Principal = Known(p) } }
func on(p uint16) func(*Request)     { return func(r *Request) { r.DestinationPort = Known(p) } }
func plaintext(r *Request)           { r.Principal = Absent[string]() }

func sourceIP(a string) func(*Request) {
	return func(r *Request) { r.SourceIP = Known(netip.MustParseAddr(a)) }
}

func hdr(name string, values ...string) func(*Request) {
	return func(r *Request) {
		if r.Headers.Values == nil {
			r.Headers.Values = map[string][]string{}
		}
		r.Headers.Values[name] = values
	}
}

func token(claims map[string]any) func(*Request) {
	return func(r *Request) { r.Claims = Known(claims) }
}

// decide compiles policies for httpbin and decides, making sure that Explain
// agrees.
func decide(t testing.TB, d Dialect, m Mesh, w Workload, r *Request, ps ...Policy) Decision {
	t.Helper()
	p := Compile(d, m, w, ps)
	got, e := p.Decide(r), p.Explain(r)
	if e.Decision != got {
		t.Errorf("Explain decides %+v, Decide %+v", e.Decision, got)
	}
	return got
}

// rounds is how many random cases a test tries: n, or a fraction of them with
// -short, as when the tests run once for each mutant.
func rounds(n int) int {
	if testing.Short() {
		return n / 6
	}
	return n
}
