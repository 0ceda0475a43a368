package e2e

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

// page is a TrafficTest beside an example: the policies that are there, and the rows of a
// page of documentation.
type page struct {
	Metadata struct{ Name string }
	Spec     struct {
		Cluster  []string
		Defaults row
		Cases    []row
	}
}

// row is a question, and what comes of it.
type row struct {
	Name, Source, Target, Expect string
	Request                      struct{ Method string }
	Findings                     []string
}

// readPages reads page.yaml of an example.
func readPages(t *testing.T, example string) []page {
	t.Helper()
	text, err := os.ReadFile(beside(example, "page.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []page
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var p page
		if err := yaml.Unmarshal(doc, &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// beside is a file of an example.
func beside(example, file string) string { return filepath.Join("..", "..", "examples", example, file) }

// stage puts the cluster of an example on the lab, and lets the reader fix what is in its
// namespace default, until the test is over.
func stage(t *testing.T, example string) {
	t.Helper()
	kubectl(t, "create", "rolebinding", "fixer", "-n", "default", "--clusterrole=authz-doctor-fixer", "--user="+reader)
	t.Cleanup(func() { takeAway(t, "rolebinding", "fixer", "-n", "default") })
	e, err := scene.Stage(t.Context(), cluster, beside(example, "cluster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Strike(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// give applies the files of an example, until the test is over.
func give(t *testing.T, example string, files ...string) {
	t.Helper()
	for _, f := range files {
		kubectl(t, "apply", "-f", beside(example, f))
		t.Cleanup(func() { takeAway(t, "-f", beside(example, f)) })
	}
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := cluster.Kubectl(t.Context(), "", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func takeAway(t *testing.T, args ...string) {
	t.Helper()
	if _, err := cluster.Kubectl(context.Background(), "", append([]string{"delete", "--ignore-not-found"}, args...)...); err != nil {
		t.Error(err)
	}
}

// asks puts the questions of a page to the API server.
func (p page) asks(t *testing.T, kubeconfig string) {
	t.Helper()
	for _, r := range p.Spec.Cases {
		args := []string{r.Source, r.Target}
		if m := cmp.Or(r.Request.Method, p.Spec.Defaults.Request.Method); m != "" {
			args = append(args, "--method", m)
		}
		d := expect(t, r.Expect, kubeconfig, args...)
		for _, code := range r.Findings {
			if !slices.Contains(d.codes(), code) {
				t.Errorf("%s: %s: no finding %s in %v", p.Metadata.Name, r.Name, code, d.codes())
			}
		}
	}
}
