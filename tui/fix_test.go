package tui_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform/performtest"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// The candidates, what each does besides, and how it changes objects.
func TestRepairs(t *testing.T) {
	for _, size := range sizes {
		o, _ := writable(t)
		s := begin(t, o, size.w, size.h)
		s.press("f").shows("DENIED", "opens nothing else", "sidecar.istio.io/inject").golden("fix-" + size.name)
		s.press("tab", "down", "down").golden("fix-detail-" + size.name)
		s.press("tab", "down", "enter").shows("Namespace foo").golden("fix-zoom-" + size.name)
		s.press("y").shows("apiVersion: v1", "kind: Namespace").golden("fix-yaml-" + size.name)
		s.press("esc", "$").shows("fix sleep.foo http://httpbin.default:8000/get", "--pick b -o yaml").golden("fix-command-" + size.name)
	}
}

func TestRepairsLooks(t *testing.T) {
	o, _ := writable(t)
	begin(t, o, 80, 24).press("f").golden("fix-80-color")
	o.ASCII = true
	begin(t, o, 80, 24).press("f").golden("fix-80-ascii")
}

// A candidate that does nothing else is a choice that begins at Cancel.
func TestApplyPlain(t *testing.T) {
	for _, size := range sizes {
		o, server := writable(t)
		o.Fixer = only(t, o.Fixer, "c", func(c *fix.Candidate) { c.Danger = "" })
		s := begin(t, o, size.w, size.h).press("f", "a").shows("Cancel", `context "kind-dev"`, "create AuthorizationPolicy").golden("fix-confirm-" + size.name)
		s.press("enter")
		if len(server.wrote) > 0 {
			t.Fatal("enter without a choice applies")
		}
		server.hold = make(chan struct{})
		s.press("a")
		e := s.pressUntil("y", "waiting whether it stays")
		s.golden("fix-progress-" + size.name)
		s.press("esc").shows("it is being written")
		s.press("q")
		if s.quit {
			t.Error("q quits while something is being written")
		}
		close(server.hold)
		e.finish(func() bool { return false })
		s.shows("ALLOWED", "It is allowed now; u takes it back.").golden("fix-applied-" + size.name)
		s.press("u").shows("delete AuthorizationPolicy default/allow-sleep-to-httpbin").golden("fix-undo-confirm-" + size.name)
		s.press("y").shows("DENIED", "It is taken back;").golden("fix-undone-" + size.name)
		s.press("esc").hides("› fix", "Undo").press("u").shows("nothing was applied in this session")
	}
}

// What was read anew since may have other repairs.
func TestRepairsStale(t *testing.T) {
	o, _ := writable(t)
	o.Watcher = newScriptedWatcher()
	s := begin(t, o, 80, 24).press("f").shows("opens nothing else").hides("read anew")
	s.tells(tui.Event{Object: "AuthorizationPolicy default/x", Verb: "was created"}).shows("The cluster was read anew since: r looks again.")
	s.golden("fix-stale-80")
}

// With the writer of a cluster, not one of a script: blocked, allowed, taken back.
func TestApplyReally(t *testing.T) {
	server, performer, c := performtest.New(t, filepath.Join("..", "examples", "no-sidecar"))
	o := asking(t, "no-sidecar", performtest.Question.Source, performtest.Question.Target)
	s := session.New(server, nowIsNoon)
	o.Asker, o.Fixer, o.Writer = s, s, session.NewWriter(performer, o.Command, nowIsNoon)
	story := begin(t, o, 80, 24).press("f")
	for range int(c.ID[0] - 'a') {
		story.press("down")
	}
	story.press("a").types("apply").press("enter").shows("ALLOWED", "It is allowed now; u takes it back.")
	story.press("u", "y").shows("DENIED", "It is taken back")
	if all := strings.Join(server.Asked(), "\n"); !strings.Contains(all, "POST ") || !strings.Contains(all, "DELETE ") {
		t.Errorf("asked:\n%s", all)
	}
	server.Refuse = func(w http.ResponseWriter, _ *http.Request) bool {
		performtest.Status(w, http.StatusForbidden, "Forbidden", `authorizationpolicies.security.istio.io is forbidden: User "jane" cannot create resource "authorizationpolicies"`)
		return true
	}
	story.press("esc", "f")
	for range int(c.ID[0] - 'a') {
		story.press("down")
	}
	story.press("a").types("apply").press("enter").shows("it needs the verb create", "Nothing was written")
}

