package report

import (
	"strconv"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// findings tells causes; the short form leaves out those that the line of a hop
// has already told.
func (t *text) findings(s diagnose.Status) {
	told := make(map[string]bool)
	for _, a := range s.Answers {
		for _, h := range a.Hops {
			told[h.Finding] = true
		}
	}
	first := true
	for _, f := range s.Findings {
		if told[f.Code] && !t.wide {
			continue
		}
		if first {
			t.heading(2, "Findings")
			first = false
		}
		t.finding(f)
	}
}

func (t *text) finding(f diagnose.Finding) {
	hang := 4 + len(f.Code) + gap
	head := []cell{
		{text: f.Code, width: t.columns(f.Code) + gap, style: bold},
		{text: string(f.Severity), width: len(diagnose.SeverityWarning) + gap},
	}
	t.item(4, head, f.Title, "")
	t.para(hang, f.Message)
	if t.wide {
		for _, o := range f.Objects {
			t.item(hang, nil, o, "")
		}
		t.item(hang, nil, f.Field, "")
	}
}

// help tells what would help, in the order of the findings.
func (t *text) help(fs []diagnose.Finding) {
	n := 0
	for _, f := range fs {
		for _, h := range f.Help {
			if n == 0 {
				t.heading(2, "What would help")
			}
			t.item(4, []cell{{text: letter(n), width: 3}}, h, f.Code)
			n++
		}
	}
}

// letter numbers alternatives: a to z, then 27 and on.
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return strconv.Itoa(i + 1)
}
