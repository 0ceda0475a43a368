package matrix

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Cell is what becomes of the requests of a source to a target.
type Cell struct {
	// Verdict is that of a question which leaves open what the matrix leaves open.
	Verdict diagnose.Verdict `json:"verdict"`
	// Connection is what becomes of the connection, before anybody looks at a request.
	Connection diagnose.Verdict `json:"connection"`
	// When are the requests that fare one way or another, of a Conditional verdict.
	When []string `json:"when,omitempty"`
}

// detail is what of one answer is told where there is room for it.
type detail struct {
	Cell
	by      string   // the policy or stage that decided
	missing []string // what an Undetermined verdict lacks
}

// key is the same for cells that are the same.
func (c Cell) key() string {
	return fmt.Sprint(c.Verdict, c.Connection) + strings.Join(c.When, "\x00")
}

// detailOf makes a cell of one source's answers.
func detailOf(v diagnose.Verdict, answers []diagnose.Answer, missing []string) detail {
	d := detail{Cell: Cell{Verdict: v, Connection: v}, missing: missing}
	if len(answers) == 0 {
		return d
	}
	d.Connection = diagnose.Allowed
	for _, a := range answers {
		d.Connection = worse(d.Connection, connection(a))
		if a.Verdict == v && d.by == "" && len(a.Given) == 0 {
			d.by = decided(a)
		}
		if v == diagnose.Conditional {
			d.When = append(d.When, when(a)...)
		}
		if v == diagnose.Undetermined {
			d.missing = append(d.missing, a.Missing...)
			if len(a.Missing) == 0 && a.Verdict == v { // nobody has decided it
				d.missing = append(d.missing, strings.TrimSuffix(a.Summary, "."))
			}
		}
	}
	slices.Sort(d.When)
	d.When = slices.Compact(d.When)
	slices.Sort(d.missing)
	d.missing = slices.Compact(d.missing)
	return d
}

// connection is the verdict of what stands before the requests: the network, the mesh's
// TLS, and policies where they are asked of connections.
func connection(a diagnose.Answer) diagnose.Verdict {
	out := diagnose.Allowed
	for _, h := range a.Hops {
		for _, s := range h.Stages {
			if s.Name == diagnose.StageNetworkPolicy || s.Name == diagnose.StageMTLS || h.Protocol == "TCP" {
				out = worse(out, s.Verdict)
			}
		}
	}
	if a.Verdict == diagnose.Denied && a.Reason.Stage == diagnose.StageRoute {
		return diagnose.Denied
	}
	return out
}

// worse is the verdict of two things that must both let something through.
func worse(a, b diagnose.Verdict) diagnose.Verdict {
	for _, v := range []diagnose.Verdict{diagnose.Denied, diagnose.Undetermined, diagnose.Conditional} {
		if a == v || b == v {
			return v
		}
	}
	return diagnose.Allowed
}

// decided words what decides an answer.
func decided(a diagnose.Answer) string {
	switch {
	case a.Reason.Policy != "":
		return string(a.Reason.Stage) + " " + a.Reason.Policy
	case a.Verdict == diagnose.Denied && a.Reason.Stage == diagnose.StageAllow:
		return "ALLOW policies, of which none admits it"
	}
	return string(a.Reason.Stage)
}

// when words which requests fare how.
func when(a diagnose.Answer) []string {
	given := make([]string, 0, len(a.Given))
	for _, atom := range a.Given {
		given = append(given, atom.Words)
	}
	verdict := func(v diagnose.Verdict) string { return strings.ToLower(v.String()) }
	if a.Verdict != diagnose.Conditional {
		if len(given) == 0 {
			return nil
		}
		return []string{verdict(a.Verdict) + " if " + strings.Join(given, " and ")}
	}
	var out []string
	for _, c := range a.Conditions {
		out = append(out, verdict(c.Verdict)+" if "+strings.Join(append(slices.Clone(given), conditionWords(c)), " and "))
	}
	if len(out) == 0 { // of two proxies: each has its own
		out = append(out, strings.TrimSuffix(a.Summary, "."))
	}
	return out
}

func conditionWords(c authz.Condition) string { return c.Words() }

// judge asks about one source.
func (r *run) judge(ctx context.Context, s *diagnose.Session, source string, t Target) (detail, error) {
	r.asked.Add(1)
	d, err := s.Ask(ctx, r.question(source, t))
	if err != nil {
		return detail{}, err
	}
	return detailOf(d.Status.Verdict, d.Status.Answers, d.Status.Missing), nil
}

// judgeStrangers asks about those of the sources who are not in sight.
func (r *run) judgeStrangers(ctx context.Context, s *diagnose.Session, t Target) ([]answer, error) {
	at := len(r.sources)
	if at == len(r.m.Sources) {
		return nil, nil
	}
	r.asked.Add(1)
	d, err := s.Ask(ctx, r.question(diagnose.Strangers, t))
	if err != nil {
		return nil, err
	}
	var out []answer
	for ; at < len(r.m.Sources); at++ {
		v, answers := d.VerdictOf(r.m.Sources[at].Name)
		missing := d.Status.Missing
		if len(answers) > 0 {
			missing = nil
		}
		one := newSet(len(r.m.Sources))
		one.add(at)
		out = append(out, answer{detailOf(v, answers, missing), one})
	}
	return out, nil
}

// strangers are the sources that are not in sight, in the order in which they are told.
var strangers = []string{diagnose.AnyWorkload, diagnose.Anybody}
