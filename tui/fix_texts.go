package tui

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// command is the one that shows the candidate.
func (s *repairs) command(*Model) []string {
	out := append([]string{"fix"}, s.question.Args()...)
	if c := s.candidate(); c != nil {
		out = append(out, "--pick", c.ID)
		if s.yaml {
			out = append(out, "-o", "yaml")
		}
	}
	return out
}

// copies are the candidate as others take it.
func (s *repairs) copies(*Model) []copyable {
	c := s.candidate()
	if c == nil {
		return nil
	}
	name := "fix-" + c.ID
	return []copyable{
		{what: "YAML of candidate " + c.ID, file: name + ".yaml", text: func() (string, error) { return objects(*c) }},
		{what: "diff of candidate " + c.ID, file: name + ".diff", text: func() (string, error) { return diff(*c), nil }},
	}
}

// objects are those of a candidate, as manifests.
func objects(c fix.Candidate) (string, error) {
	var b strings.Builder
	err := fix.Print(&b, &fix.Proposal{Candidates: []fix.Candidate{c}}, "yaml", true)
	return b.String(), err
}

// diff is what becomes of a candidate's objects.
func diff(c fix.Candidate) string {
	var b strings.Builder
	for _, change := range c.Changes {
		b.WriteString(fix.Diff(change))
	}
	return b.String()
}
