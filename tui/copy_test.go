package tui_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// The command line is shown and copied, without what is secret.
func TestCommandLine(t *testing.T) {
	for _, size := range sizes {
		o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
		o.Question.Method, o.Question.Headers = "GET", []string{"x-auth-note: what is this", "x-tenant: acme"}
		s := begin(t, o, size.w, size.h).press("$").shows("left out").hides("what is this").golden("command-line-" + size.name)
		s.press("enter").shows("copied: command line")
		want := "kubectl authz-doctor -f examples/no-sidecar sleep.foo http://httpbin.default:8000/get --method GET --header 'x-auth-note:(left out)' --header 'x-tenant: acme'"
		if s.copied != want {
			t.Errorf("copied %s\nwant   %s", s.copied, want)
		}
	}
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	begin(t, o, 80, 24).press("$").hides("left out")
}

// Everything that can be copied can be saved, and no file is overwritten.
func TestCopy(t *testing.T) {
	for _, size := range sizes {
		s := begin(t, asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get"), size.w, size.h)
		s.press("c").shows("answer as Markdown").golden("copy-" + size.name)
		s.press("2").shows("copied: answer as Markdown")
		if !strings.HasPrefix(s.copied, "### × DENIED") {
			t.Errorf("copied %q", s.copied)
		}
		s.press("c", "4")
		var d map[string]any
		if err := yaml.UnmarshalStrict([]byte(s.copied), &d); err != nil || d["kind"] != "Diagnosis" {
			t.Errorf("copied %v, %q", err, s.copied)
		}
		s.press("c", "down", "down", "down", "down", "s").shows("Save answer as JSON as", "sleep.foo-to-httpbin.default-8000-get.json").golden("save-" + size.name)
		s.press("enter").shows("saved: sleep.foo-to-httpbin.default-8000-get.json")
		if err := json.Unmarshal([]byte(s.saved["sleep.foo-to-httpbin.default-8000-get.json"]), &d); err != nil {
			t.Error(err)
		}
		s.press("c", "end", "s", "enter").shows("exists").golden("save-exists-" + size.name)
		s.types("2").press("enter").shows("saved: sleep.foo-to-httpbin.default-8000-get.json2")
		s.press("c", "3")
		if !strings.Contains(s.copied, "nearest to a match, the rule that lacks least first") {
			t.Errorf("copied %q", s.copied)
		}
	}
}

func TestCopyLooks(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	begin(t, o, 80, 24).press("c").golden("copy-80-color")
	o.ASCII = true
	begin(t, o, 80, 24).press("c").golden("copy-80-ascii")
}

// A candidate is copied as what others apply.
func TestCopyCandidate(t *testing.T) {
	o, _ := writable(t)
	s := begin(t, o, 80, 24).press("f", "down", "down", "c").shows("YAML of candidate c", "diff of candidate c").press("1")
	if !strings.HasPrefix(s.copied, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n") {
		t.Errorf("copied %q", s.copied)
	}
	if s.press("c", "2"); !strings.HasPrefix(s.copied, "--- /dev/null\n+++ AuthorizationPolicy") {
		t.Errorf("copied %q", s.copied)
	}
	o.Fixer = only(t, o.Fixer, "c", func(c *fix.Candidate) {
		c.Changes[0].Before, c.Changes[0].After = c.Changes[0].After, nil
	})
	s = begin(t, o, 80, 24).press("f", "y").shows("no manifest can say").press("c", "1").shows("candidate c deletes")
	if s.copied != "" {
		t.Errorf("copied %q", s.copied)
	}
}

// What is too long for some terminals says so.
func TestCopyLarge(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Question = tui.QuestionOf(diagnose.Question{Source: diagnose.Everyone, Target: "http://httpbin.default:8000/" + strings.Repeat("x", 60_000), Namespace: "default"})
	begin(t, o, 80, 24).press("c", "5").shows("a file is safer")
}

// What a header says is part of the command, unless it lets in whoever holds it.
func TestCommandLineHeaders(t *testing.T) {
	for header, kept := range map[string]bool{
		"x-tenant=acme": true, ":authority: shop": true, "x-request-id: 1": true,
		"Authorization: Bearer x": false, "cookie=a": false, "X-Api-Key: 1": false, "x-session=1": false,
		"x-note: eyJhbGciOi.eyJzdWIiOi.c2ln": false, "x-token=1": false,
	} {
		line, secret := tui.CommandLine([]string{"kubectl", "authz-doctor", "a", "b", "--header", header})
		if strings.Contains(line, header) != kept || secret == kept {
			t.Errorf("%s: %s, secret: %v", header, line, secret)
		}
	}
}
