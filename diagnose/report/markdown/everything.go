package markdown

import (
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// everything folds away all that is known of an answer.
func (p *page) everything(i int, a report.AnswerView, v report.View) {
	title := "Every hop, policy, rule and field"
	if len(v.Answers) > 1 {
		title += ", way " + strconv.Itoa(i+1)
	}
	p.fold(title, func() {
		p.gap()
		for _, s := range a.Sources {
			p.item(0, "source: "+code(s, line))
		}
		for _, e := range a.Endpoints {
			p.item(0, "endpoint: "+code(e, line))
		}
		if a.DecidedBy != "" {
			p.item(0, "decided by: "+prose(a.DecidedBy, line))
		}
		for _, h := range a.Hops {
			p.hop(h)
		}
	})
}

func (p *page) hop(h report.HopView) {
	p.para("**" + h.Number + "** **" + prose(h.Name, line) + "** " + state(h.Look) + " " + prose(h.Says, line))
	facts := []string{prose(h.Role, line)}
	for _, f := range h.Facts {
		facts = append(facts, f.Name+" "+code(f.Words, line))
	}
	p.gap()
	p.item(0, strings.Join(facts, ", "))
	for _, n := range h.Notes {
		p.item(0, "note: "+prose(n, line))
	}
	for _, st := range h.Stages {
		p.stage(st)
	}
	if len(h.Skipped) > 0 {
		p.item(0, "policies that do not apply here")
	}
	for _, s := range h.Skipped {
		p.item(1, code(s.Policy, line)+" "+prose(s.Action, line)+", "+prose(s.Reason, line)+": "+prose(s.Words, line))
	}
}

func (p *page) stage(st report.StageView) {
	p.item(0, "**"+prose(st.Name, line)+"** "+state(st.Look)+" "+prose(st.Says, line))
	p.below(1, pair(code(st.Policy, line), code(st.Field, line)))
	for _, n := range st.Notes {
		p.item(1, "note: "+prose(n, line))
	}
	if len(st.Near) > 0 {
		p.item(1, "nearest to a match, the rule that lacks least first")
	}
	for _, n := range st.Near {
		p.item(2, prose(n.Rule, line)+" lacks "+prose(n.Lacks, line))
		p.fields(3, n.Fields)
	}
	for _, pol := range st.Policies {
		p.item(1, code(pol.Name, line)+" "+prose(strings.Join(pol.Facts, ", "), line))
		p.remarks(2, pol.Remarks)
		for _, r := range pol.Rules {
			p.rule(r)
		}
	}
	if n := st.Network; n != nil {
		p.item(1, prose(n.Says, line))
		p.remarks(2, n.Chosen)
		p.fields(2, n.Near)
		p.remarks(2, n.Remarks)
	}
}

func (p *page) rule(r report.RuleView) {
	p.item(2, code(r.Name, line)+" matches: "+r.Matches)
	p.remarks(3, r.Remarks)
	if r.Every {
		p.item(3, "no fields: every request")
	}
	p.fields(3, r.Fields)
}

func (p *page) fields(depth int, all []report.FieldView) {
	for _, f := range all {
		p.item(depth, f.Lead+" "+code(f.Field, line)+" "+wantedGot(f.Wanted, f.Got))
		p.remarks(depth+1, f.Remarks)
	}
}

func (p *page) remarks(depth int, all []report.Remark) {
	for _, r := range all {
		p.item(depth, r.Kind+": "+prose(r.Words, line))
	}
}
