package logs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// deskOf reads example clusters.
func deskOf(t *testing.T, files ...string) *Desk {
	t.Helper()
	for i, f := range files {
		files[i] = filepath.Join("..", "..", "examples", f)
	}
	r, err := cluster.ReadFiles(files, strings.NewReader(""), "default")
	if err != nil {
		t.Fatal(err)
	}
	return &Desk{Session: diagnose.NewSession(r), Reader: r, Namespace: "default"}
}

func ask(t *testing.T, d *Desk, log string) (*Group, Answer) {
	t.Helper()
	var groups Groups
	events, _ := read(t, Options{Namespace: "default"}, log)
	for _, e := range events {
		groups.Add(e)
	}
	all := groups.List()
	if len(all) != 1 {
		t.Fatalf("%d groups, want one", len(all))
	}
	a, err := d.Ask(t.Context(), all[0])
	if err != nil {
		t.Fatal(err)
	}
	return all[0], a
}

// TestAsk asks what lines imply of the example clusters.
func TestAsk(t *testing.T) {
	envoy := func(request, details, tail string) string {
		return prefix + `"` + request + `" ` + details + ` "-" 0 19 0 - "-" "curl" "1" ` + tail
	}
	ztunnel := func(source, target, err string) string {
		return "2026-10-01T09:00:01.501Z\terror\taccess\tconnection complete\t" + source + " " + target + ` direction="inbound" error="connection closed due to ` + err + `"`
	}
	frontend := `"httpbin.default:8000" "-" inbound|80|| - 10.244.1.10:80 10.244.2.11:41802 ` + sni + ` default`
	sleep := `"httpbin.default:8000" "-" inbound|80|| - 10.244.1.10:80 10.244.2.12:41802 - default`
	kmesh := `time="2026-10-01T09:00:01Z" level=info msg="Auth denied for connection: {srcIdentity:{trustDomain: namespace:default serviceAccount:sleep} dstNetwork: srcIp:[10 244 2 22] dstIp:[10 244 2 21] dstPort:8080}" subsys=auth`
	shop := `src.addr=10.244.2.14:1 src.workload="sleep" src.namespace="shop" src.identity="spiffe://cluster.local/ns/shop/sa/sleep"`
	tests := []struct {
		name    string
		files   []string
		log     string
		command string
		verdict diagnose.Verdict
		accord  Accord
		note    string
		summary string
	}{
		{
			"no sidecar",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "403 - rbac_access_denied_matched_policy[none] -", sleep),
			"pod/sleep-7d9c5b64f8-x2k4q.foo http://httpbin.default:8000/get --method GET",
			diagnose.Denied, Agrees, "it would be denied again", "foo/sleep has no sidecar",
		},
		{
			"fixed since",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "403 - rbac_access_denied_matched_policy[ns[default]-policy[gone]-rule[0]] -", frontend),
			"pod/frontend-6fbd75c7db-rjhd5.default http://httpbin.default.svc.cluster.local:8000/get --method GET --host httpbin.default:8000",
			diagnose.Allowed, Contradicts, "the log says denied by default/gone rule 0, the objects say allowed: what decides it has changed since, or the proxy is out of sync", "allow-frontend",
		},
		{
			"another cause",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "403 - rbac_access_denied_matched_policy[ns[default]-policy[gone]-rule[0]] -", sleep),
			"pod/sleep-7d9c5b64f8-x2k4q.foo http://httpbin.default:8000/get --method GET",
			diagnose.Denied, OtherCause, "it would be denied, but not as the log says by default/gone rule 0", "no sidecar",
		},
		{
			"a Host header that names something else",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "403 - rbac_access_denied_matched_policy[none] -", strings.ReplaceAll(sleep, "httpbin.default:8000", "evil.example")),
			"pod/sleep-7d9c5b64f8-x2k4q.foo pod/httpbin-5c8b6d4f97-jv9xn.default:80/get --method GET --host evil.example",
			diagnose.Denied, Agrees, "it would be denied again", "no sidecar",
		},
		{
			"nobody has the address, and there was a certificate",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "403 - rbac_access_denied_matched_policy[none] -", strings.ReplaceAll(frontend, "10.244.2.11", "10.9.9.9")),
			"", diagnose.Undetermined, "", "not asked: the line tells only the address of a caller that has a certificate, and no Pod has it now", "",
		},
		{
			"broken, and nothing explains it",
			[]string{"no-sidecar"},
			envoy("GET /get HTTP/1.1", "503 UC upstream_reset_before_response_started{connection_termination} -", `"httpbin.default:8000" "10.244.1.10:80" outbound|8000||httpbin.default.svc.cluster.local 10.244.2.11:1 10.96.20.10:8000 10.244.2.11:5 - default`),
			"pod/frontend-6fbd75c7db-rjhd5.default http://httpbin.default.svc.cluster.local:8000/get --method GET --host httpbin.default:8000",
			diagnose.Allowed, Unexplained, "the objects say allowed: no policy explains it, so look at the application, the network and the proxies", "",
		},
		{
			"ztunnel",
			[]string{"scenarios/s46-ambient-allow-http"},
			ztunnel(shop, `dst.addr=10.244.2.12:15008 dst.hbone_addr=10.244.2.12:8080 dst.workload="web-4b5e57f6eb-fvqsl" dst.namespace="shop"`, "policy rejection: allow policies exist, but none allowed"),
			"pod/sleep.shop pod/web-4b5e57f6eb-fvqsl.shop:8080",
			diagnose.Denied, Agrees, "it would be denied again", "shop/get-only",
		},
		{
			"ztunnel, a Pod that is gone",
			[]string{"scenarios/s46-ambient-allow-http"},
			ztunnel(strings.ReplaceAll(strings.ReplaceAll(shop, `"sleep"`, `"sleep-old"`), "10.244.2.14", "10.244.9.9"), `dst.addr=10.244.2.12:15008 dst.hbone_addr=10.244.2.12:8080 dst.workload="web-old" dst.namespace="shop"`, "policy rejection: allow policies exist, but none allowed"),
			"sa/sleep.shop pod/web-4b5e57f6eb-fvqsl.shop:8080 --source-ip 10.244.9.9",
			diagnose.Denied, Agrees, "it would be denied again", "shop/get-only",
		},
		{
			"Kmesh",
			[]string{"kmesh-tcp/cluster.yaml", "kmesh-tcp/allow-by-srcip.yaml"},
			kmesh,
			"pod/sleep-78ff5975c6-phhll.default pod/httpbin-65975d4c6f-96kgw.default:8080",
			diagnose.Denied, Agrees, "it would be denied again", "default/allow-by-srcip",
		},
		{
			"Kyma",
			[]string{"kyma-in-cluster/cluster.yaml"},
			`{"start_time":"2026-10-01T09:00:01.501Z","method":"GET","path":"/get","response_code":"403","response_code_details":"rbac_access_denied_matched_policy[none]","authority":"httpbin.default.svc.cluster.local:8000","upstream_cluster":"inbound|80||","downstream_local_address":"10.96.1.20:80","downstream_remote_address":"10.96.2.31:41802","requested_server_name":"` + sni + `"}`,
			"pod/test-internal.curl-test http://httpbin.default.svc.cluster.local:8000/get --method GET --host httpbin.default.svc.cluster.local:8000",
			diagnose.Denied, Agrees, "it would be denied again", "default/httpbin-6kvzm",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, a := ask(t, deskOf(t, tt.files...), tt.log)
			command := ""
			if a.Asked.Source != "" {
				command = Command(a.Asked)
			}
			if diff := cmp.Diff([]any{tt.command, tt.verdict.String(), tt.accord, tt.note}, []any{command, a.Verdict.String(), a.Accord, a.Note}); diff != "" {
				t.Errorf("%s: -want +got:\n%s", g.Title(), diff)
			}
			if !strings.Contains(a.Summary, tt.summary) {
				t.Errorf("summary %q, want %q in it", a.Summary, tt.summary)
			}
		})
	}
}