// What opens more has to be typed.
func TestApplyTyped(t *testing.T) {
	for _, size := range sizes {
		o, server := writable(t)
		o.Fixer = only(t, o.Fixer, "c", func(c *fix.Candidate) {
			c.Effect.Opens = []fix.Reach{{Sources: []string{"pod/web.default", "pod/api.default"}, Target: "svc/httpbin.default:8000", If: []string{"method GET"}}}
		})
		s := begin(t, o, size.w, size.h).press("f", "a").shows("Type apply", "opens", "pod/api.default").golden("fix-typed-" + size.name)
		s.press("y", "enter").shows("That is not the word")
		if len(server.wrote) > 0 {
			t.Fatal("y applies what opens more than was asked for")
		}
		s.press("backspace").types("apply").press("enter").shows("ALLOWED")
		if len(server.wrote) != 1 {
			t.Error("what was typed is not applied")
		}
	}
}

// What does not help says so, and what is still to do.
func TestApplyDoesNotHelp(t *testing.T) {
	for _, size := range sizes {
		o, server := writable(t)
		server.noHelp = true
		server.applied.Notes = []string{"the server warns: think twice"}
		server.applied.Reverted = []string{"AuthorizationPolicy default/allow-sleep-to-httpbin was deleted again by argocd-controller"}
		s := begin(t, o, size.w, size.h).press("f", "a", "y")
		s.shows("DENIED", "does not help", "argocd-controller", "still to do").golden("fix-nohelp-" + size.name)
	}
}

// Conflicts name who has changed what; of what is half written the rest is told.
func TestApplyFails(t *testing.T) {
	conflict := &apply.Error{
		Reason: apply.Conflict, Object: "Deployment foo/sleep", Message: "it has changed since it was read, by helm (spec.replicas)", Help: "nothing was overwritten: ask again, for the fix may be another one now",
		Changed: []apply.Field{{Path: []string{"spec", "replicas"}, Before: []byte("1"), After: []byte("2")}},
	}
	for _, size := range sizes {
		o, server := writable(t)
		server.applied, server.err = tui.Applied{}, conflict
		s := begin(t, o, size.w, size.h).press("f", "a", "y")
		s.shows("by helm", "spec.replicas", "- 1", "+ 2", "Nothing was written").golden("fix-conflict-" + size.name)
		s.press("esc").shows("opens nothing else")

		server.applied = tui.Applied{ID: "20261126-120000-0001", Written: []string{"create AuthorizationPolicy default/allow-sleep-to-httpbin"}}
		s.press("a", "y").shows("Only a part of it is written; u takes it back").golden("fix-half-" + size.name)
	}
}

// As long as nothing is being written it can be given up.
func TestApplyGivenUp(t *testing.T) {
	o, server := writable(t)
	server.prove = true
	s := begin(t, o, 80, 24).press("f", "a")
	e := s.pressUntil("y", "proving it once more")
	s.press("esc")
	e.finish(func() bool { return false })
	s.shows("Given up: nothing was written.").press("esc").shows("opens nothing else")
}

// A click selects a candidate, or turns to the detail; the wheel moves what one has turned to.
func TestRepairsMouse(t *testing.T) {
	for _, size := range sizes {
		o, _ := writable(t)
		s := begin(t, o, size.w, size.h).press("f").shows("▸ a")
		s.send(tea.MouseClickMsg{X: 5, Y: 7 + 5*(size.w/200), Button: tea.MouseLeft})
		s.shows("▸ c").hides("▸ a", "▸ b")
		s.send(tea.MouseClickMsg{X: size.w - 3, Y: size.h - 5, Button: tea.MouseLeft})
		s.shows("─ ▸ c").press("tab").hides("─ ▸ c")
		s.send(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelUp})
		s.shows("▸ b")
	}
}

