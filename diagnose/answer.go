package diagnose

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// answer resolves the names over the snapshot and judges every pair of source
// and endpoint.
func (in *inquiry) answer(ctx context.Context) (*Diagnosis, error) {
	from, err := in.findSources(ctx)
	if err != nil {
		return nil, err
	}
	to, err := in.findRoute(ctx)
	if err != nil {
		return nil, err
	}
	d := in.blank(to)
	d.Status.Notes = slices.Concat(from.notes, to.notes)
	switch {
	case from.missing != "" || to.missing != "" && len(to.ends) == 0:
		var facts []string
		for _, m := range []string{from.missing, to.missing} {
			if m != "" {
				facts = append(facts, m)
			}
		}
		d.Status.Missing = inOrder(facts)
		d.Status.Summary = undetermined(d.Status.Missing)
	default:
		d.Status.Answers = in.judgeAll(ctx, to, from.parties)
		in.sum(d)
	}
	in.assumed(d)
	in.remark(d)
	return d, nil
}

// blank is the Diagnosis of the question before anything is judged.
func (in *inquiry) blank(to route) *Diagnosis {
	return &Diagnosis{
		APIVersion: APIVersion, Kind: Kind,
		Spec: in.spec(),
		Status: Status{
			Title: in.title(to), Unread: in.snap.Unread(), Origin: in.reader.Origin(), Answers: []Answer{},
		},
	}
}

// title is the question in one line.
func (in *inquiry) title(to route) string {
	t := in.source.String() + " → " + in.host(to)
	if in.source.kind == addressKind {
		t = "ip/" + t
	}
	switch {
	case to.port != 0:
		t += ":" + strconv.Itoa(int(to.port))
	case in.target.port != "":
		t += ":" + in.target.port
	}
	var request []string
	if m, ok := in.method().Get(); ok {
		request = append(request, m)
	}
	if p := in.rawPath(); p != "" {
		request = append(request, scrub(p))
	}
	if in.target.scheme == "tcp" || in.target.scheme == "tls" {
		request = []string{strings.ToUpper(in.target.scheme)}
	}
	if len(request) > 0 {
		t += "  " + strings.Join(request, " ")
	}
	return t
}

// judgeAll judges every way of each source, those that cannot differ only once, and
// groups the ways that get the same answer.
func (in *inquiry) judgeAll(ctx context.Context, to route, from []party) []Answer {
	e := &explorer{in: in, ctx: ctx}
	if len(from)+len(to.ends) > 2 {
		e.how = in.distinctions(ctx, slices.Concat(from, to.ends)...)
	}
	var all []*pairAnswer
	for _, parties := range classes(from, e.how) {
		e.out = nil
		e.explore(parties, to)
		settle(e.out)
		all = append(all, e.out...)
	}
	return group(all)
}

// pairAnswer is the answer for pairs of one class.
type pairAnswer struct {
	answer   Answer
	key      string
	from, to []party
	unsure   []string // facts without which it is not known whether the way is taken
}

// settle takes back what is not known to be a way at all, unless all of them end
// alike.
func settle(ways []*pairAnswer) {
	for _, p := range ways {
		if p.answer.Verdict != ways[0].answer.Verdict {
			for _, p := range ways {
				p.doubt()
			}
			return
		}
	}
}

func (p *pairAnswer) doubt() {
	if len(p.unsure) == 0 {
		return
	}
	a := &p.answer
	a.Verdict, a.Reason, a.Symptom, a.Conditions, a.findings = Undetermined, Reason{}, "", nil, nil
	a.Missing = inOrder(append(p.unsure[:len(p.unsure):len(p.unsure)], a.Missing...))
	a.Summary = undetermined(a.Missing)
	p.key += "?"
}

// group merges answers that say the same: first those of one set of sources to
// several endpoints, then those of several sources to one set of endpoints.
func group(all []*pairAnswer) []Answer {
	for _, p := range all {
		way := gatedWay(p.answer)
		p.answer.ways = map[string][]gated{}
		for _, name := range names(p.from) {
			p.answer.ways[name] = []gated{way}
		}
	}
	merge := func(same func(a, b *pairAnswer) bool, join func(into, p *pairAnswer)) {
		var out []*pairAnswer
		for _, p := range all {
			i := slices.IndexFunc(out, func(o *pairAnswer) bool { return o.key == p.key && same(o, p) })
			if i < 0 {
				out = append(out, p)
				continue
			}
			join(out[i], p)
			for name, ways := range p.answer.ways {
				out[i].answer.ways[name] = append(out[i].answer.ways[name], ways...)
			}
		}
		all = out
	}
	merge(func(a, b *pairAnswer) bool { return equalNames(a.from, b.from) }, func(into, p *pairAnswer) { into.to = append(into.to, p.to...) })
	merge(func(a, b *pairAnswer) bool { return equalNames(a.to, b.to) }, func(into, p *pairAnswer) { into.from = append(into.from, p.from...) })
	out := make([]Answer, len(all))
	for i, p := range all {
		out[i] = p.answer
		out[i].Sources, out[i].Destinations = names(p.from), destinations(p.to)
	}
	slices.SortStableFunc(out, func(a, b Answer) int { return rank(a.Verdict) - rank(b.Verdict) })
	return out
}

func equalNames(a, b []party) bool { return slices.Equal(names(a), names(b)) }

// names lists the parties as kind/name.namespace of what they belong to, or of
// the Pods where only some of them are meant.
func names(parties []party) []string {
	out := make([]string, len(parties))
	for i, p := range parties {
		if p.pod == nil {
			out[i] = p.workload()
			continue
		}
		out[i] = "pod/" + p.pod.Name + "." + p.pod.Namespace
		if predicted(p.pod) {
			out[i] = strings.ToLower(p.pod.Annotations[cluster.PredictedAnnotation]) + "/" + p.pod.Name + "." + p.pod.Namespace
		}
	}
	return out
}

func destinations(parties []party) []Destination {
	out := make([]Destination, len(parties))
	for i, p := range parties {
		out[i] = Destination{Port: p.port, Ready: p.ready}
		if ip := p.ip(); ip.IsValid() {
			out[i].Address = ip.String()
		}
		if p.pod == nil {
			out[i].Name = p.String()
			continue
		}
		out[i].Namespace, out[i].Name, out[i].Workload = p.pod.Namespace, p.pod.Name, p.workload()
	}
	return out
}

// rank orders verdicts, the worst first.
func rank(v Verdict) int {
	return slices.Index([]Verdict{Denied, Undetermined, Conditional, Allowed}, v)
}
