package graph

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// drawing is what both languages write.
type drawing struct {
	title string
	nodes []node
	edges []edge
}

// node is a hop, or the answer at the end of a way.
type node struct {
	id     string
	lines  []string
	key    string // the verdict: it chooses the colour
	answer bool
}

// edge is the connection between two hops, or leads to the answer.
type edge struct {
	from, to string
	lines    []string
	key      string
	unused   bool // nothing gets here, or it is no connection
}

// draw draws the ways of d.
func draw(d *diagnose.Diagnosis) drawing {
	v := report.NewView(d)
	b := &builder{drawing: drawing{title: mark(v.Look) + v.Word + "  " + v.Title}, known: map[string]string{}}
	for _, a := range v.Answers {
		b.way(a)
	}
	if len(v.Answers) == 0 {
		b.nodes = append(b.nodes, node{id: "none", lines: label(v.Summary), key: v.Key, answer: true})
	}
	return b.drawing
}

// builder knows the node of each beginning of a way.
type builder struct {
	drawing
	known map[string]string
}

func (b *builder) way(a report.AnswerView) {
	last, unused, begun := "", false, ""
	at := map[int]string{}
	for i, h := range a.Hops {
		begun += identity(h)
		if h.Network && i < len(a.Hops)-1 {
			continue
		}
		id, known := b.known[begun]
		if !known {
			id = "hop" + strconv.Itoa(len(b.known)+1)
			b.known[begun] = id
			b.nodes = append(b.nodes, node{id: id, lines: hopLines(h), key: h.Key})
		}
		at[i] = id
		for _, leg := range report.Legs(a.Hops[:i+1]) {
			if leg.To == i && !known {
				e := edge{from: at[leg.From], to: id, lines: legLines(a.Hops, leg), key: h.Key, unused: unused}
				if leg.Network >= 0 {
					e.key = a.Hops[leg.Network].Key
					e.unused = e.unused || leg.Network < i && e.key == "denied"
				}
				b.edges = append(b.edges, e)
			}
		}
		last, unused = id, unused || h.Key == "denied" || i > 0 && a.Hops[i-1].Key == "denied"
	}
	id := "answer" + strconv.Itoa(b.answers()+1)
	b.nodes = append(b.nodes, node{id: id, lines: answerLines(a), key: a.Key, answer: true})
	if last != "" {
		b.edges = append(b.edges, edge{from: last, to: id, key: a.Key, unused: true})
	}
}

func (b *builder) answers() int {
	n := 0
	for _, one := range b.nodes {
		if one.answer {
			n++
		}
	}
	return n
}

// identity is equal for hops of which everything is.
func identity(h report.HopView) string {
	data, _ := json.Marshal(h) // plain data
	return string(data) + "\n"
}

func hopLines(h report.HopView) []string {
	lines := label(mark(h.Look) + h.Number + " " + h.Name)
	what := h.Role
	for _, f := range h.Facts {
		if f.Name == "data plane" && f.Words != "none" && f.Words != h.Role {
			what += ", " + f.Words
		}
	}
	if !h.Network {
		lines = append(lines, label(what)...)
	}
	lines = append(lines, label(h.Says)...)
	for _, st := range h.Stages {
		if !st.Repeats {
			lines = append(lines, label(mark(st.Look)+st.Name+" "+st.Key+": "+st.Says)...)
		}
	}
	return append(lines, label(h.Finding)...)
}

func legLines(hops []report.HopView, leg report.Leg) []string {
	lines := label(hops[leg.To].Transport)
	if leg.Network >= 0 && leg.Network != leg.To {
		n := hops[leg.Network]
		lines = append(lines, label(mark(n.Look)+n.Name+" "+n.Key)...)
	}
	return lines
}

func answerLines(a report.AnswerView) []string {
	lines := label(mark(a.Look) + a.Word)
	lines = append(lines, label(a.Whose)...)
	if a.Given != "" {
		lines = append(lines, label("if "+a.Given)...)
	}
	if a.Share != "" {
		lines = append(lines, label(a.Share+" of the requests")...)
	}
	return lines
}

// mark is the mark of a verdict before a word.
func mark(l report.Look) string {
	if l.Mark == "" {
		return ""
	}
	return l.Mark + " "
}

// label is a line of a label; none if it is empty.
func label(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return []string{s}
}

// paint is how a verdict is coloured: its border and its area. Text on it is black.
var paint = map[string]struct{ border, area string }{
	"allowed":      {"#1a7f37", "#e6f4ea"},
	"denied":       {"#cf222e", "#ffebe9"},
	"conditional":  {"#9a6700", "#fff8c5"},
	"undetermined": {"#8250df", "#fbefff"},
}

// ink is the colour of text.
const ink = "#1f2328"
