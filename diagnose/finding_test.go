package diagnose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFindingPages holds the catalogue and docs/findings together.
func TestFindingPages(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "docs", "findings", "AD*.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != len(catalogue()) {
		t.Errorf("%d pages for %d findings", len(pages), len(catalogue()))
	}
	last := ""
	for _, k := range catalogue() {
		if k.code <= last {
			t.Errorf("%s is out of order", k.code)
		}
		last = k.code
		page, err := os.ReadFile(filepath.Join("..", "docs", "findings", k.code+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		title, _, _ := strings.Cut(string(page), "\n")
		if want := "# " + k.code + ": " + k.title; !strings.EqualFold(title, want) {
			t.Errorf("title is %q, want %q", title, want)
		}
		if len(k.help) == 0 {
			t.Errorf("%s says nothing of what would help", k.code)
		}
	}
}
