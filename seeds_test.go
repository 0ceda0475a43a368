package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// seed is a page of documentation that an example is made of: page.yaml has its rows, and
// says where it comes from.
type seed struct {
	example string
	rows    int    // commands, by what is applied
	denied  string // what the client sees where the page shows a denial
}

var seeds = []seed{
	{"kyma-in-cluster", 3, `403 "RBAC: access denied"`},
	{"kmesh-tcp", 6, "connection reset by peer after about a minute"},
}

// part is one TrafficTest of a page: the files that are applied, and what comes of the
// commands then.
type part struct {
	Spec struct {
		Cluster []string
		Cases   []struct{ Name, Expect string }
	}
}

// TestSeeds puts the commands of the pages as they are written there, and wants exactly
// what the pages show.
func TestSeeds(t *testing.T) {
	at := terminal{plugin: buildPlugin(t), columns: 100}
	for _, s := range seeds {
		t.Run(s.example, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("examples", s.example, "page.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			rows := 0
			for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
				var p part
				if err := yaml.Unmarshal(doc, &p); err != nil {
					t.Fatal(err)
				}
				for _, c := range p.Spec.Cases {
					// "with this or that, kubectl exec …"
					if _, command, found := strings.Cut(c.Name, ", kubectl exec "); found {
						rows++
						s.shows(t, at, p.Spec.Cluster, "kubectl exec "+command, c.Expect)
					}
				}
			}
			if rows != s.rows {
				t.Errorf("%d rows, the page has %d", rows, s.rows)
			}
		})
	}
}

// shows asks with the files of the example what comes of a command.
func (s seed) shows(t *testing.T, at terminal, files []string, command, want string) {
	t.Helper()
	args := []string{"--curl", command, "-o", "json"}
	for _, f := range files {
		args = append(args, "-f", filepath.Join("examples", s.example, f))
	}
	var answer struct {
		Status struct{ Verdict, Symptom string }
	}
	if err := json.Unmarshal(output(t, at, args...), &answer); err != nil {
		t.Fatal(err)
	}
	symptom := ""
	if want == "Denied" {
		symptom = s.denied
	}
	if got := answer.Status; got.Verdict != want || !strings.HasPrefix(got.Symptom, symptom) || (symptom == "") != (got.Symptom == "") {
		t.Errorf("%v: %s\nverdict %s, want %s; the client sees %q, want %q", files, command, got.Verdict, want, got.Symptom, symptom)
	}
}

// TestSeedFixes: the policies beside the Kyma example are what fix proposes there.
func TestSeedFixes(t *testing.T) {
	at := terminal{plugin: buildPlugin(t), columns: 100}
	for pick, file := range map[string]string{"a": "allow-test-internal.yaml", "b": "allow-internal.yaml"} {
		proposed := output(t, at, "fix", "-f", "examples/kyma-in-cluster/cluster.yaml", "test-internal.curl-test",
			"http://httpbin.default.svc.cluster.local:8000/get", "--method", "GET", "--pick", pick, "-o", "yaml")
		text, err := os.ReadFile(filepath.Join("examples", "kyma-in-cluster", file))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := asJSON(t, proposed), asJSON(t, text); got != want {
			t.Errorf("%s says\n%s\nand candidate %s is\n%s", file, want, pick, got)
		}
	}
}

func asJSON(t *testing.T, text []byte) string {
	t.Helper()
	out, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// output is what the plugin prints on stdout, however it ends.
func output(t *testing.T, at terminal, args ...string) []byte {
	t.Helper()
	out, err := at.command(t, "kubectl authz-doctor", args...).Output()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out
}