// TestOlderThanThePod: an address that a Pod has now was somebody else's then.
func TestOlderThanThePod(t *testing.T) {
	d := deskOf(t, "no-sidecar")
	a := ip("10.244.2.12")
	if got := d.podsAt(t.Context(), a, time.Time{}); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	d.pods[a][0].created = moment.Add(time.Hour)
	if got := d.podsAt(t.Context(), a, moment); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

type noServer struct{}

func (noServer) Ask(context.Context, diagnose.Question) (*diagnose.Diagnosis, error) {
	return nil, errors.New("the server is down")
}

func TestNoServer(t *testing.T) {
	d := deskOf(t, "no-sidecar")
	d.Session = noServer{}
	events, _ := read(t, Options{}, fmt.Sprintf(denial, 1))
	if _, err := d.Ask(t.Context(), &Group{Event: events[0]}); err == nil {
		t.Error("no error")
	}
}

// TestExampleLog: the log beside the example is understood to the last line.
func TestExampleLog(t *testing.T) {
	log, err := os.ReadFile(filepath.Join("..", "..", "examples", "no-sidecar", "httpbin.log"))
	if err != nil {
		t.Fatal(err)
	}
	_, stats := read(t, Options{}, string(log))
	if want := (Stats{Lines: 7, Denied: 5, Others: 1, Unknown: 1}); stats != want {
		t.Errorf("%+v, want %+v", stats, want)
	}
}
