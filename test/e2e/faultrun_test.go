package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// troubled is a command that is run while things go wrong.
type troubled struct {
	name string
	args []string
	// answer is what the command says that must never be wrong: a verdict by what it is
	// about. ok is false where it says nothing at all.
	answer func(t *testing.T, dir string, a plugin.Answer) (verdicts map[string]string, ok bool)
	// silent commands say nothing of trouble: completion.
	silent bool
}

// faultFiles writes what the commands read, and returns where.
func faultFiles(t *testing.T, near, far string) string {
	t.Helper()
	dir := t.TempDir()
	pod := func(app, namespace string) []string {
		out, err := cluster.Kubectl(t.Context(), "", "get", "pods", "-n", namespace, "-l", "app="+app,
			"-o", "jsonpath={.items[0].metadata.name} {.items[0].status.podIP}")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(out)
	}
	sleep, httpbin := pod("sleep", far), pod("httpbin", near)
	files := map[string]string{
		"deny.yaml": "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: zz-deny, namespace: " + near + "}\n" +
			"spec: {action: DENY, selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {methods: [PUT]}}]}]}\n",
		"traffic.yaml": fmt.Sprintf(`
apiVersion: authz-doctor.dev/v1alpha1
kind: TrafficTest
metadata: {name: live}
spec:
  cases:
  - {name: allowed, source: deploy/frontend.%[1]s, target: 'http://httpbin.%[1]s:8000/headers', request: {method: GET}, expect: Allowed}
  - {name: denied, source: deploy/frontend.%[1]s, target: 'http://httpbin.%[1]s:8000/get', request: {method: GET}, expect: Denied}
`, near),
		"proxy.log": fmt.Sprintf("2026-11-26T11:16:16.119765Z\terror\taccess\tconnection complete\t"+
			`src.addr=%[1]s:1234 src.workload=%[2]q src.namespace=%[3]q `+
			`dst.addr=%[4]s:15008 dst.hbone_addr=%[4]s:80 dst.workload=%[5]q dst.namespace=%[6]q direction="inbound" bytes_sent=0 bytes_recv=0 `+
			`duration="0ms" error="connection closed due to policy rejection: allow policies exist, but none allowed"`+"\n",
			sleep[1], sleep[0], far, httpbin[1], httpbin[0], near),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// troubledCommands are the commands that ask a cluster, with the places of their words in
// dir; out is a folder to write to.
func troubledCommands(near, far, dir, out string) []troubled {
	service, in := "http://httpbin."+near+":8000", func(f string) string { return filepath.Join(dir, f) }
	sources := near + "," + far
	return []troubled{
		{name: "question, denied by a policy", args: []string{"deploy/frontend." + near, service + "/get", "--method", "GET", "-o", "json"}, answer: verdictOf},
		{name: "question, allowed", args: []string{"deploy/frontend." + near, service + "/headers", "--method", "GET", "-o", "json"}, answer: verdictOf},
		{name: "question, denied for want of an allow", args: []string{"deploy/sleep." + far, service + "/headers", "-o", "json"}, answer: verdictOf},
		{name: "lint", args: []string{"lint", "-n", near, "-o", "json"}, answer: findingsOf},
		{name: "matrix", args: []string{"matrix", "-n", near, "--from", sources, "-o", "csv", "--method", "GET", "--path", "/get"}, answer: pairsOf},
		{name: "who-can", args: []string{"who-can", "svc/httpbin." + near + ":8000", "--from", sources, "-o", "csv"}, answer: pairsOf},
		{name: "what-can", args: []string{"what-can", "deploy/frontend." + near, "--to", near, "-o", "csv"}, answer: pairsOf},
		{name: "snapshot", args: []string{"snapshot", "deploy/frontend." + near, service + "/get", "-O", filepath.Join(out, "snapshot.yaml")}, answer: savedAnswer("deploy/frontend."+near, service+"/get")},
		{name: "fix", args: []string{"fix", "deploy/sleep." + far, service + "/headers", "-o", "json"}, answer: repairOf},
		{name: "what-if", args: []string{"what-if", "-f", in("deny.yaml"), "deploy/frontend." + near, service + "/headers", "--method", "PUT"}, answer: changeOf},
		{name: "what-if for everybody", args: []string{"what-if", "-f", in("deny.yaml")}, answer: changeOf},
		{name: "test", args: []string{"test", in("traffic.yaml"), "-o", "json"}, answer: casesOf},
		{name: "logs", args: []string{"logs", in("proxy.log"), "-o", "json"}, answer: deniedOf},
		{name: "completion of targets", args: []string{"__complete", "deploy/frontend." + near, "svc/httpbin." + near}, answer: candidatesOf, silent: true},
		{name: "completion of Pods", args: []string{"__complete", "pod/", "-n", near}, answer: candidatesOf, silent: true},
	}
}

// verdictOf is the verdict of a question; with one that could not be told goes why.
func verdictOf(t *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	t.Helper()
	var d diagnosis
	if json.Unmarshal([]byte(a.Stdout), &d) != nil {
		return nil, false
	}
	if d.Status.Verdict == "Undetermined" && len(d.Status.Unread) == 0 {
		t.Errorf("undetermined, and nothing is listed as unread: %s", d.Status.Summary)
	}
	want := map[string]int{"Allowed": exitAllowed, "Denied": exitDenied}
	if exit, certain := want[d.Status.Verdict]; certain && exit != a.Exit || !certain && a.Exit != exitOpen {
		t.Errorf("verdict %s with exit %d", d.Status.Verdict, a.Exit)
	}
	return map[string]string{"verdict": d.Status.Verdict}, true
}

// findingsOf are those of lint. None is as good as a wrong verdict where there are some, so
// the number of objects counts, too.
func findingsOf(t *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	t.Helper()
	var r struct {
		Results []struct{ Code, Namespace, Name, Field string }
		Summary struct{ Objects int }
	}
	if json.Unmarshal([]byte(a.Stdout), &r) != nil {
		return nil, false
	}
	out := map[string]string{"objects": fmt.Sprint(r.Summary.Objects)}
	for _, f := range r.Results {
		key := fmt.Sprintf("%s %s/%s %s", f.Code, f.Namespace, f.Name, f.Field)
		if out[key] != "" {
			t.Errorf("a finding is told twice: %s", key)
		}
		out[key] = "found"
	}
	return out, true
}

// pairsOf are the verdicts of a matrix.
func pairsOf(t *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(a.Stdout)).ReadAll()
	if err != nil || len(rows) == 0 || a.Exit == exitError {
		return nil, false
	}
	out := map[string]string{}
	for _, row := range rows[1:] {
		if key := row[0] + " → " + row[1]; out[key] != "" {
			t.Errorf("a pair is told twice: %s", key)
		} else {
			out[key] = row[2]
		}
	}
	return out, true
}

// savedAnswer asks what was saved, without a server.
func savedAnswer(source, target string) func(*testing.T, string, plugin.Answer) (map[string]string, bool) {
	return func(t *testing.T, dir string, a plugin.Answer) (map[string]string, bool) {
		t.Helper()
		file := filepath.Join(dir, "snapshot.yaml")
		if _, err := os.Stat(file); err != nil {
			return nil, false
		}
		if a.Exit != 0 {
			t.Errorf("exit %d, and there is a snapshot", a.Exit)
		}
		again, err := doctor.Run(t.Context(), "/nowhere", dir, source, target, "--method", "GET", "-o", "json", "-f", file)
		if err != nil {
			t.Fatal(err)
		}
		if again.Exit == exitError {
			return map[string]string{"verdict": "Undetermined"}, true
		}
		return verdictOf(t, dir, again)
	}
}

// repairOf is whether there is something to repair.
func repairOf(_ *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	words := map[int]string{exitAllowed: "nothing", exitDenied: "something", exitOpen: "Undetermined"}
	return map[string]string{"repair": words[a.Exit]}, words[a.Exit] != ""
}

// changeOf is what what-if says that changes; what is unsure counts as undetermined.
func changeOf(t *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	t.Helper()
	out := "nothing"
	switch {
	case a.Exit == exitError:
		return nil, false
	case strings.Contains(a.Stdout, "UNSURE"):
		out = "Undetermined"
	case strings.Contains(a.Stdout, "CLOSES"):
		out = "closes"
	}
	if (a.Exit == 0) != (out == "nothing") {
		t.Errorf("%s with exit %d", out, a.Exit)
	}
	return map[string]string{"change": out}, true
}

// casesOf are the verdicts of TrafficTests.
func casesOf(_ *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	var r struct {
		Files []struct {
			Cases []struct {
				Name, Outcome string
				Got           struct{ Verdict string }
			}
		}
	}
	if json.Unmarshal([]byte(a.Stdout), &r) != nil {
		return nil, false
	}
	out := map[string]string{}
	for _, f := range r.Files {
		for _, c := range f.Cases {
			if out[c.Name] = c.Got.Verdict; c.Outcome == "error" {
				out[c.Name] = "Undetermined"
			}
		}
	}
	return out, true
}

// deniedOf are what the objects say of the denials of a log.
func deniedOf(_ *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	var r struct {
		Groups []struct {
			Effect  string
			Objects struct{ Verdict string }
		}
	}
	if json.Unmarshal([]byte(a.Stdout), &r) != nil {
		return nil, false
	}
	out := map[string]string{}
	for i, g := range r.Groups {
		if out[fmt.Sprint(i)] = g.Objects.Verdict; a.Exit == exitError {
			out[fmt.Sprint(i)] = "Undetermined"
		}
	}
	return out, true
}

// candidatesOf are the words of a completion.
func candidatesOf(t *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(a.Stdout) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, ":") {
			continue
		}
		if out[line] != "" {
			t.Errorf("a word is offered twice: %s", line)
		}
		out[line] = "offered"
	}
	return out, a.Exit == 0
}

