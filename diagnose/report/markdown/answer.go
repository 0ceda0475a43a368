package markdown

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// answer tells the answer for one group of sources and endpoints.
func (p *page) answer(a report.AnswerView, v report.View) {
	switch {
	case a.Whose != "":
		p.para("#### " + verdict(a.Look) + "  " + prose(a.Whose, line))
	case a.Look != v.Look:
		p.para("#### " + verdict(a.Look))
	}
	p.para(prose(a.Summary, line))
	p.symptom(a.Symptom)
	p.chain(a.Chain)
	if a.Given != "" {
		p.para("This is if " + prose(a.Given, line) + ".")
	}
	if a.Share != "" {
		p.para(a.Share + " of the requests take this way.")
	}
	for _, c := range a.Conditions {
		p.para("**" + c.Heading + "**")
		p.gap()
		for _, words := range c.Alternatives {
			p.item(0, prose(words, line))
		}
	}
	p.way(a.Hops)
	p.reasons(a.Hops)
	p.section("Not known here", a.Missing)
}

// chain tells how a denial comes about, from the root to what the client sees.
func (p *page) chain(links []report.LinkView) {
	if len(links) == 0 {
		return
	}
	p.para("#### How it comes about")
	p.gap()
	for _, l := range links {
		carries := pair(code(l.Object, line), code(l.Field, line))
		if carries != "" {
			carries = " – " + carries
		}
		p.WriteString(l.Number + ". " + pair(prose(l.Says, line), code(l.Code, line)) + carries + "\n")
	}
}

// way is the table of hops and stages.
func (p *page) way(hops []report.HopView) {
	if len(hops) == 0 {
		return
	}
	p.gap()
	p.WriteString("| | the way | | |\n|--:|:--|:--|:--|\n")
	for _, h := range hops {
		p.row(h.Number, "**"+prose(h.Name, cell)+"**", state(h.Look), strings.TrimSpace(prose(h.Says, cell)+" "+code(h.Finding, cell)))
		for _, st := range h.Stages {
			if !st.Repeats {
				p.row("", "· "+prose(st.Name, cell), state(st.Look), prose(st.Says, cell))
			}
		}
	}
}

// reasons tells of each stage that does not allow what keeps it from that.
func (p *page) reasons(hops []report.HopView) {
	var all page
	for _, h := range hops {
		for _, st := range h.Stages {
			if st.Decides() {
				all.stageReasons(st)
			}
		}
	}
	if all.Len() > 0 {
		p.para("What decides:")
		p.gap()
		p.Write(all.Bytes())
	}
}

func (p *page) stageReasons(st report.StageView) {
	p.below(0, pair(code(st.Policy, line), code(st.Field, line)))
	for _, r := range st.Reasons {
		says := prose(r.Says, line)
		if says == "" {
			says = wantedGot(r.Wanted, r.Got)
		}
		p.item(0, pair(code(r.Policy, line), code(r.Field, line))+": "+says)
		for _, s := range r.Remarks {
			p.item(1, prose(s, line))
		}
	}
	p.below(0, prose(st.More, line))
}

func wantedGot(wanted, got string) string {
	return "wanted " + code(wanted, line) + ", got " + code(got, line)
}

// pair joins two words, of which one may be missing.
func pair(a, b string) string { return strings.TrimSpace(a + " " + b) }
