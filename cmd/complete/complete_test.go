package complete

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// apiServer has objects as PLURAL NAMESPACE/NAME, and answers as a real one does: tables
// without objects, metadata, lists with a limit, and field selectors.
type apiServer struct {
	objects map[string][]string
	ports   string // of each Service
	slow    map[string]bool
	forbid  map[string]bool

	turn  sync.Mutex
	asked []string
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	plural, namespace := parts[len(parts)-1], ""
	if len(parts) > 2 && parts[len(parts)-3] == "namespaces" {
		namespace = parts[len(parts)-2]
	}
	s.turn.Lock()
	s.asked = append(s.asked, plural)
	s.turn.Unlock()
	switch {
	case s.slow[plural]:
		<-r.Context().Done()
		return
	case s.forbid[plural]:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"kind":"Status","message":"it is forbidden: no"}`)
		return
	}
	var found []string
	field := strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
	for _, o := range s.objects[plural] {
		ns, name, _ := strings.Cut(o, "/")
		if (namespace == "" || ns == namespace) && (field == "" || field == name) {
			found = append(found, o)
		}
	}
	s.page(w, r, found)
}

func (s *apiServer) page(w http.ResponseWriter, r *http.Request, found []string) {
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	found = found[min(from, len(found)):]
	next := ""
	if limit, _ := strconv.Atoi(r.URL.Query().Get("limit")); limit > 0 && limit < len(found) {
		found, next = found[:limit], strconv.Itoa(from+limit)
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.Header.Get("Accept"), "as=Table;") && r.URL.Query().Get("includeObject") == "None" {
		s.table(w, found)
		return
	}
	list := strings.Builder{}
	fmt.Fprintf(&list, `{"kind":"List","apiVersion":"v1","metadata":{"continue":%q},"items":[`, next)
	for i, o := range found {
		ns, name, _ := strings.Cut(o, "/")
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, `{"metadata":{"name":%q,"namespace":%q,%s},"spec":{"ports":%s}}`, name, ns, weight, s.ports)
	}
	list.WriteString("]}")
	fmt.Fprint(w, list.String())
}

// weight is what metadata of a Pod has besides, with two managers of its fields.
var weight = `"uid":"00000000-0000-0000-0000-000000000000","resourceVersion":"1","labels":{"app":"x","pod-template-hash":"abc"},` +
	`"managedFields":[` + managed + `,` + managed + `]`

var managed = `{"manager":"kubelet","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":` +
	strings.Repeat(`{"f:status":`, 60) + `{}` + strings.Repeat(`}`, 60) + `}`

func (s *apiServer) table(w http.ResponseWriter, found []string) {
	columns := []map[string]string{{"name": "Name"}, {"name": "Ready"}, {"name": "Status"}, {"name": "Restarts"}, {"name": "Age"}, {"name": "IP"}}
	rows := make([]map[string]any, 0, len(found))
	for _, o := range found {
		_, name, _ := strings.Cut(o, "/")
		rows = append(rows, map[string]any{"cells": []any{name, "2/2", "Running", 0, "5d", "10.0.0.1"}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Table", "columnDefinitions": columns, "rows": rows})
}

func (s *apiServer) world(t testing.TB) World {
	t.Helper()
	if s.ports == "" {
		s.ports = `[{"name":"http","port":8000},{"name":"tcp-admin","port":9000},{"name":"dns","port":53,"protocol":"UDP"}]`
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	reader, err := cluster.NewLive(&rest.Config{Host: server.URL}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return World{reader, "default"}
}

func small() *apiServer {
	return &apiServer{objects: map[string][]string{
		"namespaces":   {"/default", "/foo", "/fun"},
		"deployments":  {"default/web", "default/worker", "foo/sleep"},
		"statefulsets": {"default/db"},
		"pods":         {"default/bare", "default/db-0", "default/web-x-1", "foo/sleep-y-2", "fun/db-0"},
		"services":     {"default/web", "foo/httpbin", "fun/httpbin"},
	}}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		what, word string
		want       string
	}{
		{"source", "", "apiserver bare cronjob/ db db-0 deploy/ ds/ gateway/ ip/ job/ kubelet pod/ rs/ sa/ sts/ web web-x-1 worker"},
		{"source", "d", "db db-0 deploy/ ds/"},
		{"source", "w", "web web-x-1 worker"},
		{"source", "slee", "sleep-y-2.foo sleep.foo"}, // not in the namespace
		{"source", "sleep.", "sleep.foo"},
		{"source", "db-0.f", "db-0.fun"},
		{"source", "deploy/", "deploy/web deploy/worker"},
		{"source", "deployment/we", "deployment/web"},
		{"source", "pod/db", "pod/db-0"},
		{"source", "pod/db-0.", "pod/db-0.default pod/db-0.fun"},
		{"source", "deploy/sl", "deploy/sleep.foo"},
		{"source", "cm/", ""},
		{"source", "ip/", ""},
		{"source", "none", ""},
		{"target", "", "http://web.default:8000 ip/ pod/ svc/ web.default:9000"},
		{"target", "h", "http://httpbin.foo:8000 http://httpbin.fun:8000 http://web.default:8000 httpbin.foo:8000 httpbin.foo:9000 httpbin.fun:8000 httpbin.fun:9000"},
		{"target", "http://", "http://web.default:8000 http://web.default:9000"},
		{"target", "http://web:", "http://web:8000 http://web:9000"},
		{"target", "web:8", "web:8000"},
		{"target", "http://httpb", "http://httpbin.foo:8000 http://httpbin.foo:9000 http://httpbin.fun:8000 http://httpbin.fun:9000"},
		{"target", "http://httpbin.fu", "http://httpbin.fun:8000 http://httpbin.fun:9000"},
		{"target", "http://web.default:8000/", ""},
		{"target", "svc/", "svc/web"},
		{"target", "svc/httpbin.", "svc/httpbin.foo svc/httpbin.fun"},
		{"target", "svc/web:", "svc/web:8000 svc/web:9000"},
		{"target", "pod/db", "pod/db-0"},
		{"pod", "db", "db-0"},
		{"pod", "pod/slee", "pod/sleep-y-2.foo"},
		{"namespace", "f", "foo fun"},
	} {
		t.Run(tt.what+" "+tt.word, func(t *testing.T) {
			look := map[string]func(context.Context, World, string) []string{"source": Sources, "target": Targets, "pod": Pods, "namespace": Namespaces}[tt.what]
			if diff := cmp.Diff(tt.want, strings.Join(look(t.Context(), small().world(t), tt.word), " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What may not be listed is left out, and the rest is told.
func TestForbidden(t *testing.T) {
	s := small()
	s.forbid = map[string]bool{"deployments": true, "statefulsets": true, "daemonsets": true}
	if got := strings.Join(Sources(t.Context(), s.world(t), "w"), " "); got != "web-x-1" {
		t.Error(got)
	}
}

// When the time is over, what there is is told.
func TestDeadline(t *testing.T) {
	s := small()
	s.slow = map[string]bool{"deployments": true}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if got := strings.Join(Sources(ctx, s.world(t), "db"), " "); got != "db db-0" {
		t.Error(got)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// crowd has Pods of a hundred workloads, all in a namespace or in a hundred.
func crowd(pods, namespaces int) *apiServer {
	s := &apiServer{objects: map[string][]string{}}
	for i := range pods {
		ns := "default"
		if namespaces > 1 {
			ns = fmt.Sprintf("ns%d", i%namespaces)
		}
		if i < namespaces {
			s.objects["namespaces"] = append(s.objects["namespaces"], "/"+ns)
		}
		s.objects["pods"] = append(s.objects["pods"], fmt.Sprintf("%s/app%d-5d4f7c9b8-%05d", ns, i%100, i))
	}
	slices.Sort(s.objects["pods"])
	return s
}

// So many words are cut where they go on: bash takes them one after the other.
func TestCrowd(t *testing.T) {
	w := crowd(10_000, 1).world(t)
	got := Sources(t.Context(), w, "pod/")
	if len(got) != 100 || got[0] != "pod/app0-" || !Unfinished(got[0]) {
		t.Errorf("%d words, the first one is %s", len(got), got[0])
	}
	if got := Sources(t.Context(), w, "pod/app17-5d4f7c9b8-"); len(got) != 100 {
		t.Errorf("%d words: %q", len(got), got)
	}
	if got := Sources(t.Context(), w, ""); slices.ContainsFunc(got, func(word string) bool { return strings.HasPrefix(word, "app") }) {
		t.Errorf("very many Pods where nothing is typed: %q", got)
	}
}

// BenchmarkCompletion is what a word costs of a server that answers at once. The server's
// own work is in it.
func BenchmarkCompletion(b *testing.B) {
	for _, bench := range []struct {
		name       string
		namespaces int
		word       string
		want       int
	}{
		{"of 10,000 Pods in the namespace", 1, "pod/app17-", 1},
		{"of 10,000 Pods, nothing typed", 1, "", 12},
		{"of 10,000 Pods in 100 other namespaces", 100, "pod/app17-", 100},
		{"of 10,000 Pods in 100 namespaces, by name", 100, "pod/app17-5d4f7c9b8-00017.", 1},
	} {
		b.Run(bench.name, func(b *testing.B) {
			w := crowd(10_000, bench.namespaces).world(b)
			for b.Loop() {
				if got := Sources(b.Context(), w, bench.word); len(got) < bench.want {
					b.Fatalf("%d words: %q", len(got), got)
				}
			}
		})
	}
}
