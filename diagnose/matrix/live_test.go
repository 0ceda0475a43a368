package matrix_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// served are files as a server would answer them, who forbids some lists.
type served struct {
	*cluster.Files
	forbids func(cluster.Query) bool
	asked   *atomic.Int64
}

func (served) Live() bool  { return true }
func (served) Whole() bool { return false }

func (s served) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	s.asked.Add(int64(len(queries)))
	out := s.Files.Read(ctx, queries)
	for i, q := range queries {
		if s.forbids != nil && s.forbids(q) {
			out[i] = cluster.Result{Query: q, Unread: &cluster.Unread{Resource: q.Resource.Plural, Namespace: q.Namespace, Reason: cluster.Forbidden, Message: "jane may not"}}
		}
	}
	return out
}

const town = `
{apiVersion: v1, kind: Pod, metadata: {name: sleep, namespace: foo}, spec: {containers: [{name: c, image: c}]}, status: {podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: foo, labels: {app: web}}, spec: {containers: [{name: c, image: c}]}, status: {podIP: 10.0.0.2}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, namespace: foo, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 80}], endpoints: [{addresses: [10.0.0.2], targetRef: {kind: Pod, name: web, namespace: foo}}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: bar, labels: {app: db}}, spec: {containers: [{name: c, image: c}]}, status: {podIP: 10.0.0.3}}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: bar}, spec: {selector: {app: db}, ports: [{name: http, port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: db-1, namespace: bar, labels: {kubernetes.io/service-name: db}}, addressType: IPv4, ports: [{name: http, port: 80}], endpoints: [{addresses: [10.0.0.3], targetRef: {kind: Pod, name: db, namespace: bar}}]}
---
{apiVersion: v1, kind: Namespace, metadata: {name: foo}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: bar}}
`

func live(t *testing.T, forbids func(cluster.Query) bool) served {
	t.Helper()
	f, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(town), "default")
	if err != nil {
		t.Fatal(err)
	}
	return served{f, forbids, new(atomic.Int64)}
}

func verdict(t *testing.T, m *matrix.Matrix, source, target string) diagnose.Verdict {
	t.Helper()
	for ci, c := range m.Columns {
		for _, i := range c.Targets {
			for ri, r := range m.Rows {
				for _, s := range r.Members {
					if m.Sources[s].Name == source && m.Targets[i].Name == target {
						return m.Cell(ri, ci).Verdict
					}
				}
			}
		}
	}
	t.Fatalf("there is no pair of %s and %s", source, target)
	return diagnose.Undetermined
}

// A live cluster is read once, with lists of everything.
func TestLive(t *testing.T) {
	r := live(t, nil)
	m, err := matrix.New(t.Context(), r, matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdict(t, m, "pod/sleep.foo", "svc/db.bar:80"); got != diagnose.Allowed || len(m.Unread) > 0 {
		t.Error(got, m.Unread)
	}
	if n := r.asked.Load(); n > 40 {
		t.Errorf("%d lists", n)
	}
}

// What may not be read leaves open what it could decide, and nothing else; and is told.
func TestForbidden(t *testing.T) {
	for name, tt := range map[string]struct {
		forbids func(cluster.Query) bool
		db, web diagnose.Verdict
		unread  string
	}{
		"network policies of one namespace": {func(q cluster.Query) bool {
			return q.Resource == cluster.NetworkPolicies && q.Namespace != "foo"
		}, diagnose.Undetermined, diagnose.Allowed, "networkpolicies of bar: jane may not"},
		"network policies at all": {func(q cluster.Query) bool {
			return q.Resource == cluster.NetworkPolicies
		}, diagnose.Undetermined, diagnose.Undetermined, "networkpolicies of foo: jane may not"},
		"endpoints of one namespace": {func(q cluster.Query) bool {
			return q.Resource == cluster.EndpointSlices && q.Namespace != "foo"
		}, diagnose.Undetermined, diagnose.Allowed, "endpointslices of bar: jane may not"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := matrix.New(t.Context(), live(t, tt.forbids), matrix.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := verdict(t, m, "pod/sleep.foo", "svc/db.bar:80"); got != tt.db {
				t.Errorf("db: %s, want %s", got, tt.db)
			}
			if got := verdict(t, m, "pod/sleep.foo", "svc/web.foo:80"); got != tt.web {
				t.Errorf("web: %s, want %s", got, tt.web)
			}
			if !strings.Contains(strings.Join(m.Unread, "\n"), tt.unread) {
				t.Errorf("%q", m.Unread)
			}
		})
	}
	r := live(t, func(cluster.Query) bool { return true })
	m, err := matrix.New(t.Context(), r, matrix.Options{Namespace: "foo"})
	if err != nil || len(m.Targets) > 0 || len(m.Unread) == 0 {
		t.Errorf("who may read nothing: %v %v", m, err)
	}
}

// A snapshot of one question leaves open what it does not hold.
func TestSaved(t *testing.T) {
	_, snap, err := diagnose.Ask(t.Context(), live(t, nil), diagnose.Question{Source: "sleep.foo", Target: "svc/db.bar:80"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := snap.Write(&text); err != nil {
		t.Fatal(err)
	}
	f, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text.String()), "default")
	if err != nil {
		t.Fatal(err)
	}
	m, err := matrix.New(t.Context(), f, matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdict(t, m, "pod/sleep.foo", "svc/db.bar:80"); got != diagnose.Allowed {
		t.Errorf("what was asked: %s", got)
	}
}

// It ends as soon as nobody waits for it.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f, err := cluster.ReadFiles([]string{mesh(t, 200, 100, 100)}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	_, err = matrix.New(ctx, f, matrix.Options{Progress: func(int, int) { done++; cancel() }})
	if !errors.Is(err, context.Canceled) || done > 20 {
		t.Error(err, done)
	}
}
