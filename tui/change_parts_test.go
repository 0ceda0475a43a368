package tui

import (
	"slices"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

func TestPort(t *testing.T) {
	for _, c := range []struct{ target, port, with string }{
		{"http://httpbin.default:8000/get", "8000", "http://httpbin.default:9/get"},
		{"http://httpbin.default/get?a=b:c", "", "http://httpbin.default:9/get?a=b:c"},
		{"httpbin.default:http", "http", "httpbin.default:9"},
		{"httpbin", "", "httpbin:9"},
		{"svc/httpbin.default:8000", "8000", "svc/httpbin.default:9"},
		{"pod/x", "", "pod/x:9"},
		{"tcp://[2001:db8::1]:53", "53", "tcp://[2001:db8::1]:9"},
		{"[2001:db8::1]", "", "[2001:db8::1]:9"},
		{"10.0.0.1:80/a:b", "80", "10.0.0.1:9/a:b"},
		{"", "", ":9"},
	} {
		if got := portOf(c.target); got != c.port {
			t.Errorf("%q has the port %q, want %q", c.target, got, c.port)
		}
		if got := withPort(c.target, "9"); got != c.with {
			t.Errorf("%q with 9: %q, want %q", c.target, got, c.with)
		}
	}
}

// What a condition asks for is set, or it is said why it cannot be.
func TestSetAtom(t *testing.T) {
	type question = Question
	with := func(set func(q *question)) question {
		q := question{Target: "http://a:80/"}
		set(&q)
		return q
	}
	atom := func(not bool, attribute string, oneOf ...string) authz.Atom {
		return authz.Atom{Attribute: attribute, Not: not, OneOf: oneOf}
	}
	for _, c := range []struct {
		a    authz.Atom
		q    question
		want question
		why  bool
	}{
		{a: atom(false, "method", "POST"), want: with(func(q *question) { q.Method = "POST" })},
		{a: atom(false, "path", "/api/*"), want: with(func(q *question) { q.Path = "/api/x" })},
		{a: atom(false, "host", "*.example.com"), want: with(func(q *question) { q.Host = "x.example.com" })},
		{a: atom(false, "port", "8080"), want: with(func(q *question) { q.Target = "http://a:8080/" })},
		{a: atom(false, "source IP", "10.0.0.0/8"), want: with(func(q *question) { q.SourceIP = "10.0.0.1" })},
		{a: atom(false, "SNI", "a.example"), want: with(func(q *question) { q.SNI = "a.example" })},
		{a: atom(false, "header x-a", "1"), want: with(func(q *question) { q.Headers = []string{"x-b=2", "x-a=1"} }), q: with(func(q *question) { q.Headers = []string{"X-A: 0", "x-b=2"} })},
		{a: atom(true, "header x-a", "*"), want: with(func(q *question) { q.Headers, q.Exact = []string{}, true }), q: with(func(q *question) { q.Headers = []string{"x-a=0"} })},
		{a: atom(false, "claim a.b", "true"), want: with(func(q *question) { q.Claims = []string{`a.b="true"`} })},
		{a: atom(false, "claim a", "x"), q: with(func(q *question) { q.HasToken = true }), want: with(func(q *question) { q.HasToken = true }), why: true},
		{a: atom(false, "request principal", "https://x/*"), want: with(func(q *question) { q.Claims = []string{"iss=https://x", "sub=x"} })},
		{a: atom(false, "request principal", "*"), want: with(func(q *question) { q.Claims = []string{"iss=x", "sub=x"} })},
		{a: atom(true, "request principal", "*"), q: with(func(q *question) { q.Token = "f" }), want: with(func(q *question) { q.Exact = true })},
		{a: atom(false, "principal", "a"), want: with(func(*question) {}), why: true},
		{a: atom(false, "remote IP", "10.0.0.0/8"), want: with(func(*question) {}), why: true},
		{a: atom(false, "the answer of the external authorizer opa", "OK"), want: with(func(*question) {}), why: true},
		{a: atom(true, "path", "*"), want: with(func(*question) {}), why: true},
		{a: atom(false, "experimental.envoy.filters.a.b[c]", "d"), want: with(func(*question) {}), why: true},
	} {
		q := c.q
		if q.Target == "" {
			q.Target = "http://a:80/"
		}
		why := setAtom(&q, c.a)
		if (why != "") != c.why || q.Target != c.want.Target || !same(q.Request, c.want.Request) || q.HasToken != c.want.HasToken {
			t.Errorf("%v: %+v, %q; want %+v", c.a, q, why, c.want)
		}
	}
}

func same(a, b typed.Request) bool {
	return a.Method == b.Method && a.Path == b.Path && a.Host == b.Host && a.Token == b.Token && a.SourceIP == b.SourceIP && a.SNI == b.SNI &&
		a.Exact == b.Exact && slices.Equal(a.Headers, b.Headers) && slices.Equal(a.Claims, b.Claims)
}
