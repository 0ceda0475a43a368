package matrix

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the template and the style sheet
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// parsed is the template, read when it is first needed.
var parsed = sync.OnceValues(func() (*template.Template, error) { return template.New("matrix").Parse(pageTemplate) })

// heat is what the page shows.
type heat struct {
	Style         template.CSS
	StyleHash     string // of the one style sheet that the page's policy allows
	Title, Totals string
	Columns       []heatColumn
	Rows          []heatRow
	Violations    []Violation
	Unread, Notes []string
}

type heatColumn struct {
	Number  int
	Targets []string
	Groups  []heatGroup
}

type heatRow struct {
	Number int
	Names  []string
	First  string
	More   int
	Cells  []heatCell
}

type heatCell struct{ Key, Mark, Word string }

type heatGroup struct {
	heatCell
	Names             []string
	When, By, Missing []string
	Connection        string
}

// HTML writes a page of its own: the heat map, and below it what each class of targets
// depends on. It asks for nothing else and needs no script.
func (m *Matrix) HTML(w io.Writer, violations []Violation) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, m.heat(violations)); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	return written(w, b.String())
}

// cleanedAll are violations of which everything can be shown.
func cleanedAll(violations []Violation) []Violation {
	var out []Violation
	for _, v := range violations {
		v.Rule, v.Sources, v.Targets, v.When = report.Clean(v.Rule, false), cleaned(v.Sources), cleaned(v.Targets), cleaned(v.When)
		out = append(out, v)
	}
	return out
}

func (m *Matrix) heat(violations []Violation) heat {
	sum := sha256.Sum256([]byte(pageStyle))
	out := heat{
		Style: template.CSS(pageStyle), StyleHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), //nolint:gosec // it is part of the program
		Title:  plural(len(m.Sources), "source") + " × " + plural(len(m.Targets), "target"),
		Totals: m.totals(), Violations: cleanedAll(violations), Unread: cleaned(m.Unread), Notes: cleaned(m.Notes),
	}
	p := &printer{m: m}
	for i := range m.Columns {
		c := &m.Columns[i]
		column := heatColumn{Number: i + 1, Targets: cleaned(m.targetNames(c))}
		for _, g := range c.Groups {
			cell := m.Cells[g.Cell]
			column.Groups = append(column.Groups, heatGroup{
				heatCell: heatOf(cell.Verdict), Names: cleaned(p.names(c, g)), When: cleaned(cell.When), By: cleaned(by(g)), Missing: cleaned(g.Missing),
				Connection: strings.ToLower(cell.Connection.String()),
			})
		}
		out.Columns = append(out.Columns, column)
	}
	for ri, r := range m.Rows {
		names := cleaned(r.Names)
		row := heatRow{Number: ri + 1, Names: names, First: names[0], More: len(names) - 1}
		for ci := range m.Columns {
			row.Cells = append(row.Cells, heatOf(m.Cell(ri, ci).Verdict))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func heatOf(v diagnose.Verdict) heatCell {
	_, mark, _ := look(v)
	if v == diagnose.Allowed {
		mark = "✓"
	}
	word := strings.ToLower(v.String())
	return heatCell{Key: word, Mark: mark, Word: word}
}

func cleaned(texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, report.Clean(t, false))
	}
	return out
}
