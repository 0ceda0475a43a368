package fix

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// WhatIfText writes a comparison in words.
func WhatIfText(w io.Writer, c *WhatIf, o report.TextOptions) error {
	s := &sheet{TextOptions: o}
	if len(c.Changes) == 0 {
		s.para(0, "Nothing changes: the objects are as they are already.")
	}
	for _, change := range c.Changes {
		s.line(0, "", change.Verb()+" "+change.Object())
	}
	if c.Before != nil && c.After != nil {
		s.line(0, "", "")
		s.answer("before", c.Before)
		s.answer("after", c.After)
	}
	if len(c.Changes) > 0 {
		s.line(0, "", "")
		s.reach("CLOSES", report.Red, c.Effect.Closes)
		s.reach("OPENS", report.Green, c.Effect.Opens)
		s.reach("UNSURE", report.Yellow, c.Effect.Unsure)
		for _, what := range c.Effect.Unseen {
			s.para(0, "UNSURE  "+what)
		}
		switch {
		case c.Effect.None() && len(c.Effect.Unseen) > 0:
			s.para(0, "No verdict changes of what could be looked at.")
		case c.Effect.None():
			s.para(0, "No verdict changes.")
		}
		s.para(0, "Looked at: "+c.Effect.Scope+".")
	}
	for _, n := range c.Notes {
		s.para(0, "note: "+n)
	}
	if _, err := io.WriteString(w, s.out.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func (s *sheet) answer(when string, d *diagnose.Diagnosis) {
	s.line(0, report.Bold, fmt.Sprintf("%-7s %s  %s", when, strings.ToUpper(d.Status.Verdict.String()), d.Status.Title))
	s.para(8, d.Status.Summary)
}

// reach writes what opens, closes or is not known, a line for each.
func (s *sheet) reach(word, style string, all []Reach) {
	for _, r := range all {
		lead := report.Paint(s.Color, style, fmt.Sprintf("%-7s", word)) + " "
		for _, l := range report.Wrap(report.Clean(r.String(), s.ASCII), max(40, min(s.width(), 100))-8) {
			s.out.WriteString(lead + l + "\n")
			lead = strings.Repeat(" ", 8)
		}
	}
}

// PrintWhatIf writes a comparison for programs, as yaml or json.
func PrintWhatIf(w io.Writer, c *WhatIf, format string) error {
	return printAs(w, tree{"apiVersion": "authz-doctor.dev/v1alpha1", "kind": "WhatIf", "status": c}, format)
}
