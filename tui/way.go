package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// pane is a part of the screen that keys move in.
type pane int

const (
	hopsPane pane = iota
	detailPane
	yamlPane
)

// way is the answer: verdict, cause, the hops that can be walked, and what the selected
// stage says.
type way struct {
	of    *Answer // the answer that the selection is of
	at    int     // which of its answers
	hop   int     // the selected hop,
	stage int     // and the stage of it
	own   *place  // that the user has selected, where it was not what decided
	first int     // the first hop that is drawn, where not all are
	focus pane
	zoom  bool // the detail has the whole screen

	detail detail
	source source // the YAML beside the detail
	areas  areas
}

// areas are where the parts of the last view stand, for clicks.
type areas struct {
	boxes, stages []area
	detail, yaml  area
	rows          []int // of each line of the detail, its row
}

// area is a part of the screen and what it stands for.
type area struct{ x, y, w, h, hop, stage int }

func (a area) holds(x, y int) bool { return x >= a.x && x < a.x+a.w && y >= a.y && y < a.y+a.h }

func newWay(*Model) *way { return &way{} }

func (s *way) title(m *Model) string {
	q := s.asks(m)
	return q.Source + m.theme.glyph(" → ", " -> ") + q.Target
}

// asks is the question of this screen: below a table of who reaches what it is the one
// that the table was opened from, to which esc leads back.
func (s *way) asks(m *Model) Question {
	for _, above := range m.stack[slices.Index(m.stack, screen(s))+1:] {
		if r, ok := above.(*reach); ok {
			return r.before
		}
	}
	return m.question
}

// typing says that the filter is being typed.
func (s *way) typing() bool { return s.detail.typing }

// answer is the one that is shown; nil if there is none.
func (s *way) answer(m *Model) *report.AnswerView {
	if m.answer == nil || s.at >= len(m.answer.View.Answers) {
		return nil
	}
	return &m.answer.View.Answers[s.at]
}

// told is the same as it was told.
func (s *way) told(m *Model) *diagnose.Answer { return &m.answer.Diagnosis.Status.Answers[s.at] }

// chosen are the hop and the stage that are selected; nil where there are none.
func (s *way) chosen(m *Model) (*report.HopView, *report.StageView) {
	a := s.answer(m)
	if a == nil || s.hop >= len(a.Hops) {
		return nil, nil
	}
	h := &a.Hops[s.hop]
	if s.stage >= len(h.Stages) {
		return h, nil
	}
	return h, &h.Stages[s.stage]
}

func (s *way) update(m *Model, msg tea.Msg) tea.Cmd {
	s.ready(m)
	k, key := msg.(tea.KeyPressMsg)
	switch {
	case s.detail.typing:
		return s.detail.typed(msg)
	case !key:
		return nil
	case s.focus == yamlPane:
		s.source.lines.key(k.String(), max(1, s.areas.yaml.h))
	case s.focus == hopsPane && !s.zoom && s.moved(m, k.String()):
	default:
		s.detail.rows.key(k.String(), max(1, s.areas.detail.h))
	}
	return nil
}

// moved moves along the stages where a key of the hops says so. What moves up and down
// is the detail's in any case: nothing else could be meant.
func (s *way) moved(m *Model, k string) bool {
	switch k {
	case "home", "g":
		s.step(m, -1000)
	case "end", "G":
		s.step(m, 1000)
	default:
		return false
	}
	return true
}

func (s *way) back(*Model) bool {
	switch {
	case s.detail.typing || s.detail.filter != "":
		s.detail.unfilter()
	case s.zoom:
		s.zoom = false
	default:
		return false
	}
	return true
}

func (s *way) click(m *Model, x, y int) tea.Cmd {
	for _, a := range s.areas.stages {
		if a.holds(x, y) {
			s.focus = hopsPane
			s.pick(m, a.hop, a.stage)
			return nil
		}
	}
	for _, a := range s.areas.boxes {
		if a.holds(x, y) {
			s.focus = hopsPane
			if a.hop != s.hop {
				s.pick(m, a.hop, decidingStage(s.answer(m).Hops[a.hop]))
			}
			return nil
		}
	}
	if s.areas.yaml.holds(x, y) {
		s.focus = yamlPane
	}
	if a := s.areas.detail; a.holds(x, y) && y-a.y < len(s.areas.rows) {
		s.focus = detailPane
		s.detail.rows.to(s.areas.rows[y-a.y])
	}
	return nil
}

// ready sees that the selection and the rows are those of the last answer.
func (s *way) ready(m *Model) {
	if s.follow(m); m.answer != nil {
		s.detail.build(m, s, m.width)
	}
}

// view draws it from top to bottom.
func (s *way) view(m *Model, w, h int) string {
	s.ready(m)
	s.areas = areas{}
	if m.answer == nil || m.problem != "" && !m.answer.Question.Equal(m.question) {
		return strings.Join(s.without(m, w), "\n")
	}
	var out []string
	if !s.zoom {
		out = s.head(m, w, h)
		out = append(out, s.boxes(m, w, h, len(out))...)
	}
	out = append(out, s.below(m, w, h-len(out), len(out))...)
	return strings.Join(out, "\n")
}

// filterInput is the line that a filter is typed in.
func filterInput(m *Model, value string) textinput.Model { return newInput(m, "/", value) }
