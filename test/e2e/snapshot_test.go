package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSnapshot saves what a question needs and asks again without a server.
func TestSnapshot(t *testing.T) {
	s := setScene(t, "snapshot", "allow-frontend")
	target := "http://httpbin." + s.Near + ":8000/get"
	for _, source := range []string{"deploy/frontend." + s.Near, "deploy/sleep." + s.Far} {
		t.Run(source, func(t *testing.T) {
			online, _ := ask(t, cluster.Kubeconfig, source, target)
			file := filepath.Join(t.TempDir(), "snapshot.yaml")
			if a := run(t, cluster.Kubeconfig, "snapshot", source, target, "-O", file); a.Exit != 0 {
				t.Fatalf("snapshot: exit %d: %s", a.Exit, a.Stderr)
			}
			saved, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(saved), "kind: Secret\n") {
				t.Error("the snapshot holds a Secret")
			}
			offline := expect(t, online.Status.Verdict, "/nowhere", source, target, "-f", file)
			if offline.Status.Summary != online.Status.Summary {
				t.Errorf("offline: %s\nonline:  %s", offline.Status.Summary, online.Status.Summary)
			}
		})
	}
	t.Run("on stdout", func(t *testing.T) {
		a := run(t, cluster.Kubeconfig, "snapshot", "deploy/sleep."+s.Far, target)
		if a.Exit != 0 || !strings.Contains(a.Stdout, "kind: AuthorizationPolicy") {
			t.Errorf("exit %d, no policy on stdout: %s", a.Exit, a.Stderr)
		}
	})
}