// TestTrouble runs every command with everything that can go wrong on the way to the API
// server: the answer is the true one, or open, or an error in one line; it comes in time.
func TestTrouble(t *testing.T) {
	s := setScene(t, "trouble", "allow-frontend", "deny-path", "deny-shout")
	dir := faultFiles(t, s.Near, s.Far)
	truths := map[string]map[string]string{}
	for _, c := range troubledCommands(s.Near, s.Far, dir, dir) {
		a := runTroubled(t, cluster.Kubeconfig, dir, c.args)
		truth, ok := c.answer(t, dir, a)
		if !ok || len(truth) == 0 {
			t.Fatalf("%s has no answer without trouble: exit %d\n%s%s", c.name, a.Exit, a.Stdout, a.Stderr)
		}
		for about, verdict := range truth {
			if verdict == "Undetermined" || verdict == "" {
				t.Fatalf("%s is %q about %s without trouble\n%s%s", c.name, verdict, about, a.Stdout, a.Stderr)
			}
		}
		truths[c.name] = truth
	}
	var runs []*suffering
	for _, trouble := range troubles() {
		for _, c := range troubledCommands(s.Near, s.Far, dir, t.TempDir()) {
			runs = append(runs, &suffering{troubled: c, trouble: trouble, truth: truths[c.name]})
		}
	}
	// Most of the time is waiting, so many are waited for at once.
	var wait sync.WaitGroup
	next := make(chan *suffering)
	for range 6 {
		wait.Go(func() {
			for r := range next {
				r.run(t)
			}
		})
	}
	for _, r := range runs {
		next <- r
	}
	close(next)
	wait.Wait()
	for _, r := range runs {
		t.Run(r.trouble.name+"/"+r.name, r.check)
	}
}

