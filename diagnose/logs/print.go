package logs

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Text writes a group and its answer in words. Words are what is typed before a question.
func Text(w io.Writer, g *Group, a Answer, o report.TextOptions, words ...string) error {
	var b strings.Builder
	title := map[Effect]string{Denied: "DENIED", DryRun: "DRY RUN", Broken: "BROKEN"}[g.Effect]
	paragraph(&b, report.Paint(o.Color, report.Bold, title)+"  ", len(title)+2, g.Title(), o)
	paragraph(&b, "  Log:      ", 12, g.Words()+" ("+g.place()+")", o)
	objects := a.Note
	if a.Summary != "" {
		objects = strings.TrimSuffix(a.Note, ".") + ". " + a.Summary
	}
	paragraph(&b, "  Objects:  ", 12, objects, o)
	if a.Asked.Source != "" {
		b.WriteString("  More:     " + report.Clean(Command(a.Asked, words...), o.ASCII) + "\n")
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// paragraph writes s behind lead, and its further lines below its first.
func paragraph(b *strings.Builder, lead string, indent int, s string, o report.TextOptions) {
	for _, line := range report.Wrap(report.Clean(s, o.ASCII), max(40, min(o.Width, 100))-indent) {
		b.WriteString(lead + line + "\n")
		lead = strings.Repeat(" ", indent)
	}
}

// place says where in the log a group is: how often, which lines, and when.
func (g *Group) place() string {
	s := string(g.Format) + ", line " + strconv.Itoa(g.Line)
	if g.Count > 1 {
		s = fmt.Sprintf("%s, %d times, lines %d to %d", g.Format, g.Count, g.Line, g.LastLine)
	}
	first, last := second(g.FirstTime), second(g.LastTime)
	if first == "" {
		return s
	}
	if first == last {
		return s + ", at " + first
	}
	return s + ", from " + first + " to " + last
}

func second(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05Z")
}

// String is the summary in a line.
func (s Stats) String() string {
	out := fmt.Sprintf("%s: %d denied, %d denied in a dry run, %d broken, %d without a denial, %d not understood",
		count(s.Lines, "line"), s.Denied, s.DryRun, s.Broken, s.Others, s.Unknown)
	if s.Cut > 0 {
		out += fmt.Sprintf("; %d cut after 1 MiB", s.Cut)
	}
	if s.Lines > 0 && s.Unknown == s.Lines {
		out += "; the log of a sidecar is that of its container: kubectl logs -c istio-proxy"
	}
	return out
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// View is a group and its answer as JSON.
type View struct {
	Count     int       `json:"count"`
	FirstLine int       `json:"firstLine"`
	LastLine  int       `json:"lastLine"`
	FirstTime time.Time `json:"firstTime,omitzero"`
	LastTime  time.Time `json:"lastTime,omitzero"`
	Format    Format    `json:"format"`
	Effect    Effect    `json:"effect"`
	Reason    Reason    `json:"reason"`
	Policy    string    `json:"policy,omitempty"`
	Rule      *int      `json:"rule,omitempty"`
	Words     string    `json:"words"`
	Source    Source    `json:"source"`
	Target    Target    `json:"target"`
	Request   Request   `json:"request"`
	Objects   Objects   `json:"objects"`
}

// Objects is an answer as JSON.
type Objects struct {
	Source  string            `json:"source,omitempty"`
	Target  string            `json:"target,omitempty"`
	Command string            `json:"command,omitempty"`
	Verdict *diagnose.Verdict `json:"verdict,omitempty"`
	Accord  Accord            `json:"accord,omitempty"`
	Note    string            `json:"note"`
	Summary string            `json:"summary,omitempty"`
	Reason  *diagnose.Reason  `json:"reason,omitempty"`
}

// NewView puts a group and its answer in the form for programs.
func NewView(g *Group, a Answer, words ...string) View {
	v := View{
		Count: g.Count, FirstLine: g.Line, LastLine: g.LastLine, FirstTime: g.FirstTime, LastTime: g.LastTime,
		Format: g.Format, Effect: g.Effect, Reason: g.Reason, Policy: g.Policy, Words: g.Words(),
		Source: g.Source, Target: g.Target, Request: g.Request,
		Objects: Objects{Note: report.Clean(a.Note, false), Summary: report.Clean(a.Summary, false), Accord: a.Accord},
	}
	if g.Rule >= 0 {
		v.Rule = &g.Rule
	}
	if a.Asked.Source != "" {
		o := &v.Objects
		o.Source, o.Target, o.Command = a.Asked.Source, a.Asked.Target, Command(a.Asked, words...)
		o.Verdict, o.Reason = &a.Verdict, &a.Reason
	}
	return v
}

// Report is all that came out, as JSON.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Lines      Stats  `json:"lines"`
	// Others are the lines of events that are in no group: there are too many.
	Others int    `json:"ungrouped"`
	Groups []View `json:"groups"`
}

// JSON writes v, indented or in one line.
func JSON(w io.Writer, v any, indent bool) error {
	if indent {
		return report.JSON(w, v)
	}
	e := json.NewEncoder(report.PlainJSON(w))
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
