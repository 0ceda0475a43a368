package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// fixChild is the environment variable that makes this test binary a process that applies
// a fix and dies on the way.
const fixChild = "AUTHZ_DOCTOR_E2E_FIX"

// childPlan is what it is told.
type childPlan struct {
	Kubeconfig, Records, Die string
	Changes                  []fix.Change
	Resources                []apply.Target
	Undo                     string // an ID instead of changes
}

// The places where it dies. A number is that of the object.
var deaths = []string{
	"before the record", "after the record",
	"before 0", "stored 0", "recorded 0",
	"before 1", "stored 1", "recorded 1",
	"before 2", "stored 2", "recorded 2",
	"never",
}

// applyAndDie is the child's main function.
func applyAndDie(text string) int {
	var plan childPlan
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return complain(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", plan.Kubeconfig)
	if err != nil {
		return complain(err)
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &mortal{next: next, die: plan.Die} })
	w, err := apply.New(config, "the lab")
	if err != nil {
		return complain(err)
	}
	store, ctx := history.Open(plan.Records), context.Background()
	if plan.Undo != "" {
		u, err := store.PlanUndo(ctx, w, plan.Undo)
		if err == nil {
			_, _, err = store.Undo(ctx, w, u, history.Intent{}, apply.Options{})
		}
		return complain(err)
	}
	for i := range plan.Changes {
		plan.Changes[i].Resource = plan.Resources[i].Resource()
	}
	j := &mortalJournal{store.Journal(history.Intent{Server: w.Server()}), plan.Die}
	_, err = w.Apply(ctx, plan.Changes, apply.Options{Journal: j, ForceConflicts: true})
	return complain(err)
}

func complain(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	return 1
}

// here dies if this is the place.
func here(die, place string) {
	if die != place {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// mortal dies before a write is sent, or after the server has done it and before anybody
// knows.
type mortal struct {
	next http.RoundTripper
	die  string
	sent int
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet || r.URL.Query().Get("dryRun") != "" || r.Method == http.MethodDelete && rehearsed(r) {
		return m.next.RoundTrip(r)
	}
	here(m.die, fmt.Sprintf("before %d", m.sent))
	answer, err := m.next.RoundTrip(r)
	here(m.die, fmt.Sprintf("stored %d", m.sent))
	m.sent++
	return answer, err
}

// rehearsed reports whether the body of a deletion says that it is a dry run.
func rehearsed(r *http.Request) bool {
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	var options struct{ DryRun []string }
	return json.NewDecoder(body).Decode(&options) == nil && len(options.DryRun) > 0
}

type mortalJournal struct {
	*history.Journal
	die string
}

func (j *mortalJournal) Begin(steps []apply.Step) error {
	here(j.die, "before the record")
	err := j.Journal.Begin(steps)
	here(j.die, "after the record")
	return err
}

func (j *mortalJournal) Wrote(i int, s apply.Step) error {
	err := j.Journal.Wrote(i, s)
	here(j.die, fmt.Sprintf("recorded %d", i))
	return err
}

// child runs a plan in a process of its own; killed reports whether it died.
func child(t *testing.T, plan childPlan) (killed bool) {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fixChild+"="+string(text))
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &failed) && failed.ExitCode() == -1:
		return true
	}
	t.Fatalf("%v\n%s", err, out)
	return false
}