// Whoever reads help while it is looked up what an undo comes to is asked later.
func TestUndoLater(t *testing.T) {
	o, server := writable(t)
	s := begin(t, o, 80, 24).press("f", "a", "y", "esc")
	server.hold = make(chan struct{})
	e := s.pressUntil("u", "looking up what there is to take back")
	s.press("?").shows("Keys of undo")
	close(server.hold)
	e.finish(func() bool { return false })
	s.press("esc").shows("u asks whether to do it").press("u").shows("Cancel").press("y").shows("It is taken back")
}

// An answer that got lost may stand for something that is there.
func TestApplyUncertain(t *testing.T) {
	o, server := writable(t)
	server.applied = tui.Applied{ID: "20261126-120000-0001", Uncertain: true}
	server.err = &apply.Error{Reason: apply.TimedOut, Object: "AuthorizationPolicy default/x", Message: "https://x did not answer within 30s", Uncertain: true}
	begin(t, o, 80, 24).press("f", "a", "y").shows("is not known whether it was written", "The answer to it got lost; u takes it back, if it is there.").golden("fix-uncertain-80")
}

// Somebody else has changed the same since: nothing is undone.
func TestUndoConflict(t *testing.T) {
	for _, size := range sizes {
		o, server := writable(t)
		s := begin(t, o, size.w, size.h).press("f", "down", "down", "a").types("apply").press("enter", "esc")
		server.undo = errors.Join(&apply.Error{
			Reason: apply.Conflict, Object: "AuthorizationPolicy default/allow-sleep-to-httpbin", Message: "it has changed since, by jane (spec.rules)", Help: "nothing was undone",
			Changed: []apply.Field{{Path: []string{"spec", "action"}, Before: []byte(`"ALLOW"`), After: []byte(`"DENY"`)}},
		})
		s.press("u").shows("by jane", `+ "DENY"`).golden("fix-undo-conflict-" + size.name)
		server.undo = nil
		s.press("u").shows("Cancel").press("esc").hides("tries again")
		server.plan.Does, server.plan.Already = nil, []string{"AuthorizationPolicy default/allow-sleep-to-httpbin is not there any more"}
		s.press("u").shows("is not there any", "nothing to take back").press("esc", "u").shows("nothing was applied")
	}
}

// What only reads offers nothing that writes; files say why.
func TestApplyNot(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	s := begin(t, o, 80, 24).press("f", "a").shows("the objects come from files").golden("fix-files-80")
	s.press("?").shows("apply: the objects come from files")

	o, server := writable(t)
	o.ReadOnly = true
	s = begin(t, o, 80, 24).press("f").shows("opens nothing else").hides("apply", "undo").golden("fix-readonly-80")
	s.press("?").hides("apply", "undo").press("esc", ":").types("apply").hides("apply it").press("enter").shows("there is no command apply")
	if s.press("a"); len(server.wrote) > 0 {
		t.Error("something was written")
	}
}

// Where there is nothing to propose, it says why.
func TestRepairsNone(t *testing.T) {
	o := asking(t, "no-sidecar", "deploy/frontend.default", "http://httpbin.default:8000/get")
	begin(t, o, 80, 24).press("f").shows("allowed already").golden("fix-allowed-80")
	o = asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Fixer = proposer(func(context.Context) (*fix.Proposal, error) {
		return nil, errors.New("pods is forbidden: no right to list")
	})
	begin(t, o, 80, 24).press("f").shows("pods is forbidden")
	o.Fixer = proposer(func(ctx context.Context) (*fix.Proposal, error) { <-ctx.Done(); return nil, ctx.Err() })
	s := begin(t, o, 80, 24)
	e := s.pressUntil("f", "looking for repairs")
	s.golden("fix-looking-80")
	s.press("esc").hides("looking")
	e.finish(func() bool { return false })
}

// In any size and at every step the frame fits.
func TestRepairsFit(t *testing.T) {
	o, _ := writable(t)
	s := begin(t, o, 80, 24).press("f")
	for _, keys := range [][]string{{}, {"tab"}, {"enter"}, {"y"}, {"esc", "a"}, {"esc", "c"}, {"esc", "$"}} {
		s.press(keys...)
		for _, size := range [][2]int{{200, 50}, {40, 10}, {1, 1}, {120, 12}, {119, 60}, {80, 24}} {
			s.resize(size[0], size[1])
			s.fits()
		}
	}
}
