package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

// file is a block of YAML in a page that is a file: its first line says which.
//
//	```yaml
//	# example.yaml
//	…
//	```
var file = regexp.MustCompile("(?ms)^```yaml\n(# ([a-z]+\\.yaml)\n.*?)^```$")

// files are the files in a page, by name.
func files(page []byte) map[string]string {
	out := map[string]string{}
	for _, found := range file.FindAllSubmatch(page, -1) {
		out[string(found[2])] = string(found[1])
	}
	return out
}

// beside returns a terminal in a directory that has the files of a page. It is as wide as
// `explain` has room for an example on a terminal of 80 columns, and of an answer it shows
// what comes before the help, of which the page itself speaks.
func beside(t *testing.T, plugin string, page []byte) terminal {
	t.Helper()
	at := terminal{plugin: plugin, dir: t.TempDir(), columns: 76, cut: "\n  What would help\n"}
	for name, text := range files(page) {
		if err := os.WriteFile(filepath.Join(at.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// corrected says what more words make of the answer: of corrected.yaml, which is the
// page's second file and counts where both have an object, or of another request.
var corrected = regexp.MustCompile("(?m)^With `([^`]+)` behind it, (?:lint finds (nothing)|the answer is ([A-Z]+))[.:]$")

// TestFindingExamples: the example on a finding's page shows the finding, lint finds
// nothing else in it, and the finding is gone from the corrected one.
func TestFindingExamples(t *testing.T) {
	plugin := buildPlugin(t)
	for _, code := range docs.Findings() {
		t.Run(code, func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join("docs", "findings", code+".md"))
			if err != nil {
				t.Fatal(err)
			}
			_, last, found := strings.Cut(string(page), "\n## A minimal example\n")
			shown := example.FindAllStringSubmatch(last, -1)
			if !found || len(shown) != 1 || files(page)["example.yaml"] == "" {
				t.Fatal("want a last section with example.yaml and one command")
			}
			command, output := shown[0][2], shown[0][3]
			if !strings.Contains(command, " -f example.yaml") || !strings.Contains(output, code) {
				t.Errorf("the command does not read example.yaml, or what it prints does not show %s:\n%s", code, output)
			}
			at := beside(t, plugin, page)
			if got := at.findings(t, command); !slices.Contains(got.codes, code) {
				t.Errorf("the example shows %v", got.codes)
			} else if got.lint && len(slices.Compact(got.codes)) > 1 && code != "AD0901" { // there, what is not suppressed is found too
				t.Errorf("the example shows more: %v", got.codes)
			}
			better := corrected.FindStringSubmatch(last)
			if better == nil {
				t.Fatalf("nothing is corrected: want a line of the form %s", corrected)
			}
			got := at.findings(t, command, strings.Fields(better[1])...)
			if slices.Contains(got.codes, code) {
				t.Errorf("%s does not correct it: %v", better[1], got.codes)
			}
			if better[2] != "" && (!got.lint || len(got.codes) > 0) || better[3] != "" && strings.ToUpper(got.verdict) != better[3] {
				t.Errorf("%q, but verdict %q, findings %v", better[0], got.verdict, got.codes)
			}
		})
	}
}

// found is what lint or an answer says.
type found struct {
	lint    bool
	codes   []string
	verdict string
}

// findings runs a command with more words and returns the codes of what it finds.
func (at terminal) findings(t *testing.T, command string, more ...string) found {
	t.Helper()
	stdout, err := at.command(t, command, append(more, "-o", "json")...).Output()
	var out struct {
		Results []struct{ Code string }
		Status  *struct {
			Verdict  string
			Findings []struct{ Code string }
		}
	}
	if bad := json.Unmarshal(stdout, &out); bad != nil {
		t.Fatalf("%s %v: %v, %v\n%s", command, more, err, bad, stdout)
	}
	got := found{lint: out.Status == nil}
	if out.Status != nil {
		got.verdict, out.Results = out.Status.Verdict, out.Status.Findings
	}
	for _, r := range out.Results {
		got.codes = append(got.codes, r.Code)
	}
	return got
}
