package tui_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// server is a cluster that can be written to: what is applied is there afterwards, as far
// as the script of the story goes.
type server struct {
	t       testing.TB
	mu      sync.Mutex
	now     *session.Session
	before  *session.Session
	applied tui.Applied
	err     error // of Apply
	noHelp  bool  // what is applied changes nothing
	plan    tui.UndoPlan
	undo    error         // of PlanUndo
	hold    chan struct{} // if it is there Apply waits for it at the end
	prove   bool          // Apply proves as long as it may
	wrote   []string
}

func (s *server) session() *session.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *server) Ask(ctx context.Context, q tui.Question) (*tui.Answer, error) {
	return s.session().Ask(ctx, q)
}

func (s *server) Renew() { s.session().Renew() }

func (s *server) Reach(ctx context.Context, q tui.Question, each func([]tui.ReachRow)) error {
	return s.session().Reach(ctx, q, each)
}

// Apply does what the script says.
func (s *server) Apply(ctx context.Context, _ tui.Question, c fix.Candidate, stage func(tui.Stage)) (tui.Applied, error) {
	stage(tui.Proving)
	if s.prove {
		<-ctx.Done()
		return tui.Applied{}, ctx.Err()
	}
	stage(tui.Writing)
	s.wrote = append(s.wrote, c.ID)
	if s.err != nil {
		return s.applied, s.err
	}
	stage(tui.Watching)
	if s.hold != nil {
		<-s.hold
	}
	if !s.noHelp {
		s.set(s.with(c))
	}
	return s.applied, nil
}

func (s *server) PlanUndo(context.Context, string) (tui.UndoPlan, error) {
	if s.hold != nil {
		<-s.hold
	}
	return s.plan, s.undo
}

func (s *server) Undo(context.Context, string) (tui.Applied, error) {
	s.set(s.before)
	return tui.Applied{ID: "20261126-120100-0002", Written: s.plan.Does}, nil
}

func (s *server) set(to *session.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = to
}

// with is the example with the candidate's objects.
func (s *server) with(c fix.Candidate) *session.Session {
	file := filepath.Join(s.t.TempDir(), "objects.yaml")
	var b strings.Builder
	if err := fix.Print(&b, &fix.Proposal{Candidates: []fix.Candidate{c}}, "yaml", true); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join("..", "examples", "no-sidecar", "*.yaml"))
	files, err := cluster.ReadFiles(append(paths, file), nil, "default")
	if err != nil {
		s.t.Fatal(err)
	}
	return session.New(files, nowIsNoon)
}

// writable are the options of no-sidecar as a cluster that can be written to.
func writable(t testing.TB) (tui.Options, *server) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Question.Method = "GET"
	base := o.Asker.(*session.Session)
	s := &server{t: t, now: base, before: base}
	s.applied = tui.Applied{ID: "20261126-120000-0001", Written: []string{"create AuthorizationPolicy default/allow-sleep-to-httpbin"}}
	s.plan = tui.UndoPlan{ID: "20261126-120000-0001", Title: "admit cluster.local/ns/foo/sa/sleep", Does: []string{"delete AuthorizationPolicy default/allow-sleep-to-httpbin"}}
	o.Asker, o.Writer = s, s
	o.Origin, o.Command = `context "kind-dev"`, []string{"kubectl", "authz-doctor"}
	return o, s
}

// sizes are the terminals that every screen is looked at in.
var sizes = []struct {
	name string
	w, h int
}{{"80", 80, 24}, {"200", 200, 50}}

// proposer is a Fixer.
type proposer func(context.Context) (*fix.Proposal, error)

func (p proposer) Propose(ctx context.Context, _ tui.Question) (*fix.Proposal, error) { return p(ctx) }

// only is a Fixer that proposes one candidate of another's, changed.
func only(t testing.TB, from tui.Fixer, id string, change func(*fix.Candidate)) tui.Fixer {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Question.Method = "GET"
	return proposer(func(ctx context.Context) (*fix.Proposal, error) {
		p, err := from.Propose(ctx, o.Question)
		if err != nil {
			return nil, err
		}
		for _, c := range p.Candidates {
			if c.ID == id {
				change(&c)
				p.Candidates = []fix.Candidate{c}
				return p, nil
			}
		}
		return nil, errors.New("no candidate " + id)
	})
}
