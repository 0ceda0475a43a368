package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/docs/block"
)

// blocksOf are the blocks of a page.
func blocksOf(t *testing.T, page string) []block.Block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return block.Of(string(text), strings.HasPrefix(filepath.ToSlash(page), "docs/findings/"))
}

// TestBlocks: somebody looks at every block of every page. Commands are run here, by
// another test, or a comment says why not; what is shown is written by a test.
func TestBlocks(t *testing.T) {
	tests := testNames(t)
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			at := func(format string, args ...any) {
				t.Helper()
				t.Errorf("%s:%d: "+format, append([]any{page, b.Line}, args...)...)
			}
			switch b.Kind {
			case block.Unknown:
				at("nobody writes or runs this block: make it an example (begin), commands, or say with a comment what it is (docs/block)\n%s", b.Text)
			case block.Elsewhere:
				if _, err := os.Stat(filepath.FromSlash(b.Name)); err != nil && !tests[b.Name] {
					at("there is no test and no file %q that would run it", b.Name)
				}
				fallthrough
			case block.Shown:
				if b.Why == "" {
					at("the comment does not say why")
				}
			case block.Cluster:
				if _, err := os.Stat(filepath.Join("examples", b.Name, "cluster.yaml")); err != nil || !tests["TestDocsBlocks"] {
					at("there is no examples/%s/cluster.yaml, or no TestDocsBlocks", b.Name)
				}
			case block.ByHand:
				if !tests["TestByHand"] {
					at("there is no TestByHand")
				}
			case block.Written, block.Data, block.Run:
				if strings.HasPrefix(b.Name, "Test") && !tests[b.Name] {
					at("there is no test %s that writes it", b.Name)
				}
			}
		}
	}
}

// testNames are the tests of all modules.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	name := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range name.FindAllSubmatch(text, -1) {
			out[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// goals are the targets of the Makefile that a page names.
var goals = regexp.MustCompile(`(?m)^(?:\$ )?(?:\w+=\S+ )?make ([a-z0-9-]+)`)

// TestMakeGoals: what pages have make do is in the Makefile.
func TestMakeGoals(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			for _, found := range goals.FindAllStringSubmatch(b.Text, -1) {
				if !strings.Contains(string(makefile), "\n"+found[1]+":") {
					t.Errorf("%s:%d: the Makefile has no target %s", page, b.Line, found[1])
				}
			}
		}
	}
}

// kubectlStandIn is kubectl where there is no cluster: it knows plugins, and one log.
const kubectlStandIn = `#!/bin/sh
case ${1-} in
authz-doctor) shift; exec kubectl-authz_doctor "$@" ;;
logs) exec cat "$DESK/proxy.log" ;;
esac
echo "kubectl ${1-}: there is no cluster here" >&2
exit 64
`

// TestBlocksRun runs the commands of each page, one block after the other, where the pages
// take the current directory to be, with an empty home and no cluster.
func TestBlocksRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the pages have commands for a shell of Unix")
	}
	bin, ran := shellBin(t), 0
	for _, page := range pages(t) {
		s := shell{bin: bin}
		for _, b := range blocksOf(t, page) {
			if b.Kind != block.Run {
				continue
			}
			ran++
			if out, err := s.run(t, b.Script()); err != nil {
				t.Errorf("%s:%d: %v\n%s", page, b.Line, err, out)
			}
		}
	}
	if ran == 0 {
		t.Error("no page has commands")
	}
}

// shellBin is a directory with the plugin, and a kubectl that finds it.
func shellBin(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if err := os.Symlink(buildPlugin(t), filepath.Join(bin, "kubectl-authz_doctor")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(kubectlStandIn), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

// shell is one that somebody sits at who reads a page.
type shell struct{ bin, desk, home string }

// run runs a script on the desk, which is laid the first time.
func (s *shell) run(t *testing.T, script string) (string, error) {
	t.Helper()
	s.lay(t)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = s.desk
	cmd.Env = []string{
		"PATH=" + s.bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + s.home, "DESK=" + s.desk,
		"KUBECONFIG=" + filepath.Join(s.home, "none"), "NO_COLOR=1", "LANG=C.UTF-8", "TERM=dumb",
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// lay lays the desk, once.
func (s *shell) lay(t *testing.T) {
	t.Helper()
	if s.desk != "" {
		return
	}
	s.desk, s.home = t.TempDir(), t.TempDir()
	if err := block.Lay(".", s.desk); err != nil {
		t.Fatal(err)
	}
}
