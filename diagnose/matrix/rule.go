package matrix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Rule says that there must be no path: SOURCES -> TARGETS, each a [Pattern]. A path is a
// verdict that is not a certain denial; with => instead of -> it is one that lets some
// request through for certain, Allowed or Conditional.
type Rule struct {
	text     string
	from, to Pattern
	certain  bool
}

// ParseRule reads a rule.
func ParseRule(text string) (Rule, error) {
	r := Rule{text: strings.TrimSpace(text)}
	from, to, ok := strings.Cut(text, "->")
	if !ok {
		if from, to, ok = strings.Cut(text, "=>"); !ok {
			return r, fmt.Errorf("rule %q: want SOURCES -> TARGETS, such as 'foo -> bar': no path from namespace foo to namespace bar", text)
		}
		r.certain = true
	}
	var err error
	if r.from, err = ParsePattern(from); err != nil {
		return r, fmt.Errorf("rule %q: %w", text, err)
	}
	if r.to, err = ParseTargets(to); err != nil {
		return r, fmt.Errorf("rule %q: %w", text, err)
	}
	if slices.Contains(r.to.some, "mesh") || slices.Contains(r.to.some, "outside") {
		return r, fmt.Errorf("rule %q: mesh and outside are sources: nothing is known of what they would answer", text)
	}
	return r, nil
}

// String is the rule as it was given.
func (r Rule) String() string { return r.text }

// path reports whether a verdict is one.
func (r Rule) path(v diagnose.Verdict) bool {
	return v != diagnose.Denied && (v != diagnose.Undetermined || !r.certain)
}

// Violation is a path that a rule forbids.
type Violation struct {
	Rule    string           `json:"rule"`
	Sources []string         `json:"sources"`
	Targets []string         `json:"targets"`
	Verdict diagnose.Verdict `json:"verdict"`
	When    []string         `json:"when,omitempty"`
}

// Check finds the paths that the rules forbid, and which patterns of theirs fit nothing: a
// rule about nobody holds, and is hardly what was meant.
func (m *Matrix) Check(rules []Rule) (violations []Violation, idle []string) {
	for _, r := range rules {
		sources := slices.ContainsFunc(m.Sources, r.from.Source)
		targets := slices.ContainsFunc(m.Targets, r.to.Target)
		if !sources {
			idle = append(idle, fmt.Sprintf("rule %q: no source is %s", r, r.from))
		}
		if !targets {
			idle = append(idle, fmt.Sprintf("rule %q: no target is %s", r, r.to))
		}
		if sources && targets {
			violations = append(violations, m.check(r)...)
		}
	}
	return violations, idle
}

func (m *Matrix) check(r Rule) []Violation {
	rows := make([][]string, len(m.Rows))
	for i, row := range m.Rows {
		var chosen []int
		for _, s := range row.Members {
			if r.from.Source(m.Sources[s]) {
				chosen = append(chosen, s)
			}
		}
		rows[i] = m.names(chosen)
	}
	var out []Violation
	for ci := range m.Columns {
		var targets []string
		for _, t := range m.Columns[ci].Targets {
			if r.to.Target(m.Targets[t]) {
				targets = append(targets, m.Targets[t].Name)
			}
		}
		if len(targets) == 0 {
			continue
		}
		for _, g := range m.Columns[ci].Groups {
			cell := m.Cells[g.Cell]
			if !r.path(cell.Verdict) {
				continue
			}
			var sources []string
			for _, row := range m.RowsOf(&m.Columns[ci], g) {
				sources = append(sources, rows[row]...)
			}
			if len(sources) > 0 {
				out = append(out, Violation{Rule: r.String(), Sources: sources, Targets: targets, Verdict: cell.Verdict, When: cell.When})
			}
		}
	}
	return out
}

// String names the path in a line, with all of its pairs.
func (v Violation) String() string {
	out := fmt.Sprintf("rule '%s' is broken: %s → %s is %s", v.Rule, strings.Join(v.Sources, ", "), strings.Join(v.Targets, ", "), strings.ToLower(v.Verdict.String()))
	if len(v.When) > 0 {
		out += " (" + strings.Join(v.When, "; ") + ")"
	}
	return out
}
