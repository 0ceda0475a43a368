package authz

import (
	"slices"
	"strings"
)

// samples are values of the kind k, some of which may satisfy the test.
func (t *test) samples(k kind) []string {
	switch t.op {
	case opExact:
		return []string{t.text}
	case opPrefix:
		return []string{t.text, t.text + "x", t.text + "/ns/x/sa/x", t.text + "/sa/x", t.text + "x/sa/x"}
	case opSuffix:
		if k == kindPath {
			return []string{t.text, "/x" + t.text}
		}
		return []string{t.text, "x" + t.text, "x/ns/x/sa/x" + t.text, "x/ns/x" + t.text}
	case opTemplate:
		return []string{strings.NewReplacer("{**}", "x", "{*}", "x").Replace(t.text)}
	case opNamespace:
		return []string{"x/ns/" + strings.ReplaceAll(t.more, "*", "x") + "/sa/x"}
	case opServiceAccount:
		return []string{"x" + t.text + t.more}
	case opIdentityNS:
		return []string{"x/ns/" + t.text + "/sa/x", "x/ns/x" + t.text + "/sa/x", "x/ns/" + t.text + "x/sa/x"}
	case opIdentitySA:
		return []string{"x/ns/" + t.text + "/sa/" + t.more}
	case opTrustDomain:
		return []string{strings.ReplaceAll(t.text, "*", "x") + "ns/x/sa/x"}
	case opPresent, opAny, opCIDR, opPort, opIssSub:
		// Any value may do.
	}
	return nil
}

// plainSamples are values that few tests ask for.
func plainSamples(k kind) []string {
	switch k {
	case kindPrincipal:
		return []string{"x/ns/x/sa/x"}
	case kindMethod:
		return []string{"GET", "X"}
	case kindPath:
		return []string{"/", "/x"}
	default:
		return []string{"x"}
	}
}

// maxSamples bounds the tests of a field from which samples are taken.
const maxSamples = 8

// sample looks for a value among the samples that satisfies literals on one
// attribute.
func (s *solver) sample(k key, ls cube) (value, bool) {
	try := func(v value) bool { return s.holds(given{key: k, value: v}, ls) }
	if k.kind == kindHeader || k.kind == kindClaim {
		return s.sampleList(k, ls, try)
	}
	l, known := k.named()
	if !known {
		return value{}, false
	}
	texts := s.samplesOf(k.kind, ls)
	identity := k.kind == kindPrincipal || k.kind == kindIdentity
	if identity && len(ls) > 1 {
		texts = append(texts, crossed(texts)...)
	}
	for _, text := range texts {
		if v := (value{text: text}); l.has(text) && try(v) {
			return v, true
		}
	}
	v := value{absent: true}
	return v, identity && try(v)
}

// sampleList has an element for each literal that wants one.
func (s *solver) sampleList(k key, ls cube, try func(v value) bool) (value, bool) {
	v := value{isList: k.kind == kindClaim}
	for i, l := range ls {
		if l&1 != 0 {
			continue
		}
		for _, text := range s.samplesOf(k.kind, ls[i:i+1]) {
			only := v
			only.list = []string{text}
			if anyText.has(text) && !s.refuted(k, only, ls, l) {
				v.list = append(v.list, text)
				break
			}
		}
	}
	if len(v.list) == 0 {
		v = value{absent: true}
		if k.kind == kindHeader && always(k.name) {
			v = value{list: []string{"x"}}
		}
	}
	several := k.kind == kindHeader && joined(k.name) && len(v.list) > 1
	return v, !several && try(v)
}

// refuted reports whether a value does not satisfy l, or one of the negations.
func (s *solver) refuted(k key, v value, ls cube, l signed) bool {
	s.e.set(k, v)
	defer s.e.unset(k)
	for _, o := range ls {
		if (o == l || o&1 != 0) && s.contradict(cube{o}) {
			return true
		}
	}
	return false
}

func (s *solver) samplesOf(k kind, ls cube) []string {
	var out []string
	for _, l := range ls {
		if l&1 != 0 {
			continue
		}
		tests := s.preds[l>>1].f.tests
		for i := range tests[:min(len(tests), maxSamples)] {
			out = append(out, tests[i].samples(k)...)
		}
	}
	return append(out, plainSamples(k)...)
}

// samples are values of an attribute that hangs together with others: none, and what
// its tests name.
func (u *unknown) samples() []value {
	out := []value{{absent: true}}
	add := func(text string) {
		switch {
		case u.key.kind == kindHeader || u.key.kind == kindClaim && spaceDelimited(&subject{name: u.key.name}):
			out = append(out, value{list: []string{text}, isList: u.key.kind == kindClaim})
		case u.key.kind != kindPrincipal || someIdentity.has(text):
			out = append(out, value{text: text})
		}
	}
	tests := slices.Clone(u.pairs)
	for _, f := range u.fields {
		for i := range f.tests {
			tests = append(tests, &f.tests[i])
		}
	}
	for _, t := range tests[:min(len(tests), maxSamples)] {
		for _, text := range t.samples(u.key.kind) {
			add(text)
		}
	}
	add(plainSamples(u.key.kind)[0])
	return out
}

// crossed are identities out of the parts of others.
func crossed(texts []string) []string {
	var tds, namespaces, accounts, out []string
	add := func(to *[]string, part string) {
		if part != "" && !slices.Contains(*to, part) {
			*to = append(*to, part)
		}
	}
	for _, text := range texts {
		head, sa, _ := strings.Cut(text, "/sa/")
		td, ns, _ := strings.Cut(head, "/ns/")
		add(&tds, td)
		add(&namespaces, ns)
		add(&accounts, sa)
	}
	for _, td := range tds {
		for _, ns := range namespaces {
			for _, sa := range accounts {
				if out = append(out, td+"/ns/"+ns+"/sa/"+sa); len(out) == maxSampled {
					return out
				}
			}
		}
	}
	return out
}
