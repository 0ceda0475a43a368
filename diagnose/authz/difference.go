package authz

import "fmt"

// Difference tells for which requests two programs decide differently. The zero
// Difference says that more may differ than is listed; one without alternatives
// that is Exact says that nothing does.
type Difference struct {
	// Opens are alternatives: requests that the first program denies and the second
	// one allows. Closes are those that it allows and the second one denies. A
	// condition without atoms is every request. The same request may satisfy
	// several, and for each there is a request that changes, see [Difference.Examples].
	Opens, Closes []Condition
	// Exact says that the search was complete: what satisfies no condition does not
	// change. Otherwise a bound was reached, and more may change.
	Exact bool
	// Wider says that some conditions are broader than what changes, for that would
	// have taken too many of them. Otherwise all that satisfies one does change.
	Wider bool
	// Notes are what the reader should know beside the conditions.
	Notes []string

	opens, closes []alternative
}

// alternative is what is behind a condition.
type alternative struct {
	when    term
	wide    bool
	example *Request
}

const (
	noteCompareBound = "the comparison was given up as too large: more may change than is listed"
	noteWider        = "what changes is too much to list: some conditions are broader, and of what they cover not all changes"
)

// AllowAll returns the program that stands for no proxy: it allows every request,
// as every program without policies does.
func AllowAll() *Program { return &Program{} }

// Compare tells for which requests two programs decide differently, over all
// values of what is not known of r: an attribute that could not be seen counts
// like one that the question left open, and an absent one stays absent. The zero
// Request stands for all requests of all callers; what values there are says the
// package. What external authorizers answer, and the metadata of other filters, are
// attributes like others: the conditions mention them where they matter, and both
// programs get the same answer to one request.
//
// A nil program refuses every request, as a proxy that wants mTLS does with
// plaintext; [AllowAll] stands for none. The programs may be of different
// dialects: the request is the same then, as far as each sees it. Compare never
// answers that nothing changes because it did not look: see Exact.
func Compare(before, after *Program, r *Request) Difference {
	if before == after {
		return Difference{Exact: true}
	}
	s := newSolver(r)
	x := comparison{solver: s, before: s.side(before), after: s.side(after)}
	if x.before.same(&x.after) {
		return Difference{Exact: true}
	}
	opens, closes := x.regions(&x.before, &x.after), x.regions(&x.after, &x.before)
	d := Difference{Exact: x.complete()}
	d.opens = x.readable(opens, &x.before, &x.after)
	d.closes = x.readable(closes, &x.after, &x.before)
	d.word()
	if before != nil && after != nil && before.dialect != after.dialect && len(d.opens)+len(d.closes) > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("the programs are of %s and of %s, which do not read all values alike", before.dialect, after.dialect))
	}
	return d
}

// word fills in what follows from the alternatives.
func (d *Difference) word() {
	d.Opens, d.Closes = conditionsOf(d.opens, Allowed), conditionsOf(d.closes, Denied)
	for _, as := range [][]alternative{d.opens, d.closes} {
		for _, a := range as {
			d.Wider = d.Wider || a.wide
		}
	}
	if !d.Exact {
		d.Notes = append(d.Notes, noteCompareBound)
	}
	if d.Wider {
		d.Notes = append(d.Notes, noteWider)
	}
}

func conditionsOf(as []alternative, v Verdict) []Condition {
	var out []Condition
	for _, a := range as {
		out = append(out, Condition{All: a.when.atoms(), Verdict: v})
	}
	return out
}

// Opened tells whether a request satisfies one of the conditions of Opens.
func (d *Difference) Opened(r *Request) Truth { return satisfies(d.opens, r) }

// Closed tells whether a request satisfies one of the conditions of Closes.
func (d *Difference) Closed(r *Request) Truth { return satisfies(d.closes, r) }

func satisfies(as []alternative, r *Request) Truth {
	e, out := newEnv(r), False
	for _, a := range as {
		out = Or(out, a.when.eval(&e))
	}
	return out
}

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
// nil where the change hangs on what no request says: the metadata of other
// filters, or whether a provider exists.
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
