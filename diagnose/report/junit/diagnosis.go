package junit

import (
	"bytes"
	"io"
	"strconv"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Diagnosis writes d as one suite with a case for each answer, or one if there is none.
// Allowed passes; Denied and Conditional are failures, since the request does not pass
// or not always; Undetermined is an error: it could not be found out. What the suite
// printed is the wide text.
func Diagnosis(w io.Writer, d *diagnose.Diagnosis) error {
	v := report.NewView(d)
	var text bytes.Buffer
	if err := report.Text(&text, d, report.TextOptions{Wide: true}); err != nil {
		return err
	}
	suite := &Suite{Name: v.Title, Out: text.String()}
	for i, a := range v.Answers {
		c := Case{Name: v.Title, Class: "authz-doctor"}
		if a.Whose != "" {
			c.Name += " " + strconv.Itoa(i+1) + ": " + a.Whose
		}
		said := func(own, all string) string {
			if own == "" && a.Whose == "" {
				return all
			}
			return own
		}
		missing := a.Missing
		if a.Whose == "" && missing == nil {
			missing = v.Missing
		}
		c.judge(a.Look, said(a.Summary, v.Summary), said(a.Symptom, v.Symptom), missing, a)
		suite.Cases = append(suite.Cases, c)
	}
	if len(v.Answers) == 0 {
		c := Case{Name: v.Title, Class: "authz-doctor"}
		c.judge(v.Look, v.Summary, v.Symptom, v.Missing, report.AnswerView{})
		suite.Cases = []Case{c}
	}
	out := Suites{Name: "authz-doctor", Suites: []*Suite{suite}}
	return out.Write(w)
}

// judge makes a case what its verdict is.
func (c *Case) judge(l report.Look, summary, symptom string, missing []string, a report.AnswerView) {
	if !l.Decides() {
		return
	}
	t := &Trouble{Message: l.Word + ": " + summary, Type: l.Key}
	add := func(s string) {
		if s != "" {
			t.Text += "\n" + s
		}
	}
	if symptom != "" {
		add("The client sees: " + symptom)
	}
	for _, c := range a.Conditions {
		for _, words := range c.Alternatives {
			add(c.Heading + " " + words)
		}
	}
	if a.DecidedBy != "" {
		add("Decided by " + a.DecidedBy)
	}
	for _, m := range missing {
		add("Not known: " + m)
	}
	if t.Text != "" {
		t.Text += "\n"
	}
	if l.Key == "undetermined" {
		c.Error = t
		return
	}
	c.Failure = t
}
