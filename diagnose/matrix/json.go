package matrix

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// published is the form for programs. Rows and columns are classes; of each column the
// cell that most rows have stands alone, and the others are listed.
type published struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Origin     string            `json:"origin"`
	Pairs      map[string]int    `json:"pairs"` // by verdict
	Rows       [][]string        `json:"rows"`
	Cells      []Cell            `json:"cells"`
	Columns    []publishedColumn `json:"columns"`
	Violations []Violation       `json:"violations,omitempty"`
	Unread     []string          `json:"unread,omitempty"`
	Notes      []string          `json:"notes,omitempty"`
}

type publishedColumn struct {
	Targets []string         `json:"targets"`
	Most    int              `json:"most"` // the place of a cell, of all rows that no group has
	Groups  []publishedGroup `json:"groups"`
}

type publishedGroup struct {
	Cell    int      `json:"cell"`
	Rows    []int    `json:"rows,omitempty"` // none: those of most
	By      []string `json:"by,omitempty"`
	Missing []string `json:"missing,omitempty"`
}

// JSON writes the matrix, and the paths that rules forbid.
func (m *Matrix) JSON(w io.Writer, violations []Violation) error {
	out := published{
		APIVersion: diagnose.APIVersion, Kind: "Matrix", Origin: m.Origin, Pairs: map[string]int{}, Rows: [][]string{},
		Cells: m.Cells, Columns: []publishedColumn{}, Violations: violations, Unread: m.Unread, Notes: m.Notes,
	}
	if out.Cells == nil {
		out.Cells = []Cell{}
	}
	for _, v := range verdicts {
		out.Pairs[v.String()] = m.Count(v)
	}
	for _, r := range m.Rows {
		out.Rows = append(out.Rows, r.Names)
	}
	for i := range m.Columns {
		out.Columns = append(out.Columns, m.published(&m.Columns[i]))
	}
	e := json.NewEncoder(report.PlainJSON(w))
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return nil
}

func (m *Matrix) published(c *Column) publishedColumn {
	out := publishedColumn{Targets: m.targetNames(c), Groups: []publishedGroup{}}
	most := -1
	for _, g := range c.Groups {
		rows := m.RowsOf(c, g)
		if len(rows) > most {
			most, out.Most = len(rows), g.Cell
		}
		out.Groups = append(out.Groups, publishedGroup{Cell: g.Cell, Rows: rows, By: g.By, Missing: g.Missing})
	}
	for i := range out.Groups {
		if out.Groups[i].Cell == out.Most {
			out.Groups[i].Rows = nil
		}
	}
	return out
}

// CSV writes a line for each pair of a source and a target.
func (m *Matrix) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"source", "target", "verdict", "connection", "when"})
	for ci := range m.Columns {
		for _, t := range m.targetNames(&m.Columns[ci]) {
			for ri, r := range m.Rows {
				cell := m.Cell(ri, ci)
				for _, s := range r.Names {
					_ = out.Write([]string{safe(s), safe(t), cell.Verdict.String(), cell.Connection.String(), safe(strings.Join(cell.When, "; "))})
				}
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return nil
}

// safe keeps a spreadsheet from taking a text for a formula.
func safe(s string) string {
	s = report.Clean(s, false)
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
