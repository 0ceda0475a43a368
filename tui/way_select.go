package tui

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// follow takes over a new answer. What decided is selected, unless the user has selected
// something else: then it is what has the same names, where there is that.
func (s *way) follow(m *Model) {
	if m.answer == s.of {
		return
	}
	old, at, hop, stage := s.of, s.at, s.hop, s.stage
	seen := row{}
	if r := s.detail.row(); r != nil {
		seen = *r
	}
	s.of, s.at = m.answer, 0
	if m.answer == nil {
		return
	}
	if old == nil || at >= len(old.View.Answers) {
		s.choose(s.deciding(m))
		return
	}
	sources := old.View.Answers[at].Sources
	if i := slices.IndexFunc(m.answer.View.Answers, func(a report.AnswerView) bool { return slices.Equal(a.Sources, sources) }); i >= 0 && at > 0 {
		s.at = i
	}
	s.choose(s.deciding(m))
	if s.own != nil && s.answer(m) != nil {
		if h, st, ok := s.own.in(*s.told(m)); ok {
			s.choose(h, st)
			s.detail.keep = seen
		}
	}
	if old.Question.Equal(m.answer.Question) && s.at == at && s.hop == hop && s.stage == stage {
		s.detail.keep = seen // something has changed in the cluster while somebody reads
	}
}

// choose selects a hop and a stage of it.
func (s *way) choose(hop, stage int) {
	s.hop, s.stage = hop, stage
	s.detail.anew = true
}

// step goes along the stages, over the borders of hops.
func (s *way) step(m *Model, n int) {
	a := s.answer(m)
	if a == nil {
		return
	}
	var all [][2]int
	at := 0
	for i, h := range a.Hops {
		for j := range max(1, len(h.Stages)) {
			if i == s.hop && j == s.stage {
				at = len(all)
			}
			all = append(all, [2]int{i, j})
		}
	}
	if len(all) == 0 {
		return
	}
	to := all[max(0, min(at+n, len(all)-1))]
	if s.focus == yamlPane {
		s.focus = hopsPane
	}
	s.pick(m, to[0], to[1])
}

// pick selects what the user wants to see, which need not be what decided.
func (s *way) pick(m *Model, hop, stage int) {
	s.choose(hop, stage)
	s.own = nil
	if h, st := s.deciding(m); h != hop || st != stage {
		s.own = placeOf(*s.told(m), hop, stage)
	}
}

// deciding are the hop and the stage that decided the answer.
func (s *way) deciding(m *Model) (hop, stage int) {
	if s.answer(m) == nil {
		return 0, 0
	}
	return decidingOf(*s.told(m))
}