// TestFixKilled kills a fix of three objects (one is made, one changed, one deleted) at each
// step, and then the undo of it. Whatever had been written, undo knows.
func TestFixKilled(t *testing.T) {
	for i, death := range deaths {
		t.Run(death, func(t *testing.T) {
			b := newBench(t, fmt.Sprintf("killed-%d", i))
			records := t.TempDir()
			b.store = history.Open(records)
			b.apply(t, strings.ReplaceAll(b.allowGet("HEAD"), "allow-get", "old"))
			targets := []apply.Target{b.policy("new"), b.policy("allow-get"), b.policy("old")}
			plan := childPlan{
				Kubeconfig: cluster.Kubeconfig, Records: records, Die: death, Resources: targets,
				Changes: []fix.Change{b.creates("new"), b.changes(t, targets[1], admits("PUT")), b.changes(t, targets[2], nil)},
			}
			if killed := child(t, plan); killed != (death != "never") {
				t.Fatalf("killed: %v", killed)
			}
			b.knows(t, death)

			if death == "never" {
				id := b.latest(t)
				// Each goes on where the one before has died; what is taken back is no step any more.
				for _, place := range []string{"before 0", "stored 0", "before 1", "stored 0"} {
					if !child(t, childPlan{Kubeconfig: cluster.Kubeconfig, Records: records, Die: place, Undo: id}) {
						t.Errorf("the undo was not killed at %q", place)
					}
				}
			}
			if err := b.undoes(t, ""); err != nil && !strings.Contains(err.Error(), "nothing to undo") &&
				!strings.Contains(err.Error(), "no fix of") && !strings.Contains(err.Error(), "undone already") {
				t.Errorf("undo: %v", err)
			}
			b.has(t, targets[0], "")
			b.has(t, targets[1], `"GET"`)
			b.has(t, targets[2], `"HEAD"`)
		})
	}
}

// knows checks what the history tells of a fix that was killed.
func (b *bench) knows(t *testing.T, death string) {
	t.Helper()
	h, err := b.store.History(t.Context(), b.writer)
	if err != nil || len(h.Problems) > 0 {
		t.Fatalf("history: %v, %v", err, h.Problems)
	}
	want := []history.Status{history.Nothing}
	switch death {
	case "before the record":
		want = nil
	case "stored 0", "recorded 0", "before 1", "stored 1", "recorded 1", "before 2":
		want = []history.Status{history.Partly}
	case "stored 2", "recorded 2", "never":
		want = []history.Status{history.Applied}
	}
	var got []history.Status
	for _, r := range h.Records {
		got = append(got, r.Status)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("history: %v, want %v", got, want)
	}
}

func (b *bench) latest(t *testing.T) string {
	t.Helper()
	records, _, err := b.store.List()
	if err != nil || len(records) == 0 {
		t.Fatalf("no records: %v", err)
	}
	return records[len(records)-1].ID
}

// TestFixAnswerLost breaks the connection after the server has done what was asked.
func TestFixAnswerLost(t *testing.T) {
	b := newBench(t, "lost")
	config := cluster.Config("admin")
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := next.RoundTrip(r)
			if err == nil && r.Method != http.MethodGet {
				_ = answer.Body.Close()
				return nil, errors.New("write: broken pipe")
			}
			return answer, err
		})
	})
	w := writerOf(t, config)
	whole := b.writer
	b.writer = w
	id, results, err := b.fixes(t, apply.Options{}, b.creates("new"))
	if err != nil || len(results) != 1 || len(results[0].Notes) != 1 || !strings.Contains(results[0].Notes[0], "the answer of the server got lost") {
		t.Fatalf("results %+v, %v", results, err)
	}
	b.writer = whole
	if err := b.undoes(t, id); err != nil {
		t.Fatal(err)
	}
	b.has(t, b.policy("new"), "")

	config = cluster.Config("admin")
	config.Timeout = time.Second
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return next.RoundTrip(r)
		})
	})
	b.writer = writerOf(t, config)
	_, _, err = b.fixes(t, apply.Options{}, b.creates("new"))
	if e := fails(t, err, apply.TimedOut, "did not answer within 1s", "not known whether it was written"); !e.Uncertain {
		t.Error("it is certain")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func writerOf(t *testing.T, config *rest.Config) *apply.Writer {
	t.Helper()
	w, err := apply.New(config, "the lab")
	if err != nil {
		t.Fatal(err)
	}
	return w
}
