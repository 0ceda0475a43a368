package logs

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

const (
	sni    = "outbound_.8000_._.httpbin.default.svc.cluster.local"
	prefix = `[2026-10-01T09:00:01.501Z] `
)

var (
	moment  = at("2026-10-01T09:00:01.501Z")
	sidecar = Target{Address: ip("10.244.1.10"), PodPort: 80}
	service = Target{Host: "httpbin.default.svc.cluster.local", Port: 8000, Address: ip("10.244.1.10"), PodPort: 80}
	get     = Request{Method: "GET", Path: "/get", Host: "httpbin.default:8000", id: "0c1f-1"}
)

// read returns the events of a log.
func read(t *testing.T, o Options, log string) ([]Event, Stats) {
	t.Helper()
	var out []Event
	stats, err := Read(strings.NewReader(log), o, func(e Event) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, stats
}

// check compares the only event of each log with what is wanted.
func checkFormats(t *testing.T, tests []formatTest) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := read(t, tt.options, tt.log)
			if len(got) != 1 {
				t.Fatalf("%d events, want one: %+v", len(got), got)
			}
			opts := cmp.Options{cmp.AllowUnexported(Request{}), cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreFields(Event{}, "Line")}
			if diff := cmp.Diff(tt.want, got[0], opts); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

type formatTest struct {
	name    string
	options Options
	log     string
	want    Event
}

// The text format is EnvoyTextLogFormat of istio.io/istio,
// pilot/pkg/model/telemetry_logging.go; the details of denials are from Envoy's
// source/extensions/filters/common/rbac/utility.cc, ext_authz and jwt_authn.
func TestEnvoyText(t *testing.T) {
	tail := ` - "-" 0 19 0 - "-" "curl/8.16.0" "0c1f-1" "httpbin.default:8000" "-" inbound|80|| - 10.244.1.10:80 10.244.2.12:41802 `
	event := func(reason Reason, says, policy string, rule int, s Source, t Target) Event {
		return Event{Format: EnvoyAccess, Effect: Denied, Reason: reason, Time: moment, Says: says, Policy: policy, Rule: rule, Source: s, Target: t, Request: get}
	}
	plain, tls := Source{Address: ip("10.244.2.12")}, Source{Address: ip("10.244.2.12"), MutualTLS: true}
	checkFormats(t, []formatTest{
		{
			"no ALLOW policy",
			Options{},
			prefix + `"GET /get?key=secret HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			event(NoneAllowed, "none", "", -1, plain, sidecar),
		},
		{
			"DENY policy, mTLS",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[ns[default]-policy[deny.all]-rule[12]]` + tail + sni + " default",
			event(PolicyMatched, "ns[default]-policy[deny.all]-rule[12]", "default/deny.all", 12, tls, service),
		},
		{
			"CUSTOM without provider",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[istio-ext-authz-x-ns[foo]-policy[b]-rule[0]-deny-due-to-bad-CUSTOM-action]` + tail + sni + " default",
			event(PolicyMatched, "istio-ext-authz-x-ns[foo]-policy[b]-rule[0]-deny-due-to-bad-CUSTOM-action", "foo/b", 0, tls, service),
		},
		{
			"external authorizer",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 UAEX ext_authz_denied` + tail + sni + " default",
			event(Authorizer, "ext_authz_denied", "", -1, tls, service),
		},
		{
			"token",
			Options{},
			prefix + `"GET /get HTTP/1.1" 401 - jwt_authn_access_denied{Jwt_is_expired}` + tail + sni + " default",
			event(BadToken, "Jwt is expired", "", -1, tls, service),
		},
		{
			"a user agent that plays fields",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "x" "y" "evil:1" "-" inbound|1|| - 1.1.1.1:1 2.2.2.2:2 - default" "0c1f-1" "httpbin.default:8000" "-" inbound|80|| - 10.244.1.10:80 10.244.2.12:41802 - default`,
			event(NoneAllowed, "none", "", -1, plain, sidecar),
		},
		{
			// Its path is /", and Envoy did not escape it.
			"a path that ends in a quote",
			Options{},
			prefix + `"GET /" HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			with(event(NoneAllowed, "none", "", -1, plain, sidecar), func(e *Event) { e.Request.Path = `/"` }),
		},
		{
			// x-envoy-original-path may be anything.
			"a path that plays an answer",
			Options{},
			prefix + `"GET /get HTTP/1.1" 200 - via_upstream - "-" 0 0 1 0 "-" "x" HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			with(event(NoneAllowed, "none", "", -1, plain, sidecar), func(e *Event) {
				e.Request.Path = `/get HTTP/1.1" 200 - via_upstream - "-" 0 0 1 0 "-" "x"`
			}),
		},
		{
			"a path that plays another denial",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[ns[a]-policy[b]-rule[0]] HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			event(Rejected, twoWays, "", -1, plain, sidecar),
		},
		{
			"kubectl logs --prefix --timestamps",
			Options{Namespace: "default"},
			`[pod/httpbin-1/istio-proxy] 2026-10-01T09:00:02.000Z ` + prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			event(NoneAllowed, "none", "", -1, plain, Target{Namespace: "default", Pod: "httpbin-1", Address: ip("10.244.1.10"), PodPort: 80}),
		},
		{
			"--pod",
			Options{Pod: Reporter{"default", "httpbin-1"}},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none]` + tail + "- default",
			event(NoneAllowed, "none", "", -1, plain, Target{Namespace: "default", Pod: "httpbin-1", Address: ip("10.244.1.10"), PodPort: 80}),
		},
		{
			"cut off",
			Options{},
			prefix + `"GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[ns[default]-pol`,
			Event{Format: EnvoyAccess, Effect: Denied, Reason: PolicyMatched, Time: moment, Says: "ns[default]-pol", Rule: -1, Request: Request{Method: "GET", Path: "/get"}},
		},
	})
}

