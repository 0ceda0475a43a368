package released

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/krew"
)

// TestKrew has krew install what is packaged, and asks it through kubectl.
func TestKrew(t *testing.T) {
	root := repository(t)
	dist := pack(t, root)
	manifest := filepath.Join(dist, "authz-doctor.yaml")
	k, err := krew.New(t.Context(), t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Validate(t.Context(), manifest); err != nil {
		t.Fatal(err)
	}
	if err := k.Install(t.Context(), runtime.GOOS, runtime.GOARCH, manifest, filepath.Join(dist, archive())); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"LICENSE", "kubectl-authz_doctor"} {
		if _, err := os.Stat(filepath.Join(k.Installed("authz-doctor", version), file)); err != nil {
			t.Errorf("krew installed no %s: %v", file, err)
		}
	}

	says(t, k.Kubectl(t.Context(), "plugin", "list"), 0, "kubectl-authz_doctor\n")
	says(t, k.Kubectl(t.Context(), "authz-doctor", "version"), 0, "authz-doctor "+version+"\n")
	says(t, k.Kubectl(t.Context(), "authz-doctor", "-f", filepath.Join(root, "examples", "no-sidecar"), "sleep.foo", "http://httpbin.default:8000/get"),
		1, "DENIED  sleep.foo", "    kubectl authz-doctor fix sleep.foo http://httpbin.default:8000/get -f ")
	says(t, k.Kubectl(t.Context(), "authz-doctor", "--help"), 0, "\n  kubectl authz-doctor [SOURCE TARGET] [flags]\n")
	says(t, k.Kubectl(t.Context(), "authz-doctor", "--nmespace", "x"), 2, "See 'kubectl authz-doctor --help'")
	own := filepath.Join(t.TempDir(), "doctor")
	if err := os.Link(filepath.Join(k.Installed("authz-doctor", version), "kubectl-authz_doctor"), own); err != nil {
		t.Fatal(err)
	}
	says(t, k.Command(t.Context(), own, "--help"), 0, "\n  doctor [SOURCE TARGET] [flags]\n")
	says(t, k.Command(t.Context(), own, "--nmespace", "x"), 2, "See 'doctor --help'")

	t.Run("an archive that was changed", func(t *testing.T) {
		tampered(t, manifest, filepath.Join(dist, archive()))
	})
	t.Run("the caveat", func(t *testing.T) { completes(t, k, manifest) })
}

// tampered makes sure that the manifest's sum keeps out what is not the archive.
func tampered(t *testing.T, manifest, archive string) {
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	other := filepath.Join(t.TempDir(), filepath.Base(archive))
	if err := os.WriteFile(other, data, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := krew.New(t.Context(), t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Install(t.Context(), runtime.GOOS, runtime.GOARCH, manifest, other); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("krew installs it, or says nothing of the sum: %v", err)
	}
}

// completes does what the manifest's caveat says, and has kubectl complete a command.
func completes(t *testing.T, k *krew.Krew, manifest string) {
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^ +(ln -s .*)$`).FindSubmatch(text)
	if command == nil {
		t.Fatal("the caveat has no command")
	}
	says(t, k.Command(t.Context(), "sh", "-c", string(command[1])), 0)
	says(t, k.Kubectl(t.Context(), "__complete", "authz-doctor", "vers"), 0, "version\tPrint the version\n")
}

// says runs a command and wants its exit status, and parts of what it prints.
func says(t *testing.T, cmd *exec.Cmd, status int, parts ...string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("%s: exit %d, want %d\n%s", cmd, got, status, out)
	}
	for _, part := range parts {
		if !bytes.Contains(out, []byte(part)) {
			t.Errorf("%s: no %q in\n%s", cmd, part, out)
		}
	}
}
