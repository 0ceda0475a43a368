package sarif

import (
	"io"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// verdictRule is the rule of a result that is an answer and no finding.
const verdictRule = "verdict"

// Diagnosis writes d as SARIF: a result for each answer, whose kind is the standard's
// word for its verdict, with the way as a code flow, and a result for each finding. It
// names objects and fields; files and lines, which a Diagnosis does not know, are what
// lint tells. page returns the page of a code.
func Diagnosis(w io.Writer, d *diagnose.Diagnosis, version string, page Page) error {
	v := report.NewView(d)
	var codes []string
	for _, f := range v.Findings {
		codes = append(codes, f.Code)
	}
	rules := append(Rules(codes, page), Rule{
		ID: verdictRule, Short: Text{Text: "Can the source reach the target?"}, Default: Config{"error"},
		Help: Text{Text: "pass: allowed; fail: denied; review: it depends on what the question leaves open; open: it could not be determined"},
	})
	log := New(version, rules)
	run := &log.Runs[0]
	run.Properties = map[string]string{"verdict": v.Key, "title": v.Title, "summary": v.Summary, "origin": v.Origin}
	for _, a := range v.Answers {
		run.Results = append(run.Results, answer(a, v, len(rules)-1))
	}
	if len(v.Answers) == 0 {
		run.Results = append(run.Results, answer(report.AnswerView{Look: v.Look}, v, len(rules)-1))
	}
	for _, f := range v.Findings {
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == f.Code })
		run.Results = append(run.Results, finding(f, v.Help, at))
	}
	return log.Write(w)
}

// answer is the result of an answer.
func answer(a report.AnswerView, v report.View, rule int) Result {
	out := Result{RuleID: verdictRule, RuleIndex: rule, Level: "none"}
	switch a.Key {
	case "allowed":
		out.Kind = "pass"
	case "denied":
		out.Kind, out.Level = "fail", "error"
	case "conditional":
		out.Kind = "review"
	default:
		out.Kind = "open"
	}
	says := []string{a.Word + "  " + v.Title, a.Whose, a.Summary}
	if a.Whose == "" && a.Summary == "" {
		says = append(says, v.Summary)
	}
	for _, c := range a.Conditions {
		says = append(says, c.Heading+" "+strings.Join(c.Alternatives, ", or "))
	}
	out.Message.Text = strings.Join(slices.DeleteFunc(says, func(s string) bool { return s == "" }), "\n")
	for _, e := range a.Endpoints {
		out.Locations = append(out.Locations, Location{Logical: []Logical{{Name: e, Kind: "endpoint"}}})
	}
	if steps := way(a); len(steps) > 0 {
		out.CodeFlows = []CodeFlow{{Message: &Text{Text: "the way of the request"}, Threads: []ThreadFlow{{steps}}}}
	}
	return out
}

// way is the way of an answer, a step for each hop and each stage.
func way(a report.AnswerView) []Step {
	var out []Step
	add := func(name, kind, says string) {
		out = append(out, Step{Location{Logical: []Logical{{Name: name, Kind: kind}}, Message: &Text{Text: says}}})
	}
	for _, h := range a.Hops {
		add(h.Name, h.Role, h.Key+": "+h.Says)
		for _, st := range h.Stages {
			add(h.Name+" "+st.Name, "stage", st.Key+": "+st.Says)
		}
	}
	return out
}

func finding(f report.FindingView, help []report.HelpView, rule int) Result {
	says := f.Message
	for _, h := range help {
		if h.Code == f.Code {
			says += "\nWhat would help: " + h.Words
		}
	}
	out := Result{RuleID: f.Code, RuleIndex: rule, Level: Level(diagnose.Severity(f.Severity)), Message: Text{Text: says}}
	for _, o := range f.Objects {
		out.Locations = append(out.Locations, Location{Logical: []Logical{{Name: strings.TrimSpace(o + " " + f.Field), Kind: "object"}}})
	}
	return out
}
