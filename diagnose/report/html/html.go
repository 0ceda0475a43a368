package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the template and the style sheet
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// page is what the template shows.
type page struct {
	report.View
	Style template.CSS
	// StyleHash is the one style sheet that the page's policy allows.
	StyleHash string
	Ways      []way
}

// way is an answer with its place on the page.
type way struct {
	report.AnswerView
	ID    string
	Steps []step
	Hops  []hop
}

// hop is a hop with its place on the page.
type hop struct {
	report.HopView
	ID string
}

// step is a piece of the diagram: a hop, or the connection to the next one.
type step struct {
	hop
	Leg   bool
	Words []string // of a connection
}

// Write writes d.
func Write(w io.Writer, d *diagnose.Diagnosis) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(report.NewView(d))); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// parsed is the template, read when it is first needed.
var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{"symbol": symbol, "section": newTerms}).Parse(pageTemplate)
})

func newPage(v report.View) page {
	sum := sha256.Sum256([]byte(pageStyle))
	p := page{
		View: v, Style: template.CSS(pageStyle), //nolint:gosec // it is part of the program
		StyleHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
	for i, a := range v.Answers {
		w := way{AnswerView: a, ID: "way" + strconv.Itoa(i+1)}
		for _, h := range a.Hops {
			w.Hops = append(w.Hops, hop{h, w.ID + "-hop" + h.Number})
		}
		w.Steps = steps(w.Hops)
		p.Ways = append(p.Ways, w)
	}
	return p
}

// steps puts the connections between the hops. One that has a network to cross is that
// network's, one that has not says what is spoken on it.
func steps(hops []hop) []step {
	views := make([]report.HopView, len(hops))
	for i, h := range hops {
		views[i] = h.HopView
	}
	var out []step
	next := report.Legs(views)
	for i, h := range hops {
		if h.Network {
			continue
		}
		out = append(out, step{hop: h})
		for _, l := range next {
			if l.From != i {
				continue
			}
			leg := step{Leg: true}
			if t := hops[l.To].Transport; t != "" {
				leg.Words = []string{t}
			}
			if l.Network >= 0 {
				leg.hop = hops[l.Network]
			}
			out = append(out, leg)
		}
	}
	return out
}

// symbol is the mark of a verdict, of one that allows, too.
func symbol(l report.Look) string {
	if l.Mark == "" {
		return "✓"
	}
	return l.Mark
}

// terms is a heading and what stands below it.
type terms struct {
	Name string
	All  []string
}

func newTerms(name string, all []string) terms { return terms{name, all} }
