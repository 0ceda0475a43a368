// Package released tests the plugin as it is released: what the archives are made of, and
// what krew makes of them. It runs after the tests of e2e, for it keeps all processors busy.
package released

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// version is what is packaged here.
const version = "v9.8.7-test.1"

// archive is the file name of the archive for this platform.
func archive() string {
	end := ".tar.gz"
	if runtime.GOOS == "windows" {
		end = ".zip"
	}
	return fmt.Sprintf("kubectl-authz_doctor_%s_%s_%s%s", version, runtime.GOOS, runtime.GOARCH, end)
}

// pack packages the plugin in the checkout for this platform, and returns the directory
// with the archive and the manifest.
func pack(t *testing.T, checkout string, environment ...string) string {
	t.Helper()
	dist := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./krew", "package",
		"-version", version, "-platform", runtime.GOOS+"/"+runtime.GOARCH, "-o", dist)
	cmd.Dir = checkout
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Env = append(cmd.Env, environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("packaging in %s: %v\n%s", checkout, err, out)
	}
	return dist
}

// repository is the directory of the plugin's module.
func repository(t *testing.T) string {
	t.Helper()
	here, err := lab.ModuleDir(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(here)
}