func with(e Event, change func(*Event)) Event {
	change(&e)
	return e
}

func TestEnvoyConnections(t *testing.T) {
	connection := func(peer string) Request { return Request{Connection: true, id: peer} }
	checkFormats(t, []formatTest{
		{
			"TCP",
			Options{},
			prefix + `"- - -" 0 - - rbac_access_denied_matched_policy[ns[db]-policy[only-api]-rule[0]] "-" 0 0 0 - "-" "-" "-" "-" "-" inbound|3306|| - 10.244.1.20:3306 10.244.2.12:41802 outbound_.3306_._.mysql.db.svc.cluster.local -`,
			Event{
				Format: EnvoyAccess, Effect: Denied, Reason: PolicyMatched, Time: moment, Says: "ns[db]-policy[only-api]-rule[0]", Policy: "db/only-api",
				Source: Source{Address: ip("10.244.2.12"), MutualTLS: true}, Request: connection("10.244.2.12:41802"),
				Target: Target{Host: "mysql.db.svc.cluster.local", Port: 3306, Address: ip("10.244.1.20"), PodPort: 3306},
			},
		},
		{
			// What the server's proxy logs of plaintext where mTLS is STRICT.
			"plaintext",
			Options{},
			prefix + `"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.244.0.13:8080 10.244.0.15:46778 - -`,
			Event{
				Format: EnvoyAccess, Effect: Denied, Reason: Plaintext, Time: moment, Says: "filter_chain_not_found", Rule: -1,
				Source: Source{Address: ip("10.244.0.15")}, Target: Target{Address: ip("10.244.0.13"), PodPort: 8080}, Request: connection("10.244.0.15:46778"),
			},
		},
		{
			"closed by the other side",
			Options{Namespace: "a"},
			`[pod/client/istio-proxy] ` + prefix + `"POST /notify HTTP/1.1" 503 UC upstream_reset_before_response_started{connection_termination} - "-" 0 95 1 - "-" "curl/8.22.0" "56fd" "notification" "10.244.0.8:8084" outbound|80||notification.b.svc.cluster.local 10.244.0.9:45690 10.96.172.178:80 10.244.0.9:36914 - default`,
			Event{
				Format: EnvoyAccess, Effect: Broken, Reason: Closed, Time: moment, Says: "upstream_reset_before_response_started{connection_termination}", Rule: -1,
				Source: Source{Namespace: "a", Pod: "client", Address: ip("10.244.0.9")}, Target: Target{Host: "notification.b.svc.cluster.local", Port: 80},
				Request: Request{Method: "POST", Path: "/notify", Host: "notification", id: "56fd"},
			},
		},
		{
			"no TLS with the other side",
			Options{},
			prefix + `"GET / HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{remote_connection_failure} - "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end" 0 190 50 - "-" "curl/8" "56fd" "web.b" "10.244.0.8:80" outbound|80||web.b.svc.cluster.local - 10.96.172.178:80 10.244.0.9:36914 - default`,
			Event{
				Format: EnvoyAccess, Effect: Broken, Reason: Failed, Time: moment, Says: "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end", Rule: -1,
				Source: Source{Address: ip("10.244.0.9")}, Target: Target{Host: "web.b.svc.cluster.local", Port: 80},
				Request: Request{Method: "GET", Path: "/", Host: "web.b", id: "56fd"},
			},
		},
		{
			"at a gateway",
			Options{},
			prefix + `"GET /api HTTP/2" 403 - rbac_access_denied_matched_policy[ns[ingress]-policy[office]-rule[0]] - "-" 0 19 0 - "10.1.2.3,10.244.0.18" "curl" "12a6" "shop.example.com" "-" outbound|9080||bridge.shop.svc.cluster.local - 10.244.0.4:8443 10.1.2.3:0 shop.example.com -`,
			Event{
				Format: EnvoyAccess, Effect: Denied, Reason: PolicyMatched, Time: moment, Says: "ns[ingress]-policy[office]-rule[0]", Policy: "ingress/office",
				Source: Source{Address: ip("10.1.2.3"), Forwarded: true}, Target: Target{Host: "shop.example.com", Address: ip("10.244.0.4"), PodPort: 8443, Gateway: true, TLS: true},
				Request: Request{Method: "GET", Path: "/api", Host: "shop.example.com", ForwardedFor: "10.1.2.3,10.244.0.18", id: "12a6"},
			},
		},
		{
			"at a waypoint",
			Options{Namespace: "shop"},
			`[pod/waypoint-1/istio-proxy] ` + prefix + `"DELETE / HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "curl" "12a6" "web:8000" "-" inbound-vip|8000|http|web.shop.svc.cluster.local - 10.96.0.7:8000 10.244.2.14:50000 - default`,
			Event{
				Format: EnvoyAccess, Effect: Denied, Reason: NoneAllowed, Time: moment, Says: "none", Rule: -1,
				Source: Source{Address: ip("10.244.2.14")}, Target: Target{Host: "web.shop.svc.cluster.local", Port: 8000, Address: ip("10.96.0.7"), PodPort: 8000, Virtual: true},
				Request: Request{Method: "DELETE", Path: "/", Host: "web:8000", id: "12a6"},
			},
		},
	})
}
