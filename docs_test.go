package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the outputs in the documentation anew")

// documents are the pages whose examples must be true.
var documents = []string{"README.md", "docs/*.md", "docs/*/*.md", "examples/README.md", "examples/*/README.md"}

// example is an output in a page, between two comments that do not show:
//
//	<!-- begin: kubectl authz-doctor … -->
//	```text
//	$ kubectl authz-doctor …
//	the output
//	```
//	<!-- end -->
var example = regexp.MustCompile("(?s)(<!-- begin: ([^\n]*?) -->\n`{3,}[a-z]*\n)(.*?)(`{3,}\n<!-- end -->)")

// begin is where an example should be.
var begin = regexp.MustCompile(`(?m)^<!-- begin: `)

// TestDocs runs every example and compares the output with the page. A page that holds
// the files of its examples is run beside these, the others at the root.
func TestDocs(t *testing.T) {
	plugin := buildPlugin(t)
	ran := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if begun := len(begin.FindAll(text, -1)); begun != len(example.FindAll(text, -1)) {
			t.Errorf("%s: %d examples begin, but not all of them have a block and an end", page, begun)
		}
		at := terminal{plugin: plugin, columns: 100}
		if len(files(text)) > 0 {
			at = beside(t, plugin, text)
		}
		is := example.ReplaceAllFunc(text, func(found []byte) []byte {
			ran++
			part := example.FindSubmatch(found)
			return fmt.Appendf(nil, "%s%s%s", part[1], at.transcript(t, string(part[2])), part[4])
		})
		if diff := cmp.Diff(string(text), string(is)); diff != "" && !*update {
			t.Errorf("%s (-it says +it is; `go test . -update` writes it anew):\n%s", page, diff)
		}
		if *update && !bytes.Equal(text, is) {
			if err := os.WriteFile(page, is, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran == 0 {
		t.Error("no page has an example")
	}
}

// link is a relative link of Markdown, without its anchor.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)\s]*)?\)`)

// TestLinks follows the links between the pages.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), string(found[1]))); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			}
		}
	}
}

// TestIndex: the index of the pages names each of them.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile(filepath.Join("docs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages(t) {
		name := filepath.Base(page)
		if filepath.Dir(page) == "docs" && name != "README.md" && !bytes.Contains(index, []byte("]("+name+")")) {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range documents {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// pluginDir holds the plugin while the tests run.
var pluginDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "kubectl-authz_doctor-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pluginDir = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// build builds the plugin, as `make build` does, under the name by which kubectl
// knows it.
var build = sync.OnceValues(func() (string, error) {
	name := "kubectl-authz_doctor"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	plugin := filepath.Join(pluginDir, name)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", plugin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return plugin, nil
})

// buildPlugin returns the path of the plugin, which is built once.
func buildPlugin(t *testing.T) string {
	t.Helper()
	plugin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return plugin
}
