package fix

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/examples/grid"
)

// gridPage is written by TestGrid.
const gridPage = "../docs/fix-grid.md"

// What must be repaired of the mutants that deny and whose repair can be told, in per
// cent.
const (
	gridProved = 95
	gridWanted = 95
)

// repaired is what is proposed for one mutant.
type repaired struct {
	grid.Mutant
	kind    grid.Kind
	cluster string
	p       *Proposal
	// beyond is what the first candidate that is not grave opens for others that
	// neither the cluster did as it was before it was broken, nor as it is.
	beyond []Reach
}

// first is the first candidate that is not grave; false if there is none.
func (r repaired) first() (Candidate, bool) {
	i := slices.IndexFunc(r.p.Candidates, func(c Candidate) bool { return !c.Grave })
	if i < 0 {
		return Candidate{}, false
	}
	return r.p.Candidates[i], true
}

// wanted reports whether a kind is one that a person would want.
func (r repaired) wanted(k Kind) bool { return slices.Contains(r.kind.Repair, string(k)) }

// hasWanted reports whether a candidate is of such a kind.
func (r repaired) hasWanted() bool {
	return slices.ContainsFunc(r.p.Candidates, func(c Candidate) bool { return r.wanted(c.Kind) })
}

// TestGrid breaks ten correct clusters at one place each, and wants a repair that is
// proved of what denies then, of a kind that a person would want, and whose first opens
// nothing for others that was not open before.
func TestGrid(t *testing.T) {
	kinds, clusters, err := grid.Read()
	if err != nil {
		t.Fatal(err)
	}
	var all []repaired
	for _, c := range clusters {
		for _, m := range c.Mutants {
			if r, ok := repair(t, c, m, kinds); ok {
				all = append(all, r)
			}
		}
	}
	count := func(of func(repaired) bool) (n int) {
		for _, r := range all {
			if len(r.kind.Repair) > 0 && of(r) {
				n++
			}
		}
		return n
	}
	n := count(func(repaired) bool { return true })
	if proved := count(func(r repaired) bool { return len(r.p.Candidates) > 0 }); n < 250 || proved*100 < gridProved*n {
		t.Errorf("of %d mutants %d have a repair", n, proved)
	}
	if wanted := count(repaired.hasWanted); wanted*100 < gridWanted*n {
		t.Errorf("of %d mutants %d have a repair that is wanted", n, wanted)
	}
	for _, r := range all {
		if c, ok := r.first(); ok && slices.ContainsFunc(c.Changes, func(c Change) bool { return len(DiffLines(c)) == 0 }) {
			t.Errorf("%s, %s: %s changes nothing", r.cluster, r.Title(), c.Title)
		}
		if len(r.p.Candidates) == 0 && r.p.Why == "" {
			t.Errorf("%s, %s: nothing is proposed, and nothing says why", r.cluster, r.Title())
		}
	}
	golden(t, gridPage, gridText(kinds, all))
}

// repair proposes for a mutant; false if it denies nothing.
func repair(t *testing.T, c grid.Cluster, m grid.Mutant, kinds []grid.Kind) (repaired, bool) {
	t.Helper()
	objects, err := m.Apply(c.Objects)
	if err != nil {
		t.Fatal(c.Name, m.Title(), err)
	}
	q := gridQuestion(t, c)
	p, err := Propose(t.Context(), readerOf(t, objects), q)
	if err != nil { // there is no such target any more
		return repaired{}, false
	}
	v := p.Diagnosis.Status.Verdict
	out := repaired{Mutant: m, cluster: c.Name, p: p, kind: kinds[slices.IndexFunc(kinds, func(k grid.Kind) bool { return k.Name == m.Kind })]}
	if best, ok := out.first(); ok {
		held := beyond(t, q, c.Objects, objects)
		for _, r := range beyond(t, q, c.Objects, applied(t, objects, best.Changes)) {
			if !slices.ContainsFunc(held, func(had Reach) bool { return had.String() == r.String() }) {
				out.beyond = append(out.beyond, r)
			}
		}
		holds(t, out, q, applied(t, objects, best.Changes))
	}
	for _, c := range p.Candidates {
		if len(c.Afterwards) == 0 {
			told(t, out, q, objects, c)
		}
	}
	return out, v == diagnose.Denied || v == diagnose.Conditional
}

