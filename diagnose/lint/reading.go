package lint

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Reading is a data plane ([diagnose.Guarding]) that reads policies otherwise than they
// are written.
type Reading interface {
	// Read tells what comes of a policy that this data plane alone enforces: an ALLOW or
	// DENY policy without targetRefs that is in force.
	Read(p Policy) []Misread
	// Stranger names a caller that the data plane knows nothing of, in a sentence.
	Stranger() string
}

// Policy is an AuthorizationPolicy as a [Reading] sees it.
type Policy struct {
	authz.Policy
	Lists       []List
	TrustDomain string // the mesh's
	Known       bool   // TrustDomain is known, or else at least one workload is
}

// List is a list of values of a rule.
type List struct {
	About  string // principals, namespaces, …, as the API calls the field, whatever it stands in
	Not    bool
	Field  string // spec.rules[0].from[0].source.principals
	Rule   int
	Entry  string // spec.rules[0].from[0]
	Part   string // from, to or when
	Values []string
	HTTP   bool // there is nothing of it on a connection that nobody reads HTTP of
}

// Misread is what comes of a field.
type Misread struct {
	Code    string // of the platform's findings, or AD0401
	Field   string
	Value   int // its index in the list; -1: the field as a whole
	Message string
}

// readings reports what a data plane that is not Istio's makes of a policy.
func (p *policy) readings() {
	a := p.Action()
	r := p.reading()
	if r == nil || p.refs || p.DryRun() || a != authz.ActionAllow && a != authz.ActionDeny {
		return
	}
	view := Policy{Policy: p.Policy, TrustDomain: p.cfg.TrustDomain, Known: p.configured || len(p.loads) > 0}
	for _, l := range p.lists {
		view.Lists = append(view.Lists, List{l.about, l.not, l.field, l.rule, l.entry, l.part, l.values, l.beyondZtunnel()})
	}
	var misread []Misread // one that panics has nothing to say
	diagnose.Attempt(func() { misread = r.Read(view) })
	for _, m := range misread {
		p.report(m.Code, at{m.Field, m.Value}, "%s", m.Message)
	}
}

// reading is the data plane that alone enforces the policy; nil if that is Istio's own, or
// there are several.
func (f *facts) reading() Reading {
	for plane := range f.planes {
		if f.only(plane) {
			r, _ := diagnose.PlatformOf(plane).(Reading)
			return r
		}
	}
	return nil
}

// byNode reports whether nothing but data planes of nodes stands before the workloads.
func (f *facts) byNode() bool { return f.onlySuch(mesh.DataPlane.Node) }
