package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// served are files as a server would answer them, who counts, and forbids what only lists
// of all namespaces show.
type served struct {
	*cluster.Files
	asked    *atomic.Int64
	restrict bool
}

func (served) Live() bool  { return true }
func (served) Whole() bool { return false }

func (s served) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	s.asked.Add(int64(len(queries)))
	out := s.Files.Read(ctx, queries)
	for i, q := range queries {
		if s.restrict && q.Namespace == "" && q.Resource.Namespaced {
			out[i] = cluster.Result{Query: q, Unread: &cluster.Unread{Resource: q.Resource.Plural, Reason: cluster.Forbidden, Message: "jane may not"}}
		}
	}
	return out
}

// reached are verdict, source and target of each row, in the order they come.
func reached(t *testing.T, r cluster.Reader, source, target string) ([]string, error) {
	t.Helper()
	var out []string
	q := tui.QuestionOf(diagnose.Question{Source: source, Target: target, Namespace: "default"})
	err := session.New(r, time.Now).Reach(t.Context(), q, func(rows []tui.ReachRow) {
		for _, r := range rows {
			out = append(out, r.Verdict.String()+" "+r.Source+" > "+r.Target)
			if r.Whoever {
				out[len(out)-1] += " (whoever)"
			}
		}
	})
	return out, err
}

func TestWho(t *testing.T) {
	for name, r := range map[string]cluster.Reader{
		"files":  files(t, "no-sidecar"),
		"server": served{Files: files(t, "no-sidecar"), asked: new(atomic.Int64)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reached(t, r, "*", "http://httpbin.default:8000/get")
			var want []string
			for _, row := range []string{
				"Denied deploy/httpbin.default", "Denied deploy/sleep.foo", "Denied deploy/istiod.istio-system", "Denied a caller outside the mesh",
				"Conditional another workload of the mesh", "Allowed deploy/frontend.default",
			} {
				want = append(want, row+" > http://httpbin.default:8000/get")
			}
			want[3] += " (whoever)"
			want[4] += " (whoever)"
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestWhat(t *testing.T) {
	f := files(t, "kyma-in-cluster")
	got, err := reached(t, f, "test-internal.curl-test", "")
	want := []string{
		"Allowed test-internal.curl-test > httpbin.default:8000",
		"Denied test-internal.curl-test > istio-ingressgateway.istio-system:80",
		"Denied test-internal.curl-test > istio-ingressgateway.istio-system:443",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	asked := new(atomic.Int64)
	got, err = reached(t, served{Files: f, asked: asked}, "test-internal.curl-test", "")
	if len(got) != 3 || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if n := asked.Load(); n > 40 { // the first question alone may ask 25
		t.Errorf("%d things were asked for three Services", n)
	}
}

// Of many Services, all that decides is read at once: one more costs next to nothing.
func TestWhatOfMany(t *testing.T) {
	var y strings.Builder
	fmt.Fprint(&y, "{apiVersion: v1, kind: Pod, metadata: {name: sleep, namespace: foo}, spec: {containers: [{name: c, image: c}]}}\n")
	const many = 60
	for i := range many {
		ns := fmt.Sprint("team-", i%6)
		fmt.Fprintf(&y, "---\n{apiVersion: v1, kind: Service, metadata: {name: s%d, namespace: %s}, spec: {selector: {app: a%d}, ports: [{name: http, port: 80}]}}\n", i, ns, i)
		fmt.Fprintf(&y, "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%d, namespace: %s, labels: {app: a%d}}, spec: {containers: [{name: c, image: c}]}}\n", i, ns, i)
	}
	f, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(y.String()), "default")
	if err != nil {
		t.Fatal(err)
	}
	asked := new(atomic.Int64)
	got, err := reached(t, served{Files: f, asked: asked}, "sleep.foo", "")
	if len(got) != many || err != nil {
		t.Errorf("%d rows, %v", len(got), err)
	}
	t.Logf("%d asked", asked.Load())
	if n := asked.Load(); n > 2*many {
		t.Errorf("%d things were asked for %d Services", n, many)
	}
}

// Who may not list everything is answered for what may be listed, and told.
func TestReachForbidden(t *testing.T) {
	r := served{Files: files(t, "no-sidecar"), asked: new(atomic.Int64), restrict: true}
	rows, err := reached(t, r, "sleep.foo", "")
	if len(rows) != 1 || err == nil || err.Error() != "only the services of default, foo: jane may not" {
		t.Errorf("%q, %v", rows, err)
	}
	rows, err = reached(t, r, "*", "http://httpbin.default:8000/get")
	if len(rows) == 0 || err == nil || err.Error() != "only the pods of default: jane may not" {
		t.Errorf("%q, %v", rows, err)
	}
}

// A question that is asked while many are being answered does not wait for the last one.
func TestReachGivesWay(t *testing.T) {
	s := session.New(files(t, "no-sidecar"), time.Now)
	q := tui.QuestionOf(diagnose.Question{Source: "sleep.foo", Namespace: "default"})
	err := s.Reach(t.Context(), q, func([]tui.ReachRow) {
		q.Target = "http://httpbin.default:8000/get"
		if _, err := s.Ask(t.Context(), q); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Reach(ctx, q, func([]tui.ReachRow) { t.Error("a row") }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What nobody has said of the path stays open: a Service that admits some paths is not
// denied for the others.
func TestWhatLeavesThePathOpen(t *testing.T) {
	got, err := reached(t, files(t, "grid/waypoint"), "shopper.web", "")
	if want := []string{"Conditional shopper.web > catalog.shop:8000"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// Nor has anybody said a path of gRPC, whose Services keep their scheme: it says the method.
func TestWhatOfGRPC(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pay.yaml")
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: %[1]s, namespace: pay, labels: {app: %[1]s}}\n" +
		"spec: {containers: [{name: app}, {name: istio-proxy, image: istio/proxyv2}]}\nstatus: {podIP: 10.1.0.%[2]d}\n---\n"
	text := fmt.Sprintf(pod, "ledger", 1) + fmt.Sprintf(pod, "till", 2) + `apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: pay}
spec: {selector: {app: ledger}, ports: [{name: grpc-api, port: 9000}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ledger, namespace: pay}
spec: {rules: [{to: [{operation: {methods: [POST], paths: [/ledger.v1.Ledger/*]}}]}]}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := cluster.ReadFiles([]string{file}, nil, "pay")
	if err != nil {
		t.Fatal(err)
	}
	got, err := reached(t, f, "till.pay", "")
	if want := []string{"Conditional till.pay > grpc://ledger.pay:9000"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