// told asks everyone anew before and after a candidate, of objects that are written and
// read again, and wants the candidate to tell what it opens and closes at the target.
func told(t *testing.T, r repaired, q diagnose.Question, objects []grid.Object, candidate Candidate) {
	t.Helper()
	if slices.ContainsFunc(candidate.Changes, func(c Change) bool { return c.Resource == cluster.RequestAuthentications }) {
		return // which tokens it is about only the candidate knows
	}
	e := &engine{base: cluster.NewCache(readerOf(t, objects)), question: q}
	var err error
	if e.before, err = e.session(nil); err != nil {
		t.Fatal(err)
	}
	e.look(t.Context(), nil)
	c := comparison{target: e.askedTarget(), asked: sourcesOf(r.p.Diagnosis), question: q, addresses: e.addresses(r.p.Diagnosis)}
	c.principals, c.askers = e.principals(r.p.Diagnosis)
	everyone := e.everyone(r.p.Diagnosis, c.target)
	var answers []*diagnose.Diagnosis
	for _, objects := range [][]grid.Object{objects, applied(t, objects, candidate.Changes)} {
		d, err := diagnose.NewSession(readerOf(t, objects)).Ask(t.Context(), everyone)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, d)
	}
	var want Effect
	c.compare(answers[0], answers[1], &want)
	at := func(all []Reach) []string {
		words := []string{}
		for _, r := range all {
			if r.Target == c.target && !strings.HasPrefix(r.Sources[0], "ip/") { // of one address only the candidate tells
				words = append(words, r.String())
			}
		}
		slices.Sort(words)
		return words
	}
	for _, x := range []struct {
		name      string
		want, got []Reach
	}{{"opens", want.Opens, candidate.Effect.Opens}, {"closes", want.Closes, candidate.Effect.Closes}} {
		if diff := cmp.Diff(at(x.want), at(x.got)); diff != "" {
			t.Errorf("%s, %s: %s: what it %s (-it does +it tells):\n%s", r.cluster, r.Title(), candidate.Title, x.name, diff)
		}
	}
}

func gridQuestion(t *testing.T, c grid.Cluster) diagnose.Question {
	t.Helper()
	var q asked
	text, err := yaml.Marshal(c.Question)
	if err == nil {
		err = yaml.UnmarshalStrict(text, &q)
	}
	if err != nil {
		t.Fatal(c.Name, err)
	}
	return q.question()
}

func readerOf(t *testing.T, objects []grid.Object) cluster.Reader {
	t.Helper()
	manifest, err := grid.Manifest(objects)
	if err != nil {
		t.Fatal(err)
	}
	r, err := cluster.ReadFiles([]string{"-"}, bytes.NewReader(manifest), "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// applied are the objects after changes.
func applied(t *testing.T, objects []grid.Object, changes []Change) []grid.Object {
	t.Helper()
	out := slices.Clone(objects)
	for _, c := range changes {
		group := func(o grid.Object) bool {
			meta, _ := o["metadata"].(grid.Object)
			version, _ := o["apiVersion"].(string)
			want := c.Resource.Version
			if c.Resource.Group != "" {
				want = c.Resource.Group + "/" + want
			}
			ns, _ := meta["namespace"].(string)
			return o["kind"] == c.Kind && version == want && ns == c.Namespace && meta["name"] == c.Name
		}
		i := slices.IndexFunc(out, group)
		if i < 0 && len(c.Before) > 0 && c.Kind != "ReferenceGrant" { // read in another version
			t.Errorf("%s changes and is not there", c.Object())
		}
		if i >= 0 {
			out = slices.Delete(out, i, i+1)
		}
		if len(c.After) > 0 {
			var o grid.Object
			if err := json.Unmarshal(c.After, &o); err != nil {
				t.Fatal(err)
			}
			out = append(out, o)
		}
	}
	return out
}

// everyone is the question about everyone and the target of another.
func (e *engine) everyone(first *diagnose.Diagnosis, target string) diagnose.Question {
	e.resolved = resolved(first)
	out := diagnose.Question{Source: diagnose.Everyone, Target: target, AnyPath: true, AnyHost: true}
	if byHost(first) || !e.inSight(target) {
		out.AnyHost, out.Request.Host = false, e.question.Request.Host
	}
	return out
}

// beyond is what objects let others do at the question's target that unbroken ones do
// not. It is asked anew of both, and not taken from a proposal.
func beyond(t *testing.T, q diagnose.Question, unbroken, objects []grid.Object) []Reach {
	t.Helper()
	e := &engine{base: cluster.NewCache(readerOf(t, objects)), question: q}
	var err error
	if e.before, err = e.session(nil); err != nil {
		t.Fatal(err)
	}
	first, err := e.before.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	e.look(t.Context(), nil)
	c := comparison{target: e.askedTarget(), asked: sourcesOf(first), question: q, addresses: e.addresses(first)}
	c.principals, c.askers = e.principals(first)
	everyone := e.everyone(first, c.target)
	was, err := diagnose.NewSession(readerOf(t, unbroken)).Ask(t.Context(), everyone)
	if err != nil {
		t.Fatal(err)
	}
	will, err := e.before.Ask(t.Context(), everyone)
	if err != nil {
		t.Fatal(err)
	}
	var effect Effect
	c.compare(was, will, &effect)
	return slices.DeleteFunc(effect.Opens, func(r Reach) bool { return r.Asked })
}

// holds asks anew of the objects as a candidate leaves them, written and read again;
// where Pods have to start anew first nothing can be asked yet.
func holds(t *testing.T, r repaired, q diagnose.Question, objects []grid.Object) {
	t.Helper()
	best, _ := r.first()
	d, err := diagnose.NewSession(readerOf(t, objects)).Ask(t.Context(), q)
	if len(best.Afterwards) == 0 && (err != nil || d.Status.Verdict != diagnose.Allowed) {
		t.Errorf("%s, %s: what is proved does not hold once it is written: %v %s", r.cluster, r.Title(), err, d.Status.Summary)
	}
}
