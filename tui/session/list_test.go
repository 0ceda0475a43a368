package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// server is an API server: the body of each path; what is not there is forbidden.
type server map[string]string

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, ok := s[strings.TrimSuffix(r.URL.Path+"?"+r.URL.Query().Get("continue"), "?")]
	if !ok {
		w.WriteHeader(http.StatusForbidden)
		body = `{"kind":"Status","code":403,"reason":"Forbidden","message":"x is forbidden: jane cannot list ` + r.URL.Path + `"}`
	}
	fmt.Fprint(w, body)
}

func live(t *testing.T, s server) *session.Session {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	r, err := cluster.NewLive(&rest.Config{Host: h.URL}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return session.New(r, time.Now)
}

func files(t *testing.T, example string) *cluster.Files {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "examples", example, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no files (%v)", example, err)
	}
	f, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// listed are the kinds and texts of what is listed, sorted.
func listed(t *testing.T, l tui.Lister, namespace string) ([]string, error) {
	t.Helper()
	var out []string
	err := l.List(t.Context(), namespace, func(page []tui.Entry) {
		for _, e := range page {
			out = append(out, strings.TrimSpace(string(e.Kind)+" "+e.Text+" "+e.Says))
		}
	})
	slices.Sort(out)
	return out, err
}

func pod(name, owner, ownerKind, hash string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"foo","labels":{"pod-template-hash":%q},"ownerReferences":[{"kind":%q,"name":%q,"controller":true}]}}`, name, hash, ownerKind, owner)
}

const services = `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"web","namespace":"foo"},"spec":{"ports":[
	{"name":"http-api","port":8000},{"name":"grpc","port":9000},{"name":"x","appProtocol":"http","port":80},{"name":"dns","protocol":"UDP","port":53},{"port":5432}]}}]}`

func TestListLive(t *testing.T) {
	s := live(t, server{
		"/api/v1/namespaces": `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"foo"}},{"metadata":{"name":"bar"}}]}`,
		"/api/v1/pods": `{"kind":"List","apiVersion":"v1","metadata":{"continue":"next"},"items":[` +
			pod("sleep-5d-a", "sleep-5d", "ReplicaSet", "5d") + `,` + pod("sleep-5d-b", "sleep-5d", "ReplicaSet", "5d") + `]}`,
		"/api/v1/pods?next": `{"kind":"List","apiVersion":"v1","items":[` + strings.Join([]string{
			pod("sleep-5d-c", "sleep-5d", "ReplicaSet", "5d"), pod("db-0", "db", "StatefulSet", ""), pod("log-x", "log", "DaemonSet", ""),
			pod("once-y", "once", "Job", ""), pod("etcd-node1", "node1", "Node", ""), `{"metadata":{"name":"bare","namespace":"foo"}}`,
		}, ",") + `]}`,
		"/api/v1/services": services,
	})
	got, err := listed(t, s, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"namespace bar", "namespace foo",
		"pod pod/bare.foo", "pod pod/db-0.foo", "pod pod/etcd-node1.foo", "pod pod/log-x.foo", "pod pod/once-y.foo",
		"pod pod/sleep-5d-a.foo", "pod pod/sleep-5d-b.foo", "pod pod/sleep-5d-c.foo",
		"service grpc://web.foo:9000 grpc", "service http://web.foo:80 x", "service http://web.foo:8000 http-api", "service web.foo:5432",
		"workload deploy/sleep.foo", "workload ds/log.foo", "workload job/once.foo", "workload sts/db.foo",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Who may not list everything is told so, and may list a namespace.
func TestListForbidden(t *testing.T) {
	s := live(t, server{
		"/api/v1/namespaces/foo/pods":     `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"bare","namespace":"foo"}}]}`,
		"/api/v1/namespaces/foo/services": services,
	})
	got, err := listed(t, s, "")
	var u *cluster.Unread
	if len(got) > 0 || !errors.As(err, &u) || u.Reason != cluster.Forbidden || !strings.Contains(err.Error(), "pods cannot be listed: http") {
		t.Errorf("%q, %v", got, err)
	}
	got, err = listed(t, s, "foo")
	if err != nil || len(got) != 6 || got[0] != "namespace foo" || got[1] != "pod pod/bare.foo" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestListNoCluster(t *testing.T) {
	h := httptest.NewServer(server{})
	h.Close()
	r, err := cluster.NewLive(&rest.Config{Host: h.URL}, "test")
	if err != nil {
		t.Fatal(err)
	}
	_, err = listed(t, session.New(r, time.Now), "")
	if want := "no cluster: " + h.URL + " refuses the connection; read one from files with -f"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := session.New(r, time.Now).List(ctx, "", func([]tui.Entry) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Of files, the workloads without Pods are listed too, and no Pod that does not exist.
func TestListFiles(t *testing.T) {
	got, err := listed(t, session.New(files(t, "no-sidecar"), time.Now), "default")
	want := []string{
		"namespace default", "pod pod/frontend-6fbd75c7db-rjhd5.default", "pod pod/httpbin-5c8b6d4f97-jv9xn.default",
		"service http://httpbin.default:8000 http", "workload deploy/frontend.default", "workload deploy/httpbin.default",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	f, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleep, namespace: foo}
spec:
  selector: {matchLabels: {app: sleep}}
  template: {metadata: {labels: {app: sleep}}, spec: {containers: [{name: c, image: c}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: foo}
spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: c}]}}}}}
`), "default")
	if err != nil {
		t.Fatal(err)
	}
	got, err = listed(t, session.New(f, time.Now), "")
	if diff := cmp.Diff([]string{"namespace foo", "workload cronjob/nightly.foo", "workload deploy/sleep.foo"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
