package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// jobUser is whom the Job of examples/ is to the API server.
const jobUser = "system:serviceaccount:default:authz-doctor"

// TestJob has the API server take the Job of examples/, and asks as the Job would. Only
// the image is nothing that the lab could run.
func TestJob(t *testing.T) {
	file := filepath.Join("..", "..", "examples", "job.yaml")
	out, err := cluster.Kubectl(t.Context(), "", "apply", "--server-side", "--validate=strict", "-f", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := cluster.Kubectl(context.Background(), "", "delete", "--wait=false", "-f", file); err != nil {
			t.Error(err)
		}
	})
	if objects := strings.Count(out, "serverside-applied"); objects != 4 {
		t.Errorf("%d objects are taken, want 4:\n%s", objects, out)
	}
	s := setScene(t, "job", "allow-frontend")
	d := expect(t, "Denied", cluster.Kubeconfig, "deploy/sleep."+s.Far, "http://httpbin."+s.Near+":8000/get", "--as", jobUser)
	for _, u := range d.Status.Unread {
		if u.Reason == "Forbidden" {
			t.Errorf("examples/job.yaml lacks %s in %q: %s", u.Resource, u.Namespace, u.Message)
		}
	}
}
