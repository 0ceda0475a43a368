package tui

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

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
