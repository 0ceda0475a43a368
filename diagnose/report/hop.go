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
	if t.full {
		t.para(indent, hopFacts(h))
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
	if t.full {
		t.skipped(indent, h.Skipped)
	}
}

// skipped tells which policies do not attach.
func (t *text) skipped(indent int, all []authz.Skipped) {
	if len(all) > 0 {
		t.para(indent, "policies that do not apply here")
	}
	for _, s := range all {
		t.item(indent+gap, nil, fmt.Sprintf("%s  %s, %s: %s", s.Policy, s.Action, s.Reason, s.Words), "")
	}
}

func hopFacts(h diagnose.Hop) string {
	facts := []string{string(h.Role), "data plane " + orNone(h.DataPlane), "principal " + orNone(h.Principal)}
	if h.Port != 0 {
		facts = append(facts, "port "+strconv.Itoa(int(h.Port)))
	}
	for _, f := range [][2]string{{"protocol", h.Protocol}, {"mode", h.Mode}, {"transport", h.Transport}, {"host", h.Host}, {"path", h.Path}} {
		if f[1] != "" {
			facts = append(facts, f[0]+" "+f[1])
		}
	}
	return strings.Join(append(facts, strings.ToLower(lookOf(h.Verdict).word)), ", ")
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
	repeats := st.Verdict == h.Verdict && (st.Says == h.Says || h.Role == diagnose.RoleNetwork && h.Verdict == diagnose.Allowed)
	head := []cell{margin(st.Verdict), named(string(st.Name), col, st.Verdict)}
	if t.full {
		head = append(head, cell{text: strings.ToLower(lookOf(st.Verdict).word), width: len("undetermined") + gap})
	}
	if t.full || !repeats {
		t.item(indent-gap, head, st.Says, "")
	}
	if t.full || decides {
		t.setting(indent+gap, st)
	}
	for _, n := range st.Notes {
		t.item(indent+gap, []cell{{text: "note:", width: 6}}, n, "")
	}
	switch {
	case t.full:
		t.walk(indent+gap, st)
	case decides:
		t.reasons(indent+gap, st)
	}
}

// setting names what decides a stage without rules, where its line does not.
func (t *text) setting(indent int, st diagnose.Stage) {
	var out []string
	for _, s := range []string{st.Policy, st.Field} {
		if s != "" && (t.full || !strings.Contains(st.Says, s)) {
			out = append(out, s)
		}
	}
	if len(out) > 0 {
		t.item(indent, nil, strings.Join(out, "  "), "")
	}
}