// suffering is one command with one trouble.
type suffering struct {
	troubled
	trouble trouble
	truth   map[string]string
	got     plugin.Answer
	err     error
}

// run runs the program itself, which saves the time of kubectl.
func (s *suffering) run(t *testing.T) {
	var manners []tap.Manner
	if s.trouble.manners != nil {
		manners = s.trouble.manners()
	}
	proxy, err := tap.Open(cluster, manners...)
	if err != nil {
		s.err = err
		return
	}
	defer proxy.Close()
	home, err := os.MkdirTemp(t.TempDir(), "")
	if err == nil {
		err = proxy.WriteKubeconfig(filepath.Join(home, "config"), lab.Admin)
	}
	if s.err = err; err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		s.got, s.err = doctor.Run(ctx, filepath.Join(home, "config"), home, append(slices.Clone(s.args), s.trouble.flags...)...)
	}
}

// check holds what the command said against the truth.
func (s *suffering) check(t *testing.T) {
	if s.err != nil {
		t.Fatal(s.err)
	}
	a := s.got
	t.Logf("exit %d after %s\n%s", a.Exit, a.Took.Round(time.Millisecond), a.Stderr)
	if strings.Contains(a.Stderr, "panic") || strings.Contains(a.Stderr, "a bug:") || strings.Contains(a.Stderr, "goroutine ") {
		t.Errorf("it panics:\n%s", a.Stderr)
	}
	if a.Took > patience {
		t.Errorf("the answer took %s", a.Took)
	}
	got, answered := s.answer(t, filepath.Dir(s.args[len(s.args)-1]), a)
	if !answered {
		if s.trouble.harmless || a.Exit != exitError {
			t.Errorf("no answer: exit %d\n%s%s", a.Exit, a.Stdout, a.Stderr)
		}
		oneErrorLine(t, a)
		return
	}
	for about, verdict := range got {
		if verdict != s.truth[about] && verdict != "Undetermined" {
			t.Errorf("%s: %q, and the truth is %q\n%s%s", about, verdict, s.truth[about], a.Stdout, a.Stderr)
		}
	}
	if maps.Equal(got, s.truth) {
		return
	}
	if s.trouble.harmless {
		t.Errorf("got %v, want %v\n%s", got, s.truth, a.Stderr)
	}
	if told := a.Stdout + a.Stderr; !s.silent && !slices.ContainsFunc([]string{"note: ", "error: ", "Undetermined", "UNSURE"}, func(w string) bool { return strings.Contains(told, w) }) {
		t.Errorf("nothing tells that this is not all: got %v, want %v\n%s", got, s.truth, told)
	}
}

func runTroubled(t *testing.T, kubeconfig, home string, args []string) plugin.Answer {
	t.Helper()
	a, err := doctor.Run(t.Context(), kubeconfig, home, args...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
