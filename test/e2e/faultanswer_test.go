package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
)

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

// ruleOf is whether a rule of matrix holds, which it does not. What it is about may not have
// been read: that is told beside what was.
func ruleOf(_ *testing.T, _ string, a plugin.Answer) (map[string]string, bool) {
	words := map[int]string{0: "holds", 1: "is broken", exitError: "Undetermined"}
	return map[string]string{"rule": words[a.Exit]}, words[a.Exit] != ""
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
