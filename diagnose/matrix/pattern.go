package matrix

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Pattern chooses sources or targets: a list of words with commas between them, each of
// them with * for any letters.
//
//	shop                  all of namespace shop
//	deploy/cart.shop      one workload, or Pod: pod/cart-7d9c.shop
//	svc/cart.shop         all ports of a Service; svc/cart.shop:80 is one
//	cart.shop             of whichever type
//	mesh, outside         another workload of the mesh, a caller outside the mesh
//	*                     everyone and everything
//	!shop                 but these; words with ! alone leave out of everything
//	shop@east             of several clusters those in the one of the name; @east all of it
//
// No Kubernetes namespace may be meant by mesh and outside: say *.mesh for one of that name.
type Pattern struct {
	text      string
	some, but []string
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: strings.TrimSpace(text)}
	for _, word := range strings.Split(text, ",") {
		word = strings.TrimSpace(word)
		but, negated := strings.CutPrefix(word, "!")
		switch {
		case strings.Trim(word, "!") == "":
			return p, fmt.Errorf("%q: a word is missing: want a namespace, TYPE/NAME.NAMESPACE, mesh, outside or *", text)
		case strings.ContainsAny(word, " \t") || strings.Count(strings.SplitN(word, "@", 2)[0], "/") > 1:
			return p, fmt.Errorf("%q: %q is neither a namespace nor TYPE/NAME.NAMESPACE", text, word)
		case negated:
			p.but = append(p.but, but)
		default:
			p.some = append(p.some, word)
		}
	}
	return p, nil
}

// ParseTargets reads a pattern of targets.
func ParseTargets(text string) (Pattern, error) {
	p, err := ParsePattern(text)
	if err == nil && strings.Contains(text, "@") {
		err = fmt.Errorf("%q: a Service is one in all clusters: leave out the @", text)
	}
	return p, err
}

// String is the pattern as it was given.
func (p Pattern) String() string { return p.text }

// Source reports whether a source is chosen.
func (p Pattern) Source(s Source) bool {
	return p.chooses(func(word string) bool {
		switch s.Name {
		case diagnose.AnyWorkload:
			return word == "mesh" || word == "*"
		case diagnose.Anybody:
			return word == "outside" || word == "*"
		}
		word, in, one := strings.Cut(word, "@")
		if one && !glob(in, s.Cluster) {
			return false
		}
		if word == "" {
			return one
		}
		return fitsName(word, s.bare(s.Workload), s.Namespace) || fitsName(word, s.bare(s.Name), s.Namespace)
	})
}

// Target reports whether a target is chosen.
func (p Pattern) Target(t Target) bool {
	return p.chooses(func(word string) bool {
		service, _, _ := strings.Cut(t.Name, ":")
		return fitsName(word, t.Name, t.Namespace) || fitsName(word, service, t.Namespace)
	})
}

func (p Pattern) chooses(fits func(string) bool) bool {
	hit := func(words []string) bool {
		for _, w := range words {
			if fits(w) {
				return true
			}
		}
		return false
	}
	return (len(p.some) == 0 || hit(p.some)) && !hit(p.but)
}

// fitsName matches a word with TYPE/NAME.NAMESPACE: with or without the type, or the
// namespace alone.
func fitsName(word, name, namespace string) bool {
	_, bare, _ := strings.Cut(name, "/")
	switch {
	case word == "mesh" || word == "outside":
		return false
	case strings.Contains(word, "/"):
		return glob(word, name)
	case strings.Contains(word, "."):
		return glob(word, bare)
	}
	return glob(word, namespace)
}

// glob matches a text with a pattern in which * stands for any letters.
func glob(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], more
	}
}
