package lines

import (
	"net/netip"
	"strings"
	"time"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

const (
	allow = securityv1beta1.AuthorizationPolicy_ALLOW
	deny  = securityv1beta1.AuthorizationPolicy_DENY
)

// scene is a world and what is asked in it.
type scene struct {
	world *trial.World
	asks  []ask
}

// ask is a request, and what is to become of it.
type ask struct {
	trial.Request
	outcome
	// shadows are what policies that do not enforce would have done.
	shadows []outcome
	// forged says that the client claims another path than the one that is decided on,
	// and ambiguous that it makes a line of text that has two readings.
	forged, ambiguous bool
	// random says that outcome is not known before.
	random bool
}

// outcome is what became of a request. The zero value: it was allowed.
type outcome struct {
	reason logs.Reason
	policy string
	rule   int
}

// The outcomes.
var (
	allowed  = outcome{rule: -1}
	none     = outcome{reason: logs.NoneAllowed, rule: -1}
	asked    = outcome{reason: logs.Authorizer, rule: -1}
	badToken = outcome{reason: logs.BadToken, rule: -1}
	noChain  = outcome{reason: logs.Plaintext, rule: -1}
)

func by(policy string, rule int) outcome {
	return outcome{logs.PolicyMatched, trial.Namespace + "/" + policy, rule}
}

// What the clients are.
const (
	stranger = "cluster.local/ns/bar/sa/stranger"
	sni      = "outbound_.80_._.httpbin.foo.svc.cluster.local"
)

var here = netip.MustParseAddr("127.2.0.1")

// get is a plain request.
func get(target string, headers ...trial.Header) trial.Request {
	return trial.Request{Port: 8000, Source: here, Method: "GET", Target: target, Host: "httpbin.foo", Headers: headers}
}

func with(r trial.Request, change func(*trial.Request)) trial.Request {
	change(&r)
	return r
}

// as has an identity send it.
func as(identity string, r trial.Request) trial.Request {
	r.Identity, r.SNI = identity, sni
	return r
}

// rawBytes are sent to the port that speaks no HTTP.
func rawBytes() trial.Request { return trial.Request{Port: 8002, Source: here, Opaque: true} }

func h(name, value string) trial.Header { return trial.Header{Name: name, Value: value} }

// bearer is a token of an issuer.
func bearer(iss string, claims map[string]any, forged bool) trial.Header {
	all := map[string]any{"iss": iss, "sub": "me"}
	for k, v := range claims {
		all[k] = v
	}
	return h("authorization", "Bearer "+random.Sign(all, forged))
}

func expires(t time.Time) map[string]any { return map[string]any{"exp": t.Unix()} }

// scenes are the hand-written ones.
func scenes() []scene {
	var out []scene
	add := func(name string, change func(*trial.World), asks ...ask) {
		w := world(len(out), name)
		change(w)
		out = append(out, scene{w, asks})
	}
	policies := func(list ...authz.Policy) func(*trial.World) {
		return func(w *trial.World) { w.Policies = list }
	}
	plain := func(r trial.Request, o outcome) ask { return ask{Request: r, outcome: o} }

	add("no ALLOW policy", policies(policy("friends", allow, from(friend))),
		plain(get("/get?key=secret"), none),
		plain(as(stranger, get("/get")), none),
		plain(as(friend, get("/get")), allowed),
		plain(with(get("/v1/items/42", h("user-agent", "curl/8.16.0"), h("x-forwarded-for", "203.0.113.7")), func(r *trial.Request) { r.Method = "POST" }), none),
		plain(with(as(stranger, get("/web")), func(r *trial.Request) { r.Port, r.Host = 8001, "httpbin.foo:81" }), none),
		plain(with(get("/"), func(r *trial.Request) { r.Port = 8003 }), none),
		plain(rawBytes(), none),
		plain(as(stranger, rawBytes()), none),
		plain(as(friend, rawBytes()), allowed),
	)
	add("DENY policies", policies(
		policy("paths", deny, path("/denied", "/denied/*"), to(&securityv1beta1.Operation{Methods: []string{"DELETE"}})),
		policy("strangers.of-all-kinds", deny, from(stranger))),
		plain(get("/denied/x"), by("paths", 0)),
		plain(with(as(friend, get("/other")), func(r *trial.Request) { r.Method = "DELETE" }), by("paths", 1)),
		plain(as(stranger, get("/get")), by("strangers.of-all-kinds", 0)),
		plain(as(friend, get("/get")), allowed),
		plain(as(friend, rawBytes()), by("paths", 0)), // of a connection nobody knows the path
	)
	add("a DENY policy of connections", policies(policy("strangers", deny, from(stranger))),
		plain(as(stranger, rawBytes()), by("strangers", 0)),
		plain(as(friend, rawBytes()), allowed),
		plain(rawBytes(), allowed),
	)
	add("a dry run", policies(
		dryRun(policy("try-deny", deny, path("/try"))), dryRun(policy("try-allow", allow, from(friend)))),
		ask{Request: as(friend, get("/try")), outcome: allowed, shadows: []outcome{by("try-deny", 0)}},
		ask{Request: as(stranger, get("/get")), outcome: allowed, shadows: []outcome{none}},
		plain(as(friend, get("/get")), allowed),
	)
	add("tokens", func(w *trial.World) {
		w.RequestAuthentications = tokens("web")
		w.Policies = []authz.Policy{policy("tokens", allow, &rule{From: []*securityv1beta1.Rule_From{{Source: &securityv1beta1.Source{RequestPrincipals: []string{"*"}}}}})}
	},
		plain(get("/get"), none),
		plain(get("/get", bearer(issuer, map[string]any{"aud": "web"}, false)), allowed),
		plain(get("/expired", bearer(issuer, expires(time.Unix(1, 0)), false)), badToken),
		plain(get("/issuer", bearer("https://other.example", nil, false)), badToken),
		plain(get("/audience", bearer(issuer, map[string]any{"aud": "db"}, false)), badToken),
		plain(get("/forged", bearer(issuer, map[string]any{"aud": "web"}, true)), badToken),
		plain(get("/nonsense", h("authorization", "Bearer x.y.z")), badToken),
	)
	for _, c := range []struct {
		name string
		outcome
	}{{"no-grpc", asked}, {"no-http", asked}, {"gone", asked}, {"yes-grpc", allowed}, {"nowhere", by("ask", 0)}} {
		add("CUSTOM "+c.name, func(w *trial.World) {
			w.Config.Providers = map[string]bool{"yes-grpc": true, "no-grpc": true, "no-http": false}
			w.Policies = []authz.Policy{custom("ask", c.name, path("/ask"))}
		},
			plain(as(stranger, get("/ask")), c.outcome),
			plain(as(stranger, get("/get")), allowed),
		)
	}
	add("CUSTOM of connections", func(w *trial.World) {
		w.Config.Providers = map[string]bool{"no-grpc": true}
		w.Policies = []authz.Policy{custom("ask", "no-grpc", from(stranger))}
	},
		plain(as(stranger, rawBytes()), asked),
		plain(as(friend, rawBytes()), allowed),
	)
	add("STRICT", func(w *trial.World) { w.PeerAuthentications = strict() },
		plain(get("/get"), noChain),
		plain(rawBytes(), noChain),
		plain(as(stranger, get("/get")), allowed),
	)
	add("paths that are denied", policies(policy("all", deny, path("/*"))), paths(by("all", 0))...)
	add("paths that are allowed", policies(), paths(allowed)...)
	return out
}

// paths are requests with what a client may write where a log has its fields.
func paths(o outcome) []ask {
	const (
		denied = ` HTTP/1.1" 403 - rbac_access_denied_matched_policy[ns[x]-policy[forged]-rule[3]] - "-" 0 19 0 - "-" "x" "y" "z" "-" inbound|1|| - 1.1.1.1:1 2.2.2.2:2 - default`
		passed = ` HTTP/1.1" 200 - via_upstream - "-" 0 0 1 0 "-" "x" "y" "z" "1.1.1.1:1" inbound|1|| 1.1.1.1:1 1.1.1.1:1 2.2.2.2:2 - default`
	)
	var out []ask
	for _, target := range []string{
		`/quote"quote`, `/"`, `/%22%20%0a`, `/100%25`, `/%zz`, `/%`, `/%C3%A9`, "/\u00e9", "/\xff", `/a\b`, `/a|b`, `/{"a":1}`, `/[x]`, `/'single'`, `/a,b;c=d`,
		`/%1b[31m`, "/\x1b[31m", "/\x7f", `/a?q=" 403 -`, `/rbac_access_denied_matched_policy[none]`, `/ext_authz_denied?UAEX`, `//a/./../b`,
		`/long/` + strings.Repeat("x", 8_000), `/long/` + strings.Repeat(`"`, 30_000), `/long/` + strings.Repeat("x", 50_000),
	} {
		out = append(out, ask{Request: get(target), outcome: o})
	}
	for _, value := range []string{
		`x"y`, `x" "y" "z`, `\`, `"`, "t\u00ebam", "\xff", "tab\there", `- "-" "x" "y" "z" "-" inbound|1|| - 1.1.1.1:1 2.2.2.2:2 - default`, `a' thread=7`, "a\tthread=7",
		`rbac enforced denied, matched policy ns[x]-policy[forged]-rule[3]`, `rbac shadow denied, matched policy none`,
		`access connection complete error="connection closed due to policy rejection: explicitly denied by: x/forged"`,
		`denied for connection: {srcIdentity:{trustDomain: namespace:x serviceAccount:x} srcIp:[1 1 1 1] dstIp:[2 2 2 2] dstPort:80} because authorization policy`,
		`auth denied, src ip: 1.1.1.1, port: 1`, `UAEX UC UF filter_chain_not_found`, `{"response_code_details":"rbac_access_denied_matched_policy[none]"}`,
		`[2026-10-01T09:00:01.501Z] "GET /x` + denied, `[2026-10-01T09:00:01.501Z] "GET /x` + passed, `', '', 'enforced denied`,
	} {
		out = append(out,
			ask{Request: get("/header", h("user-agent", value)), outcome: o, ambiguous: strings.Contains(value, denied)},
			ask{Request: get("/header", h("x-any", value)), outcome: o})
	}
	for _, value := range []string{"/other", `/x` + denied, `/x` + passed, `/x"`} {
		out = append(out, ask{Request: get("/path", h("x-envoy-original-path", value)), outcome: o, forged: true, ambiguous: strings.Contains(value, denied)})
	}
	for _, value := range []string{"203.0.113.7", "203.0.113.7, 198.51.100.1", "2001:db8::1", "rubbish", `"`, "x" + denied} {
		out = append(out, ask{Request: get("/forwarded", h("x-forwarded-for", value)), outcome: o, ambiguous: strings.Contains(value, denied)})
	}
	for _, value := range []string{`x" "y" "z" "-" inbound|1|| - 1.1.1.1:1 2.2.2.2:2 - default`, "x" + denied} {
		out = append(out, ask{Request: get("/id", h("x-request-id", value)), outcome: o, ambiguous: strings.Contains(value, denied)})
	}
	for _, target := range []string{"/get", "/a b", `/a" b`, `/x` + denied, `/x` + passed, "/t\u00ebam", `/"`} {
		r := get(target)
		r.HTTP2 = true
		out = append(out, ask{Request: r, outcome: o, ambiguous: strings.Contains(target, denied)})
	}
	for _, host := range []string{`a"b`, "a b", "httpbin.foo:8000", "[::1]:8000", "t\u00ebam.example"} {
		r := get("/host")
		r.Host = host
		out = append(out, ask{Request: r, outcome: o})
	}
	return out
}
