package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorrect: nothing is said of policies that are in order, those of Istio's own
// documentation among them: alone, file by file and together, beside a cluster that
// they were not written for, and beside their own.
func TestCorrect(t *testing.T) {
	at := func(parts ...string) string {
		return filepath.Join(append([]string{"testdata", "correct"}, parts...)...)
	}
	alone := []string{at("alone", "defaults.yaml"), at("alone", "tasks.yaml"), at("alone", "jwt.yaml")}
	sets := [][]string{
		alone,
		{at("bookinfo.yaml")},
		{at("bookinfo")},
		{at("waypoint")},
		{at("gateways.yaml")},
		{at("bookinfo.yaml"), at("bookinfo")},
		{filepath.Join("testdata", "ambient.yaml"), at("waypoint")},
	}
	for _, file := range alone {
		sets = append(sets, []string{file})
	}
	for _, set := range sets {
		for _, r := range lintFiles(t, set...) {
			t.Errorf("%s: %s:%d: %s %s: %s", strings.Join(set, " "), r.File, r.Line, r.Code, r.Field, r.Message)
		}
	}
	policies := 0
	for _, file := range append(alone, at("bookinfo", "policies.yaml"), at("waypoint", "policies.yaml")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		policies += strings.Count(string(text), "\napiVersion: security.istio.io")
	}
	if policies < 45 {
		t.Errorf("only %d correct policies", policies)
	}
}

// TestCorrectDocuments: nothing is said of a policy that stands in a file of its own.
func TestCorrectDocuments(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "correct", "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, document := range strings.Split(string(text), "\n---\n") {
			one := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(one, []byte(document), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, r := range lintFiles(t, one) {
				t.Errorf("%s, document %d: %s %s: %s", file, i+1, r.Code, r.Field, r.Message)
			}
		}
	}
}
