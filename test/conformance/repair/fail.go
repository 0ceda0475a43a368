package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// errElsewhere is of changes that worlds have no place for.
var errElsewhere = errors.New("a change that worlds have no place for")

// fails notes what is wrong with a case, or with a candidate for it, and keeps both.
func (r *run) fails(c *Case, candidate *fix.Candidate, why string) {
	words := fmt.Sprintf("seed %d world %d", r.Seed, c.N)
	if candidate != nil {
		words += fmt.Sprintf(" candidate %s (%s: %s)", candidate.ID, candidate.Kind, candidate.Title)
	}
	words += ": " + why
	file := filepath.Join(r.dir, fmt.Sprintf("world-%d.yaml", c.N))
	if err := os.WriteFile(file, []byte(c.document(candidate, words)), 0o644); err != nil {
		words += " (not kept: " + err.Error() + ")"
	} else {
		words += " (" + file + ")"
	}
	r.result.Mismatches = append(r.result.Mismatches, words)
	fmt.Fprintf(r.Log, "MISMATCH fix: %s\n", words)
}

// document is a case to look at: the cluster, with the question, what is wrong and the
// objects of the candidate as comments.
func (c *Case) document(candidate *fix.Candidate, words string) string {
	var out strings.Builder
	comment := func(text string) {
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			out.WriteString("# " + line + "\n")
		}
	}
	comment(words)
	question, err := json.Marshal(c.Question)
	if err != nil {
		question = []byte(err.Error())
	}
	comment(string(question))
	comment(fmt.Sprintf("%+v", c.Asked))
	if candidate != nil {
		effect, err := json.Marshal(candidate.Effect)
		if err != nil {
			effect = []byte(err.Error())
		}
		comment(string(effect))
		for _, change := range candidate.Changes {
			comment(fix.Diff(change))
		}
	}
	return out.String() + c.Manifest
}
