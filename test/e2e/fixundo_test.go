package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// TestFixUndoAfterOthers undoes what somebody has touched since.
func TestFixUndoAfterOthers(t *testing.T) {
	b := newBench(t, "others")
	allowGet, made := b.policy("allow-get"), b.policy("new")
	force := apply.Options{ForceConflicts: true}
	kubectl := func(args ...string) {
		t.Helper()
		if _, err := cluster.Kubectl(t.Context(), "", append(args, "-n", b.namespace)...); err != nil {
			t.Fatal(err)
		}
	}
	patch := func(name, patch string) {
		t.Helper()
		kubectl("patch", "authorizationpolicies.security.istio.io", name, "--type=merge", "-p", patch, "--field-manager=colleague")
	}
	t.Run("a field that was changed", func(t *testing.T) {
		id, _ := b.fixed(t, force, b.changes(t, allowGet, admits("PUT")))
		patch("allow-get", `{"metadata":{"annotations":{"note":"x"}},"spec":{"rules":[{"to":[{"operation":{"methods":["PUT","HEAD"]}}]}]}}`)
		e := fails(t, b.undoes(t, id), apply.Conflict, "since the fix, by colleague at ", `spec.rules[0].to[0].operation.methods[1]`, `+ "HEAD"`)
		if e.By == nil || e.By.Name != "colleague" {
			t.Errorf("changed by %v", e.By)
		}
		b.has(t, allowGet, `"HEAD"`)
		// As it was after the fix, and the note that nobody asked about stays.
		patch("allow-get", `{"spec":{"rules":[{"to":[{"operation":{"methods":["PUT"]}}]}]}}`)
		fails(t, b.undoes(t, id), apply.FieldConflict, "colleague manages spec.rules", "--force-conflicts undoes it all the same")
		u, err := b.store.PlanUndo(t.Context(), b.writer, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = b.store.Undo(t.Context(), b.writer, u, history.Intent{}, force); err != nil {
			t.Fatal(err)
		}
		b.has(t, allowGet, `"methods":["GET"]`)
		b.has(t, allowGet, `"note":"x"`)
	})
	t.Run("an object that was made", func(t *testing.T) {
		id, _ := b.fixed(t, force, b.creates("new"))
		patch("new", `{"spec":{"action":"DENY"}}`)
		fails(t, b.undoes(t, id), apply.Conflict, "by colleague at ", "spec.action", `+ "DENY"`)
		b.has(t, made, `"DENY"`)
		kubectl("delete", "authorizationpolicies.security.istio.io", "new")
		b.apply(t, string(b.creates("new").After))
		fails(t, b.undoes(t, id), apply.Conflict, "another one of that name was made")
		b.has(t, made, `"POST"`)
		kubectl("delete", "authorizationpolicies.security.istio.io", "new")
		if err := b.undoes(t, id); err == nil || !strings.Contains(err.Error(), "nothing to undo any more") {
			t.Errorf("undo of an object that is gone: %v", err)
		}
	})
	t.Run("an object that was deleted", func(t *testing.T) {
		id, _ := b.fixed(t, force, b.changes(t, allowGet, nil))
		b.apply(t, b.allowGet("HEAD"))
		fails(t, b.undoes(t, id), apply.Conflict, "it is there again, and differs", `+ "HEAD"`)
		b.has(t, allowGet, `"HEAD"`)
	})
	t.Run("somebody has put it back already", func(t *testing.T) {
		id, _ := b.fixed(t, force, b.changes(t, allowGet, admits("PUT")))
		b.apply(t, b.allowGet("HEAD"))
		if err := b.undoes(t, id); err == nil || !strings.Contains(err.Error(), "is as it was before already") {
			t.Errorf("undo of what is put back: %v", err)
		}
	})
}

// TestFixUndoTwice refuses what makes no sense.
func TestFixUndoTwice(t *testing.T) {
	b := newBench(t, "twice")
	refused := func(id, want string) {
		t.Helper()
		if err := b.undoes(t, id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("undo of %q: %v, want %q", id, err, want)
		}
	}
	refused("", "no fix of https://127.0.0.1")
	id, _ := b.fixed(t, apply.Options{}, b.creates("new"))
	u, err := b.store.PlanUndo(t.Context(), b.writer, id[:len(id)-2])
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.store.Undo(t.Context(), b.writer, u, history.Intent{}, apply.Options{DryRun: apply.DryRunServer}); err != nil {
		t.Fatal(err)
	}
	b.has(t, b.policy("new"), `"POST"`)
	undo, _, err := b.store.Undo(t.Context(), b.writer, u, history.Intent{}, apply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.has(t, b.policy("new"), "")
	refused(id, "undone already, by "+undo)
	refused("", "undone already, by "+undo)
	refused(undo, "is itself an undo, of fix "+id)
	refused("2001", "no fix 2001")

	h, err := b.store.History(t.Context(), b.writer)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Records) != 2 || h.Records[1].Status != history.Undone || h.Records[1].UndoneBy != undo || h.Records[0].Undoes != id {
		t.Errorf("history: %+v", h.Records)
	}
}

// TestFixCommands runs the sub-commands of the installed plugin.
func TestFixCommands(t *testing.T) {
	b := newBench(t, "commands")
	home := t.TempDir()
	b.store = history.Open(filepath.Join(home, ".local", "state", "kubectl-authz-doctor", "fixes"))
	id, _ := b.fixed(t, apply.Options{ForceConflicts: true}, b.changes(t, b.policy("allow-get"), admits("PUT")))
	if err := os.WriteFile(filepath.Join(home, ".local", "state", "kubectl-authz-doctor", "fixes", "20200101-000000-beef.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	plugin := func(want string, exit int, args ...string) {
		t.Helper()
		a, err := doctor.Ask(t.Context(), cluster.Kubeconfig, home, append([]string{"fix"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if a.Exit != exit || !strings.Contains(a.Stdout+a.Stderr, want) {
			t.Errorf("fix %s: exit %d, want %d and %q\n%s%s", strings.Join(args, " "), a.Exit, exit, want, a.Stdout, a.Stderr)
		}
	}
	plugin(id+"  applied", 0, "history")
	plugin("20200101-000000-beef.json: is no record of a fix", 0, "history")
	plugin(`"status": "applied"`, 0, "history", "-o", "json")
	plugin("    + \"GET\"\n", 0, "undo", id, "--dry-run")
	plugin("say --yes", 2, "undo", id)
	b.has(t, b.policy("allow-get"), `"PUT"`)
	plugin("undone (", 0, "undo", id, "--yes")
	b.has(t, b.policy("allow-get"), `"GET"`)
	plugin(id+"  undone by ", 0, "history")
	plugin("is undone already, by", 2, "undo", "--yes")
}
