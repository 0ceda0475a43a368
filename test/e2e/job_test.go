package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestJob has the API server look at the Job of examples/, which nothing here could run:
// it is taken as it is, and it names what docs/rbac.yaml defines.
func TestJob(t *testing.T) {
	out, err := cluster.Kubectl(t.Context(), "", "apply", "--server-side", "--dry-run=server", "--validate=strict",
		"-f", filepath.Join("..", "..", "examples", "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out, "serverside-applied (server dry run)"); lines != 3 {
		t.Errorf("%d objects are taken, want 3:\n%s", lines, out)
	}
	role, err := cluster.Kubectl(t.Context(), "", "create", "--dry-run=client", "-o=jsonpath={.roleRef.name}",
		"-f", filepath.Join("..", "..", "examples", "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Kubectl(t.Context(), "", "get", "clusterrole", strings.TrimSpace(role)); err != nil {
		t.Errorf("the Job's role %q: %v", role, err)
	}
}
