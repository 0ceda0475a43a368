package perform_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform/performtest"
)

var folder = filepath.Join("..", "..", "examples", "no-sidecar")

// Applied, on record, watched, and taken back.
func TestApplyAndUndo(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	var stages []perform.Stage
	out, err := p.Apply(t.Context(), performtest.Question, c, apply.Options{}, func(at perform.Stage, so perform.Outcome) {
		stages = append(stages, at)
		if (at == perform.Watching) != (so.ID != "" && len(so.Results) == 1) {
			t.Errorf("at stage %d: %+v", at, so)
		}
	})
	if err != nil || out.ID == "" || len(out.Results) != 1 || len(out.Reverted) > 0 || out.Unwatched != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if diff := cmp.Diff([]perform.Stage{perform.Proving, perform.Writing, perform.Watching}, stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	records, _, err := p.Store.List()
	if err != nil || len(records) != 1 || records[0].ID != out.ID || records[0].Summary != c.Title {
		t.Errorf("%+v, %v", records, err)
	}
	if d, err := p.Ask(t.Context(), performtest.Question); err != nil || d.Status.Verdict != diagnose.Allowed {
		t.Errorf("afterwards: %v, %v", d, err)
	}
	u, plan, err := p.PlanUndo(t.Context(), "")
	if err != nil || u.Record.ID != out.ID || len(plan) != 1 || plan[0].Verb != "delete" {
		t.Fatalf("%+v, %+v, %v", u, plan, err)
	}
	if out, err := p.Undo(t.Context(), u, apply.Options{}); err != nil || out.ID == "" || len(out.Results) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if all := strings.Join(s.Asked(), "\n"); !strings.Contains(all, "POST ") || !strings.Contains(all, "DELETE ") {
		t.Errorf("asked:\n%s", all)
	}
}

// What is allowed by now is not written, nor is what the server refuses.
func TestNotWritten(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	q := performtest.Question
	q.Source = "deploy/frontend.default"
	out, err := p.Apply(t.Context(), q, c, apply.Options{}, func(perform.Stage, perform.Outcome) {})
	if err == nil || !strings.Contains(err.Error(), "allowed by now") || out.ID != "" || len(s.Asked()) > 0 {
		t.Errorf("%+v, %v, %v", out, err, s.Asked())
	}
	s.Refuse = func(w http.ResponseWriter, _ *http.Request) bool {
		performtest.Status(w, http.StatusConflict, "AlreadyExists", "it is there")
		return true
	}
	out, err = p.Apply(t.Context(), performtest.Question, c, apply.Options{}, func(perform.Stage, perform.Outcome) {})
	var e *apply.Error
	if !errors.As(err, &e) || e.Reason != apply.AlreadyExists || len(out.Results) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

// What a controller takes away at once is told.
func TestReverted(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	s.Meddle = func(o map[string]any) { o["spec"] = map[string]any{"action": "DENY"} }
	out, err := p.Apply(t.Context(), performtest.Question, c, apply.Options{}, func(perform.Stage, perform.Outcome) {})
	if err != nil || len(out.Reverted) != 1 || !strings.Contains(out.Reverted[0].String(), "was put back") {
		t.Errorf("%+v, %v", out.Reverted, err)
	}
	if _, _, err := p.PlanUndo(t.Context(), out.ID); err == nil {
		t.Error("what somebody has changed since is undone")
	}
}

// A dry run ends before there is anything to watch.
func TestDryRun(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	out, err := p.Apply(t.Context(), performtest.Question, c, apply.Options{DryRun: apply.DryRunClient}, func(at perform.Stage, _ perform.Outcome) {
		if at == perform.Watching {
			t.Error("a dry run is watched")
		}
	})
	if err != nil || out.ID != "" || len(out.Results) != 1 || len(s.Asked()) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
	if d, err := p.Ask(t.Context(), performtest.Question); err != nil || d.Status.Verdict != diagnose.Denied {
		t.Errorf("%v, %v", d, err)
	}
}
