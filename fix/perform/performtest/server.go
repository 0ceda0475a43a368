// Package performtest is a cluster to write to in tests: manifests, and what is created
// until it is deleted.
package performtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform"
)

// Server is an API server for policies that are created and deleted, and a cluster.Reader
// of a world that they are in.
type Server struct {
	world   cluster.Reader
	mu      sync.Mutex
	objects map[string]map[string]any // by their paths
	asked   []string
	// Refuse may answer instead of the server; it reports whether it did.
	Refuse func(w http.ResponseWriter, r *http.Request) bool
	// Meddle may change an object that is created, after it was answered.
	Meddle func(object map[string]any)
}

// now is the world with the policies.
func (s *Server) now() cluster.Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	var edits []cluster.Edit
	for at, o := range s.objects {
		raw, _ := json.Marshal(o) // it came as JSON
		namespace := path.Base(path.Dir(path.Dir(at)))
		edits = append(edits, cluster.Edit{Resource: cluster.AuthorizationPolicies, Namespace: namespace, Name: path.Base(at), After: raw})
	}
	out, err := cluster.NewOverlay(s.world, edits)
	if err != nil {
		panic(err)
	}
	return out
}

// Read answers queries of the world as it is now.
func (s *Server) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	return s.now().Read(ctx, queries)
}

// Names are those of the world as it is now.
func (s *Server) Names(ctx context.Context, r cluster.Resource, namespace string) []string {
	return s.now().Names(ctx, r, namespace)
}

// Origin is the manifests'.
func (s *Server) Origin() string { return s.world.Origin() }

// Live is the manifests'.
func (s *Server) Live() bool { return s.world.Live() }

// Asked are the requests so far, such as POST /apis/….
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// ServeHTTP answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	if s.Refuse != nil && s.Refuse(w, r) {
		return
	}
	switch o, ok := s.objects[r.URL.Path]; {
	case r.Method == http.MethodPost:
		s.create(w, r)
	case !ok:
		Status(w, http.StatusNotFound, "NotFound", "not found")
	case r.Method == http.MethodDelete:
		delete(s.objects, r.URL.Path)
		answer(w, http.StatusOK, o)
	case r.Method == http.MethodGet:
		answer(w, http.StatusOK, o)
	default:
		Status(w, http.StatusMethodNotAllowed, "MethodNotAllowed", r.Method)
	}
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var o map[string]any
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		Status(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	metadata := o["metadata"].(map[string]any)
	metadata["uid"], metadata["resourceVersion"] = fmt.Sprint("uid-", metadata["name"]), "7"
	answer(w, http.StatusCreated, o)
	if s.Meddle != nil {
		s.Meddle(o)
	}
	s.objects[path.Join(r.URL.Path, fmt.Sprint(metadata["name"]))] = o
}

func answer(w http.ResponseWriter, code int, o map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(o)
}

// Status answers with an error of the API.
func Status(w http.ResponseWriter, code int, reason, message string) {
	answer(w, code, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

// Question is the one that all this is about.
var Question = diagnose.Question{Source: "sleep.foo", Target: "http://httpbin.default:8000/get", Namespace: "default"}

// New returns a server whose world are the manifests of a folder, a Performer for it, and
// the candidate for the Question there that does nothing but create one policy.
func New(t testing.TB, folder string) (*Server, *perform.Performer, fix.Candidate) {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
	world, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{world: world, objects: map[string]map[string]any{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	w, err := apply.New(&rest.Config{Host: h.URL}, "the test")
	if err != nil {
		t.Fatal(err)
	}
	p := &perform.Performer{
		Writer: w, Store: history.Open(filepath.Join(t.TempDir(), "fixes")), Settling: 10 * time.Millisecond,
		Intent: history.Intent{Server: w.Server(), Namespace: "default", Command: []string{"kubectl", "authz-doctor"}},
		Renew:  func() (cluster.Reader, error) { return s, nil },
	}
	proposal, err := fix.Propose(t.Context(), world, Question)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range proposal.Candidates {
		if len(c.Changes) == 1 && c.Changes[0].Verb() == "create" && strings.HasPrefix(c.Changes[0].Object(), "AuthorizationPolicy ") {
			return s, p, c
		}
	}
	t.Fatal("no candidate creates one policy")
	return nil, nil, fix.Candidate{}
}
