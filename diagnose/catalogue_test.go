package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

// TestPagesInTheProgram holds the catalogue and the pages that the program has
// together, and what a page has to say.
func TestPagesInTheProgram(t *testing.T) {
	var codes []string
	for _, k := range Catalogue() {
		codes = append(codes, k.Code)
		page, ok := docs.Finding(k.Code)
		if !ok {
			t.Errorf("%s has no page", k.Code)
		}
		for _, part := range []string{"## What you see", "## Why", "## How to check by hand", "## What fixes it"} {
			if !strings.Contains(page, "\n"+part+"\n") {
				t.Errorf("the page of %s lacks %q", k.Code, part)
			}
		}
	}
	if !slices.Equal(codes, docs.Findings()) {
		t.Errorf("the codes are %v, the pages are of %v", codes, docs.Findings())
	}
}
