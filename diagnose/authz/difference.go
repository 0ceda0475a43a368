package authz

import "fmt"

// Difference tells for which requests two programs decide differently. The zero
// Difference says that more may differ than is listed; one without conditions that
// is Exact says that nothing does.
type Difference struct {
	// Opens are alternatives: requests that the first program denies and the second
	// one allows. Closes are those that it allows and the second one denies. A
	// condition without atoms holds for every request. Conditions may overlap, and
	// under each of them some request changes: see [Difference.Examples].
	Opens, Closes []Condition
	// Exact says that the search was complete: what satisfies no condition does not
	// change. Otherwise a bound was reached, and more may change.
	Exact bool
	// Wider says that some conditions are broader than what changes, which would have
	// taken too many of them. Otherwise all that satisfies a condition changes.
	Wider bool
	// Notes are what the reader should know beside the conditions.
	Notes []string

	opens, closes []alternative // of Opens and of Closes
}

// alternative is what is behind a condition.
type alternative struct {
	when    term
	wide    bool
	example *Request
}

const (
	noteCompareBound = "the comparison was given up as too large: more may change than is listed"
	noteWider        = "what changes is too much to list: of what the conditions cover, some may not change"
	noteDialects     = "the programs are of %s and of %s, which do not read all values alike"
)

// AllowAll returns the program that stands for no proxy: it allows every request,
// as one without policies does.
func AllowAll() *Program { return &Program{} }

// Compare tells for which requests two programs decide differently, over all values
// of what is not known of r: an attribute that could not be seen counts like one that
// the question left open, and an absent one stays absent. With the zero Request, what
// it says holds for all requests of all callers; the package says which values there
// are. What external authorizers answer, whether a provider exists that could not be
// looked up, and the metadata of other filters count as attributes: both programs get
// the same, conditions name them where they matter, and all values are considered.
//
// A nil program refuses every request, as a proxy that wants mTLS does with plaintext;
// [AllowAll] stands for no proxy at all. The programs may be of different dialects:
// they see the same request, as far as each sees it.
//
// The work is bounded. What is not found out within the bounds is not taken for
// unchanged: see Exact and Wider.
func Compare(before, after *Program, r *Request) Difference {
	if before == after {
		return Difference{Exact: true}
	}
	return newSolver(r).compare(before, after)
}

func (s *solver) compare(before, after *Program) Difference {
	x := comparison{solver: s, before: s.side(before), after: s.side(after)}
	if x.before.same(&x.after) {
		return Difference{Exact: true}
	}
	opens, closes := x.regions(&x.before, &x.after), x.regions(&x.after, &x.before)
	d := Difference{Exact: x.complete()}
	d.opens = x.readable(opens, &x.before, &x.after)
	d.closes = x.readable(closes, &x.after, &x.before)
	d.word()
	if before != nil && after != nil && !before.dialect.reads(after.dialect) && len(d.opens)+len(d.closes) > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf(noteDialects, before.dialect, after.dialect))
	}
	return d
}

// word fills in what follows from the alternatives.
func (d *Difference) word() {
	d.Opens, d.Closes = d.conditions(d.opens, Allowed), d.conditions(d.closes, Denied)
	if !d.Exact {
		d.Notes = append(d.Notes, noteCompareBound)
	}
	if d.Wider {
		d.Notes = append(d.Notes, noteWider)
	}
}

func (d *Difference) conditions(as []alternative, v Verdict) []Condition {
	var out []Condition
	for _, a := range as {
		out = append(out, Condition{All: a.when.atoms(), Verdict: v})
		d.Wider = d.Wider || a.wide
	}
	return out
}

// Opened tells whether a request satisfies one of the conditions of Opens. Without
// Wider, that is whether it is denied before and allowed after, for a request that
// the comparison is about.
func (d *Difference) Opened(r *Request) Truth { return satisfies(d.opens, r) }

// Closed tells the same of Closes.
func (d *Difference) Closed(r *Request) Truth { return satisfies(d.closes, r) }

func satisfies(as []alternative, r *Request) Truth {
	e, out := newEnv(r), False
	for _, a := range as {
		out = Or(out, a.when.eval(&e))
	}
	return out
}

// eval gives the truth of all literals together.
func (t term) eval(e *env) Truth {
	out := True
	for _, l := range t {
		v := l.f.eval(e)
		if l.flip {
			v = Not(v)
		}
		out = And(out, v)
	}
	return out
}

// Examples returns, for each condition of Opens and of Closes, a request that
// satisfies it and changes, whatever the attributes are that it leaves open. It is
// nil where the change hangs on what no request says: the metadata of other filters,
// or whether a provider exists.
func (d *Difference) Examples() (opens, closes []*Request) {
	return examplesOf(d.opens), examplesOf(d.closes)
}

func examplesOf(as []alternative) []*Request {
	var out []*Request
	for _, a := range as {
		out = append(out, a.example)
	}
	return out
}
