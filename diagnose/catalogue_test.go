package diagnose

import (
	"slices"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

// TestPagesInTheProgram holds the catalogue and the pages that the program has
// together. What a page has to say is tested beside the pages.
func TestPagesInTheProgram(t *testing.T) {
	var codes []string
	for _, k := range Catalogue() {
		codes = append(codes, k.Code)
		if _, ok := docs.Finding(k.Code); !ok {
			t.Errorf("%s has no page", k.Code)
		}
	}
	if !slices.Equal(codes, docs.Findings()) {
		t.Errorf("the codes are %v, the pages are of %v", codes, docs.Findings())
	}
}
