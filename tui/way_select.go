package tui

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
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

// place is a stage by its names.
type place struct {
	role            diagnose.Role
	namespace, name string
	stage           diagnose.StageName
	nth             int // of those of this name, as of both ends' NetworkPolicies
}

// placeOf is what a stage is called.
func placeOf(a diagnose.Answer, hop, stage int) *place {
	h := a.Hops[hop]
	p := &place{role: h.Role, namespace: h.Namespace, name: h.Name}
	if stage < len(h.Stages) {
		p.stage = h.Stages[stage].Name
		for _, s := range h.Stages[:stage] {
			if s.Name == p.stage {
				p.nth++
			}
		}
	}
	return p
}

// in finds the place in an answer.
func (p *place) in(a diagnose.Answer) (hop, stage int, ok bool) {
	for i, h := range a.Hops {
		if h.Role != p.role || h.Namespace != p.namespace || h.Name != p.name {
			continue
		}
		if p.stage == "" {
			return i, 0, true
		}
		nth := p.nth
		for j, s := range h.Stages {
			if s.Name == p.stage {
				if nth == 0 {
					return i, j, true
				}
				nth--
			}
		}
	}
	return 0, 0, false
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

func decidingOf(a diagnose.Answer) (hop, stage int) {
	hop = slices.IndexFunc(a.Hops, func(h diagnose.Hop) bool {
		return a.Reason.Hop != "" && h.Namespace+"/"+h.Name == a.Reason.Hop && (a.Reason.Stage == "" || hasStage(h, a.Reason.Stage))
	})
	if hop < 0 {
		hop = slices.IndexFunc(a.Hops, func(h diagnose.Hop) bool {
			return a.Reason.Stage != "" && h.Verdict == a.Verdict && hasStage(h, a.Reason.Stage)
		})
	}
	for _, fits := range []func(diagnose.Verdict) bool{
		func(v diagnose.Verdict) bool { return v == a.Verdict && v != diagnose.Allowed },
		func(v diagnose.Verdict) bool { return v != diagnose.Allowed },
	} {
		if hop < 0 {
			hop = slices.IndexFunc(a.Hops, func(h diagnose.Hop) bool { return fits(h.Verdict) })
		}
	}
	if hop < 0 {
		hop = max(0, len(a.Hops)-1)
	}
	if hop >= len(a.Hops) {
		return 0, 0
	}
	stages := a.Hops[hop].Stages
	for _, fits := range []func(diagnose.Stage) bool{
		func(s diagnose.Stage) bool { return s.Name == a.Reason.Stage && s.Verdict == a.Verdict },
		func(s diagnose.Stage) bool { return s.Name == a.Reason.Stage },
		func(s diagnose.Stage) bool { return s.Verdict == a.Verdict && s.Verdict != diagnose.Allowed },
		func(s diagnose.Stage) bool { return s.Verdict != diagnose.Allowed },
	} {
		if i := slices.IndexFunc(stages, fits); i >= 0 {
			return hop, i
		}
	}
	return hop, max(0, len(stages)-1)
}

func hasStage(h diagnose.Hop, name diagnose.StageName) bool {
	return slices.ContainsFunc(h.Stages, func(s diagnose.Stage) bool { return s.Name == name })
}

// decidingStage is the first stage of a hop that does not allow, or else its last.
func decidingStage(h report.HopView) int {
	if i := slices.IndexFunc(h.Stages, func(s report.StageView) bool { return s.Key != "allowed" }); i >= 0 {
		return i
	}
	return max(0, len(h.Stages)-1)
}
