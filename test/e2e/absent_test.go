package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

func notInstalled(u unread) bool { return u.Reason == "NotInstalled" }

// TestMeshGone asks a server that answers 404 for all of Istio: an answer, not
// an error, and one that does not take the silence for "no policies".
func TestMeshGone(t *testing.T) {
	s := setScene(t, "gone", "allow-frontend")
	_, kubeconfig := through(t, tap.Without("security.istio.io", "networking.istio.io"))
	d, a := ask(t, kubeconfig, "deploy/sleep."+s.Far, "http://httpbin."+s.Near+":8000/get")
	if a.Exit == exitError {
		t.Errorf("exit 2: %s", a.Stderr)
	}
	if !slices.ContainsFunc(d.Status.Unread, notInstalled) {
		t.Errorf("nothing is listed as NotInstalled: %+v", d.Status.Unread)
	}
}

// TestNoMeshEver asks a cluster that has no custom resources at all.
func TestNoMeshEver(t *testing.T) {
	bare, err := lab.Start(t.Context(), lab.Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bare.Stop(); err != nil {
			t.Error(err)
		}
	})
	manifests, err := os.ReadFile(filepath.Join("testdata", "bare.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := bare.Apply(t.Context(), string(manifests)); err != nil {
		t.Fatal(err)
	}
	if _, err := bare.Kubectl(t.Context(), `{"status":{"phase":"Running","podIP":"10.244.9.1"}}`,
		"patch", "pod", "caller", "--subresource=status", "--patch-file=/dev/stdin"); err != nil {
		t.Fatal(err)
	}
	d, a := ask(t, bare.Kubeconfig, "pod/caller.default", "http://web.default:8000/get")
	if a.Exit == exitError {
		t.Errorf("exit 2: %s", a.Stderr)
	}
	if !slices.ContainsFunc(d.Status.Unread, notInstalled) {
		t.Errorf("nothing is listed as NotInstalled: %+v", d.Status.Unread)
	}
}
