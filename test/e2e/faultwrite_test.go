package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// writes matches what changes the cluster, and rehearsals what only tries to.
func writes(r *http.Request) bool     { return r.Method != http.MethodGet && !rehearses(r) }
func rehearses(r *http.Request) bool  { return r.URL.Query().Get("dryRun") != "" }
func changesAny(r *http.Request) bool { return r.Method != http.MethodGet }

// behind lets the server do what is asked, and then the answer be a fault.
func behind(fault tap.Fault) tap.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		tap.Done(r, next)
		fault(w, r, next)
	}
}

// writingTroubles are those of a fix that is applied. What is lost may have been written.
func writingTroubles() []trouble {
	return []trouble{
		{name: "none", harmless: true},
		{name: "403 for the write", manners: those(writes, forbidden403)},
		{name: "401 for the write", manners: those(writes, unauthorized)},
		{name: "404 for the write", manners: those(writes, notfound)},
		{name: "409 for the write", manners: those(writes, tap.Refuse(409, metav1.StatusReasonConflict, "the object has been modified"))},
		{name: "429 for the write", manners: those(writes, busy("1"))},
		{name: "429 for the write, for an hour", manners: those(writes, busy("3600"))},
		{name: "500 for the write", manners: those(writes, internal500)},
		{name: "503 for the write", manners: those(writes, unavailable)},
		{name: "504 behind the write", manners: those(writes, behind(tap.Refuse(504, metav1.StatusReasonTimeout, "Timeout: request did not complete within requested timeout")))},
		{name: "a page to log in for the write", manners: those(writes, portal)},
		{name: "an empty object for the write", manners: those(writes, tap.Say(201, "application/json", "{}"))},
		{name: "cut behind the write", manners: those(writes, tap.Cut(false))},
		{name: "slow write, little patience", manners: those(writes, behind(tap.Late(5*time.Second))), flags: hasty},
		{name: "gone for the write", manners: func() []tap.Manner { return []tap.Manner{tap.Hangup(writes)} }},
		{name: "gone after the write", manners: func() []tap.Manner { return []tap.Manner{tap.GoneOnce(writes)} }},
		{name: "500 for everything but reading", manners: those(changesAny, internal500)},
		{name: "reads fail once it is written", manners: func() []tap.Manner { return []tap.Manner{tap.Once(writes, tap.Everything, internal500)} }},
		{name: "401 once it is written", manners: func() []tap.Manner { return []tap.Manner{tap.Once(writes, tap.Everything, unauthorized)} }},
	}
}

// TestTroubleWriting applies a fix with everything that can go wrong: it is written whole or
// not at all, what is not known is said, and undo, later, leaves what was there before.
func TestTroubleWriting(t *testing.T) {
	s := setScene(t, "writing", "allow-frontend")
	source, target := "deploy/httpbin."+s.Near, "http://httpbin."+s.Near+":8000/get"
	before := policyNames(t, s.Near)
	for _, trouble := range writingTroubles() {
		t.Run(trouble.name, func(t *testing.T) {
			var manners []tap.Manner
			if trouble.manners != nil {
				manners = trouble.manners()
			}
			proxy, kubeconfig := through(t, manners...)
			home := t.TempDir()
			args := append([]string{"fix", source, target, "--method", "GET", "--pick", "a", "--apply", "--yes"}, trouble.flags...)
			a := runTroubled(t, kubeconfig, home, args)
			t.Logf("exit %d after %s\n%s\n%s", a.Exit, a.Took.Round(time.Millisecond), a.Stdout, a.Stderr)
			if a.Took > patience {
				t.Errorf("it took %s", a.Took)
			}
			written := policyNames(t, s.Near) != before
			told := a.Stdout + a.Stderr
			switch {
			case strings.Contains(told, "panic") || strings.Contains(told, "a bug:"):
				t.Error("it panics")
			case a.Exit == exitAllowed && !written:
				t.Error("it is said to be applied, and is not")
			case trouble.harmless && a.Exit != exitAllowed:
				t.Error("it was not applied")
			case written && a.Exit == exitError && !strings.Contains(told, "not known whether") && !strings.Contains(told, "applied ("):
				t.Error("it was written, and nothing says that it may be")
			case a.Exit == exitError && !strings.Contains(a.Stderr, "error: "):
				t.Error("no error is told")
			}
			if n := strings.Count(a.Stderr, "error: "); n > 1 {
				t.Errorf("%d errors are told", n)
			}
			proxy.Calm()
			if undone := runTroubled(t, kubeconfig, home, []string{"fix", "undo", "--yes"}); written && undone.Exit != 0 {
				t.Errorf("undo: exit %d\n%s%s", undone.Exit, undone.Stdout, undone.Stderr)
			}
			if after := policyNames(t, s.Near); after != before {
				t.Errorf("after the undo there are %s, before there were %s", after, before)
				if _, err := cluster.Kubectl(t.Context(), "", "delete", "authorizationpolicies", "-n", s.Near, "--field-selector=metadata.name!=allow-frontend"); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func policyNames(t *testing.T, namespace string) string {
	t.Helper()
	out, err := cluster.Kubectl(t.Context(), "", "get", "authorizationpolicies", "-n", namespace, "-o", "jsonpath={.items[*].metadata.name}")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestClockSkew: certificates and tokens that are not valid yet, for the one or the other.
func TestClockSkew(t *testing.T) {
	s := setScene(t, "skew", "allow-frontend")
	for name, c := range map[string]struct {
		valid time.Duration // from when on, and for an hour
		want  string
	}{
		"the server is from tomorrow":  {24 * time.Hour, "not yet valid"},
		"the server is from yesterday": {-24 * time.Hour, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			proxy, err := tap.OpenSkewed(cluster, time.Now().Add(c.valid))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			file := filepath.Join(t.TempDir(), "kubeconfig")
			if err := proxy.WriteKubeconfig(file, lab.Admin); err != nil {
				t.Fatal(err)
			}
			a := run(t, file, "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get")
			oneErrorLine(t, a)
			if a.Exit != exitError || !strings.Contains(a.Stderr, c.want) || !strings.Contains(a.Stderr, "clock") {
				t.Errorf("exit %d: %s", a.Exit, a.Stderr)
			}
		})
	}
	t.Run("the client is from tomorrow", func(t *testing.T) {
		dir := t.TempDir()
		if err := cluster.WriteClient(dir, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		a := run(t, filepath.Join(dir, "kubeconfig"), "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get")
		oneErrorLine(t, a)
		if a.Exit != exitError || !strings.Contains(a.Stderr, "does not accept the credentials") {
			t.Errorf("exit %d: %s", a.Exit, a.Stderr)
		}
	})
	t.Run("a token that nobody knows any more", func(t *testing.T) {
		text, err := os.ReadFile(cluster.Kubeconfig)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "kubeconfig")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "token: ", "token: expired-")), 0o600); err != nil {
			t.Fatal(err)
		}
		a := run(t, file, "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get")
		oneErrorLine(t, a)
		if a.Exit != exitError || !strings.Contains(a.Stderr, "does not accept the credentials") {
			t.Errorf("exit %d: %s", a.Exit, a.Stderr)
		}
	})
}
