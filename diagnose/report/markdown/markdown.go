package markdown

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/graph"
)

// Write writes d. The output has no control character but the newline, whatever d holds.
func Write(w io.Writer, d *diagnose.Diagnosis) error {
	p := &page{}
	v := report.NewView(d)
	p.head(v)
	for _, a := range v.Answers {
		p.answer(a, v)
	}
	p.findings(v)
	p.help(v.Help)
	p.section("Not known", v.Missing)
	p.unread(v.Unread)
	p.section("Notes", v.Notes)
	p.folded(d, v)
	if v.Origin != "" {
		p.para("Read from " + prose(v.Origin, line))
	}
	if _, err := w.Write(p.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page is a sheet of Markdown. What its methods take is Markdown already.
type page struct{ bytes.Buffer }

// para writes a paragraph; nothing if it is empty.
func (p *page) para(s string) {
	if s != "" {
		p.gap()
		p.WriteString(s + "\n")
	}
}

// gap writes an empty line, except at the beginning.
func (p *page) gap() {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
}

// item writes an item of a list that is so deep.
func (p *page) item(depth int, s string) {
	p.WriteString(strings.Repeat("  ", depth) + "- " + s + "\n")
}

// section writes a list of sentences below a heading.
func (p *page) section(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.para("#### " + heading)
	p.gap()
	for _, l := range lines {
		p.item(0, prose(l, line))
	}
}

// head is the verdict and its cause.
func (p *page) head(v report.View) {
	p.para("### " + verdict(v.Look) + "  " + prose(v.Title, line))
	p.para(prose(v.Summary, line))
	p.symptom(v.Symptom)
}

func (p *page) symptom(s string) {
	if s != "" {
		p.para("The client sees: " + prose(s, line))
	}
}

// verdict is a verdict by its mark and its word.
func verdict(l report.Look) string { return strings.TrimSpace(l.Mark + " " + l.Word) }

// state is a verdict in a table: what allows does not stand out.
func state(l report.Look) string {
	if !l.Decides() {
		return l.Key
	}
	return "**" + l.Mark + " " + l.Key + "**"
}

func (p *page) findings(v report.View) {
	if len(v.Findings) == 0 {
		return
	}
	p.para("#### Findings")
	p.gap()
	for _, f := range v.Findings {
		p.item(0, "**"+strings.TrimSpace(code(f.Code, line)+" "+prose(f.Severity, line))+"** "+prose(f.Title, line))
		p.below(1, prose(f.Message, line))
		for _, o := range f.Objects {
			p.below(1, code(o, line))
		}
		p.below(1, code(f.Field, line))
	}
}

// below writes an item, unless it is empty.
func (p *page) below(depth int, s string) {
	if s != "" {
		p.item(depth, s)
	}
}

func (p *page) help(all []report.HelpView) {
	if len(all) == 0 {
		return
	}
	p.para("#### What would help")
	p.gap()
	for _, h := range all {
		p.item(0, "**"+h.Letter+"** "+prose(h.Words, line)+" "+code(h.Code, line))
	}
}

func (p *page) unread(all []report.UnreadView) {
	if len(all) == 0 {
		return
	}
	p.para("#### Could not be read")
	p.gap()
	p.WriteString("| resource | namespace | name | reason | message |\n|:--|:--|:--|:--|:--|\n")
	for _, u := range all {
		p.row(code(u.Resource, cell), code(u.Namespace, cell), code(u.Name, cell), prose(u.Reason, cell), prose(u.Message, cell))
	}
}

func (p *page) row(cells ...string) {
	p.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// fold writes what is folded away below a title, which is HTML.
func (p *page) fold(title string, body func()) {
	p.gap()
	p.WriteString("<details><summary>" + title + "</summary>\n")
	body()
	p.gap()
	p.WriteString("</details>\n")
}

// folded is what not everybody wants to read.
func (p *page) folded(d *diagnose.Diagnosis, v report.View) {
	for i, a := range v.Answers {
		p.everything(i, a, v)
	}
	if len(v.Answers) > 0 {
		p.fold("The way as a diagram", func() {
			var b bytes.Buffer
			_ = graph.Mermaid(&b, d) // a Buffer takes everything
			p.para("```mermaid\n" + strings.TrimRight(b.String(), "\n") + "\n```")
		})
	}
	p.fold("The question", func() {
		p.gap()
		for _, f := range v.Question {
			p.item(0, prose(f.Name, line)+": "+code(f.Words, line))
		}
	})
}
