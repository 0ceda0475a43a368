package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
)

// story is somebody who uses the installed plugin, with a home directory of their own.
type story struct {
	t    *testing.T
	home string
	kube string
}

// does runs the plugin and wants an exit status, and words in what it prints.
func (s story) does(exit int, words []string, args ...string) plugin.Answer {
	s.t.Helper()
	a, err := doctor.Ask(s.t.Context(), s.kube, s.home, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	if a.Exit != exit {
		s.t.Errorf("authz-doctor %s: exit %d, want %d\n%s%s", strings.Join(args, " "), a.Exit, exit, a.Stdout, a.Stderr)
	}
	for _, w := range words {
		if !strings.Contains(a.Stdout+a.Stderr, w) {
			s.t.Errorf("authz-doctor %s lacks %q\n%s%s", strings.Join(args, " "), w, a.Stdout, a.Stderr)
		}
	}
	return a
}

// TestFixStory: blocked, a repair proposed and applied, allowed, taken back, blocked.
func TestFixStory(t *testing.T) {
	sc := setScene(t, "story", "allow-frontend")
	s := story{t, t.TempDir(), cluster.Kubeconfig}
	source, target := "deploy/httpbin."+sc.Near, "http://httpbin."+sc.Near+":8000/get"
	question := []string{source, target, "--method", "GET"}
	fixing := append([]string{"fix"}, question...)
	s.does(exitDenied, []string{"fix " + source + " " + target}, question...)
	s.does(exitDenied, []string{"opens    nothing else", "--pick a --apply"}, fixing...)
	s.does(exitError, []string{"--apply needs --pick"}, append(fixing, "--apply")...)
	s.does(exitError, []string{"say --yes"}, append(fixing, "--pick", "a", "--apply")...)
	s.does(exitAllowed, []string{"not applied: a dry run, which the server accepts"}, append(fixing, "--pick", "a", "--apply", "--dry-run=server")...)
	s.does(exitAllowed, []string{"not applied: a dry run"}, append(fixing, "--pick", "a", "--apply", "--dry-run=client")...)
	s.does(exitDenied, nil, question...)
	applied := s.does(exitAllowed, []string{"applied (", "ALLOWED  " + source, "take it back: kubectl authz-doctor fix undo "}, append(fixing, "--pick", "a", "--apply", "--yes")...)
	s.does(exitAllowed, nil, question...)
	s.does(exitDenied, nil, source, target, "--method", "PUT")
	s.does(exitAllowed, []string{"there is nothing to repair"}, fixing...)
	id := regexp.MustCompile(`applied \((\S+)\)`).FindStringSubmatch(applied.Stdout)
	if id == nil {
		t.Fatal(applied.Stdout)
	}
	s.does(exitAllowed, []string{id[1] + "  applied", "create AuthorizationPolicy " + sc.Near + "/allow-httpbin-to-httpbin"}, "fix", "history")
	s.does(exitAllowed, []string{"undone ("}, "fix", "undo", id[1], "--yes")
	s.does(exitDenied, nil, question...)
}

// TestFixStoryConflict: the rule belongs to whoever applied the policy. The edit of it is
// refused without force, and is what it says with it.
func TestFixStoryConflict(t *testing.T) {
	sc := setScene(t, "storyconflict", "allow-frontend")
	s := story{t, t.TempDir(), cluster.Kubeconfig}
	source, target := "deploy/httpbin."+sc.Near, "http://httpbin."+sc.Near+":8000/get"
	edit := []string{"fix", source, target, "--method", "GET", "--pick", "b", "--apply", "--yes"}
	s.does(exitError, []string{"kubectl", "manage", "--force-conflicts"}, edit...)
	s.does(exitDenied, nil, source, target)
	s.does(exitAllowed, []string{"ALLOWED"}, append(edit, "--force-conflicts")...)
	s.does(exitAllowed, []string{"undone ("}, "fix", "undo", "--yes")
	s.does(exitDenied, nil, source, target)
}

// TestFixStoryForbidden: who may read and not write gets everything but the writing.
func TestFixStoryForbidden(t *testing.T) {
	sc := setScene(t, "storyforbidden", "allow-frontend")
	s := story{t, t.TempDir(), as(t, reader)}
	source, target := "deploy/httpbin."+sc.Near, "http://httpbin."+sc.Near+":8000/get"
	s.does(exitDenied, []string{"opens    nothing else"}, "fix", source, target, "--method", "GET")
	s.does(exitError, []string{"create", "authorizationpolicies"}, "fix", source, target, "--method", "GET", "--pick", "a", "--apply", "--yes")
	s.does(exitDenied, nil, source, target)
}

// TestWhatIfStory: a change that is not made, of a cluster.
func TestWhatIfStory(t *testing.T) {
	sc := setScene(t, "storywhatif", "allow-frontend")
	s := story{t, t.TempDir(), cluster.Kubeconfig}
	file := filepath.Join(t.TempDir(), "deny.yaml")
	text := "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny, namespace: " + sc.Near + "}\nspec: {action: DENY, selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {methods: [PUT]}}]}]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.does(1, []string{"CLOSES  pod/frontend-", "svc/httpbin." + sc.Near + ":8000 if method"}, "what-if", "-f", file)
	s.does(0, nil, "what-if", "-f", file, "--fail-on", "opens", "-A")
	s.does(1, []string{"before  ALLOWED", "after   DENIED"}, "what-if", "-f", file, "deploy/frontend."+sc.Near, "http://httpbin."+sc.Near+":8000/", "--method", "PUT")
	s.does(exitAllowed, nil, "deploy/frontend."+sc.Near, "http://httpbin."+sc.Near+":8000/", "--method", "PUT")
}
