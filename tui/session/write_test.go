package session_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform/performtest"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

var folder = filepath.Join("..", "..", "examples", "no-sidecar")

// Applied, planned to be taken back, and taken back.
func TestWriter(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	w := session.NewWriter(p, []string{"kubectl", "authz-doctor"}, time.Now)
	q := tui.QuestionOf(performtest.Question)
	var stages []tui.Stage
	applied, err := w.Apply(t.Context(), q, c, func(at tui.Stage) { stages = append(stages, at) })
	if err != nil || applied.ID == "" {
		t.Fatalf("%+v, %v", applied, err)
	}
	want := tui.Applied{ID: applied.ID, Written: []string{"create " + c.Changes[0].Object()}}
	if diff := cmp.Diff(want, applied); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]tui.Stage{tui.Proving, tui.Writing, tui.Watching}, stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	records, _, err := p.Store.List()
	if err != nil || len(records) != 1 || !strings.HasPrefix(strings.Join(records[0].Command, " "), "kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get") {
		t.Errorf("%+v, %v", records, err)
	}
	plan, err := w.PlanUndo(t.Context(), applied.ID)
	if diff := cmp.Diff(tui.UndoPlan{ID: applied.ID, Title: c.Title, Does: []string{"delete " + c.Changes[0].Object()}}, plan); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if undone, err := w.Undo(t.Context(), applied.ID); err != nil || len(undone.Written) != 1 {
		t.Errorf("%+v, %v", undone, err)
	}
	if _, err := w.Undo(t.Context(), applied.ID); err == nil || !strings.Contains(err.Error(), "undone already") {
		t.Errorf("again: %v", err)
	}
	if all := s.Asked(); !strings.HasPrefix(all[len(all)-1], "DELETE ") {
		t.Errorf("asked: %v", all)
	}
}

// Of what was refused there is nothing to take back; of what got lost there may be.
func TestWriterFails(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	w := session.NewWriter(p, nil, time.Now)
	q := tui.QuestionOf(performtest.Question)
	for code, uncertain := range map[int]bool{http.StatusForbidden: false, http.StatusGatewayTimeout: true} {
		s.Refuse = func(w http.ResponseWriter, _ *http.Request) bool {
			performtest.Status(w, code, map[bool]string{false: "Forbidden", true: "Timeout"}[uncertain], "no")
			return true
		}
		applied, err := w.Apply(t.Context(), q, c, func(tui.Stage) {})
		var e *apply.Error
		if !errors.As(err, &e) || applied.Uncertain != uncertain || (applied.ID != "") != uncertain || len(applied.Written) > 0 {
			t.Errorf("%d: %+v, %v", code, applied, err)
		}
	}
}

// What does not stay is told, and what admission makes of it.
func TestWriterTells(t *testing.T) {
	s, p, c := performtest.New(t, folder)
	s.Meddle = func(o map[string]any) { o["spec"] = map[string]any{"action": "DENY"} }
	w := session.NewWriter(p, nil, time.Now)
	applied, err := w.Apply(t.Context(), tui.QuestionOf(performtest.Question), c, func(tui.Stage) {})
	if err != nil || len(applied.Reverted) != 1 || applied.ID == "" {
		t.Errorf("%+v, %v", applied, err)
	}
}
