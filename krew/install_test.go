package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestInstall packages the plugin for this platform, installs it as krew does, and asks it
// something. `make e2e` does the same with krew itself.
func TestInstall(t *testing.T) {
	here := platform{runtime.GOOS, runtime.GOARCH}
	if !slices.Contains(platforms, here) {
		t.Skipf("the plugin is not packaged for %s", here)
	}
	const version = "v1.2.3-rc.4"
	dist := t.TempDir()
	// In a process of its own: the race detector makes compressing very slow.
	packaging := exec.CommandContext(t.Context(), "go", "run", ".", "package", "-version", version, "-platform", here.String(), "-o", dist)
	if out, err := packaging.CombinedOutput(); err != nil {
		t.Fatalf("packaging: %v\n%s", err, out)
	}
	installed := install(t, dist, here)
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the licence that is installed", read(t, filepath.Dir(installed.binary), licence), read(t, root, licence))

	own := filepath.Join(t.TempDir(), "doctor"+filepath.Ext(here.binary()))
	if err := os.Link(installed.binary, own); err != nil {
		t.Fatal(err)
	}
	called := map[string][]string{ // by what it calls itself
		"kubectl authz-doctor": {installed.link},
		"doctor":               {own},
	}
	if kubectl, err := exec.LookPath("kubectl"); err == nil {
		t.Setenv("PATH", filepath.Dir(installed.link)+string(filepath.ListSeparator)+os.Getenv("PATH"))
		called["kubectl authz-doctor"] = []string{kubectl, "authz-doctor"}
	} else {
		t.Log("no kubectl here: the plugin is run by the name that krew gives it")
	}
	question := []string{"-f", filepath.Join(root, "examples", "no-sidecar"), "sleep.foo", "http://httpbin.default:8000/get"}
	for name, words := range called {
		expect(t, 0, "authz-doctor "+version+"\n", words, "version")
		expect(t, 1, "DENIED  sleep.foo", words, question...)
		expect(t, 0, "Usage:\n  "+name+" lint [-n NAMESPACE", words, "lint", "--help")
		expect(t, 0, "\n  "+name+" lint -f policies/\n", words, "lint", "--help")
		expect(t, 2, "See '"+name+" --help'\n", words, "--explian")
		expect(t, 2, "See '"+name+" fix --help'\n", words, "fix", "--no-such-flag")
	}
}

// expect runs a command and wants its exit status, and a part of what it prints.
func expect(t *testing.T, status int, part string, words []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), words[0], append(words[1:len(words):len(words)], args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(t.TempDir(), "none"), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status || !bytes.Contains(out, []byte(part)) {
		t.Errorf("%s %s: exit %d, want %d, and %q in\n%s", filepath.Base(words[0]), strings.Join(args, " "), got, status, part, out)
	}
}

// installation is where krew puts a plugin, and the link to it on the PATH.
type installation struct{ binary, link string }

// install does what krew does with the manifest in dist and the archive for p beside it:
// it compares the sum, takes the archive apart, moves the files, and links the binary
// (internal/installation of krew).
func install(t *testing.T, dist string, p platform) installation {
	t.Helper()
	m := readManifest(t, []byte(read(t, dist, manifestName)))
	i := slices.IndexFunc(m.Spec.Platforms, func(c pluginPlatform) bool {
		return c.Selector.MatchLabels["os"] == p.os && c.Selector.MatchLabels["arch"] == p.arch
	})
	if i < 0 {
		t.Fatalf("the manifest has nothing for %s", p)
	}
	found := m.Spec.Platforms[i]
	archive := read(t, dist, p.archive(m.Spec.Version))
	check(t, "the sum in the manifest", found.SHA256, sumOf([]byte(archive)))

	root := t.TempDir()
	store, bin := filepath.Join(root, "store", m.Metadata.Name, m.Spec.Version), filepath.Join(root, "bin")
	for _, dir := range []string{store, bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	unpacked := entries(t, p, []byte(archive))
	for _, move := range found.Files {
		from := slices.IndexFunc(unpacked, func(e entry) bool { return e.Name == move.From })
		if from < 0 || move.To != "." {
			t.Fatalf("%s to %s: no such file, or not to the directory itself", move.From, move.To)
		}
		e := unpacked[from]
		if err := os.WriteFile(filepath.Join(store, e.Name), []byte(e.Content), e.Mode); err != nil {
			t.Fatal(err)
		}
	}
	at := installation{filepath.Join(store, found.Bin), filepath.Join(bin, p.binary())}
	if err := os.Symlink(at.binary, at.link); err != nil {
		t.Fatal(err)
	}
	return at
}
