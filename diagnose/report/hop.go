package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// hops tells the way, numbered, with the stages of each hop below it.
func (t *text) hops(indent int, hops []diagnose.Hop) {
	num := len(strconv.Itoa(len(hops))) + 1
	col := 0
	for _, h := range hops {
		if w := t.columns(hopName(h)) + gap; w <= t.width*2/5 {
			col = max(col, w)
		}
	}
	for i, h := range hops {
		t.item(indent-gap, []cell{
			margin(h.Verdict),
			{text: strconv.Itoa(i + 1), width: num},
			{text: hopName(h), width: max(col, 8)},
		}, h.Says, h.Finding)
		t.hop(indent+num+gap, h)
	}
}

func hopName(h diagnose.Hop) string {
	if name := path(h.Namespace, h.Name); name != "" {
		return name
	}
	if h.Role == diagnose.RoleNetwork {
		return string(diagnose.StageNetworkPolicy)
	}
	return string(h.Role)
}

// hop tells what is below the line of a hop.
func (t *text) hop(indent int, h diagnose.Hop) {
	if t.wide {
		t.para(indent, hopLine(h))
	}
	col := len("note") + gap
	for _, st := range h.Stages {
		col = max(col, t.columns(string(st.Name))+gap)
	}
	for _, n := range h.Notes {
		t.item(indent, []cell{{text: "note", width: col}}, n, "")
	}
	for _, st := range h.Stages {
		t.stage(indent, col, st, h)
	}
	if t.wide {
		t.skipped(indent, h.Skipped)
	}
}

// skipped tells which policies do not attach: in the wide form only that they do not,
// in the full form why.
func (t *text) skipped(indent int, all []authz.Skipped) {
	if len(all) > 0 {
		t.para(indent, "policies that do not apply here")
	}
	for _, s := range all {
		line := fmt.Sprintf("%s  %s, %s", s.Policy, s.Action, s.Reason)
		if t.full {
			line += ": " + s.Words
		}
		t.item(indent+gap, nil, line, "")
	}
}

// hopLine is the facts of a hop in a line.
func hopLine(h diagnose.Hop) string {
	line := []string{string(h.Role)}
	for _, f := range hopFacts(h) {
		line = append(line, f.Name+" "+f.Words)
	}
	return strings.Join(append(line, strings.ToLower(lookOf(h.Verdict).word)), ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// stage tells one stage. The short form leaves out one that only repeats its
// hop, and the reasons of one that allows.
func (t *text) stage(indent, col int, st diagnose.Stage, h diagnose.Hop) {
	decides := st.Verdict != diagnose.Allowed
	head := []cell{margin(st.Verdict), named(string(st.Name), col, st.Verdict)}
	if t.wide {
		head = append(head, cell{text: strings.ToLower(lookOf(st.Verdict).word), width: len("undetermined") + gap})
	}
	if t.wide || !repeats(st, h) {
		t.item(indent-gap, head, st.Says, "")
	}
	if t.wide || decides {
		t.setting(indent+gap, st)
	}
	for _, n := range st.Notes {
		t.item(indent+gap, []cell{{text: "note:", width: 6}}, n, "")
	}
	switch {
	case t.full:
		t.walk(indent+gap, viewStage(st))
		return
	case t.wide:
		t.considered(indent+gap, viewStage(st))
	}
	if decides {
		t.reasons(indent+gap, st)
	}
}

// repeats reports whether a stage says no more than its hop does.
func repeats(st diagnose.Stage, h diagnose.Hop) bool {
	return st.Verdict == h.Verdict && (st.Says == h.Says || h.Role == diagnose.RoleNetwork && h.Verdict == diagnose.Allowed)
}

// considered tells of each policy of a stage what came of it, without its rules.
func (t *text) considered(indent int, st StageView) {
	for _, p := range st.Policies {
		if n := len(p.Rules); n > 0 {
			p.Facts = append(p.Facts, count(n, "rule", "rules"))
		}
		t.item(indent, nil, p.Name+"  "+strings.Join(p.Facts, ", "), "")
	}
	// A direction that nothing selects and that has no more to say is told by its stage.
	if n := st.Network; n != nil && (len(n.Chosen) > 0 || strings.Contains(n.Says, ": ")) {
		t.item(indent, nil, n.Says, "")
		t.remarks(indent+gap, n.Chosen)
	}
}

// setting names what decides a stage without rules, where its line does not.
func (t *text) setting(indent int, st diagnose.Stage) {
	var out []string
	for _, s := range []string{st.Policy, st.Field} {
		if s != "" && (t.wide || !strings.Contains(st.Says, s)) {
			out = append(out, s)
		}
	}
	if len(out) > 0 {
		t.item(indent, nil, strings.Join(out, "  "), "")
	}
}
