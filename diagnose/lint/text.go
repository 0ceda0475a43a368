package lint

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Text writes the results for people, grouped by object, and a summary.
func (r *Report) Text(w io.Writer, o report.TextOptions) error {
	var b strings.Builder
	object := ""
	for _, one := range r.Results {
		if name := one.Object(); name != object {
			object = name
			fmt.Fprintf(&b, "%s%s\n", report.Paint(o.Color, report.Bold, report.Clean(name, o.ASCII)), in(one.File, o))
		}
		one.text(&b, o)
	}
	b.WriteString(r.Summary.String() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func in(file string, o report.TextOptions) string {
	if file == "" {
		return ""
	}
	return "  " + report.Clean(file, o.ASCII)
}

func (r Result) text(b *strings.Builder, o report.TextOptions) {
	style := map[diagnose.Severity]string{diagnose.SeverityError: report.Red, diagnose.SeverityWarning: report.Yellow}[r.Severity]
	line := ""
	if r.Line > 0 {
		line = fmt.Sprintf("  line %d", r.Line)
	}
	fmt.Fprintf(b, "  %s %s  %s%s\n", report.Paint(o.Color, style, fmt.Sprintf("%-7s", r.Severity)), r.Code, report.Clean(r.Field, o.ASCII), line)
	paragraph(b, o, "      ", sentence(r.Message))
	for _, help := range r.Help {
		paragraph(b, o, "      → ", help)
	}
	if r.Suppressed != "" {
		paragraph(b, o, "      ", "suppressed: "+r.Suppressed)
	}
	b.WriteString("\n")
}

// sentence ends a message with a full stop, unless it ends with a question.
func sentence(message string) string {
	if strings.HasSuffix(message, "?") {
		return message
	}
	return message + "."
}

// paragraph writes a text with what its first line begins with; the others are as far in.
func paragraph(b *strings.Builder, o report.TextOptions, begin, text string) {
	begin, text = strings.Repeat(" ", len(begin)-len(strings.TrimLeft(begin, " ")))+report.Clean(strings.TrimLeft(begin, " "), o.ASCII), report.Clean(text, o.ASCII)
	indent := len([]rune(begin))
	for _, line := range report.Wrap(text, max(20, o.Width-indent)) {
		b.WriteString(begin + line + "\n")
		begin = strings.Repeat(" ", indent)
	}
}

// String counts in words.
func (s Summary) String() string {
	out := fmt.Sprintf("%s: %s, %s", plural(s.Objects, "policy"), plural(s.Errors, "error"), plural(s.Warnings, "warning"))
	if s.Infos > 0 {
		out += fmt.Sprintf(", %d of information", s.Infos)
	}
	if s.Suppressed > 0 {
		out += fmt.Sprintf("; %d suppressed", s.Suppressed)
	}
	return out
}
