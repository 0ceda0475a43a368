package authz

import (
	"regexp"
	"strings"
	"sync"
)

func isTemplate(v string) bool { return strings.Contains(v, "{*}") || strings.Contains(v, "{**}") }

// What the operators of a path template take: Envoy's uri_template_lib, with
// the star that it takes since 1.35.
var (
	templateByte  = setOf(func(b byte) bool { return alphanumeric(b) || strings.IndexByte("-._~%!$&'()+,;:@=*", b) >= 0 })
	templateBytes = setOf(func(b byte) bool { return templateByte.has(b) || b == '/' })
)

// templateOperator finds the operators, written with braces or, as Envoy gets
// them, without.
var templateOperator = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\*\*\}|\{\*\}|\*\*|\*`) })

func template(v string) []piece {
	var out []piece
	at := 0
	for _, m := range templateOperator().FindAllStringIndex(v, -1) {
		out = append(out, lit(v[at:m[0]]))
		if op := strings.Trim(v[m[0]:m[1]], "{}"); op == "*" {
			out = append(out, plus(templateByte))
		} else {
			out = append(out, star(templateBytes))
		}
		at = m[1]
	}
	return append(out, lit(v[at:]))
}

// templateTest is the test of a path template. What follows its literal start is
// walked where that can be done without looking back, and else put to the automaton.
func templateTest(v string) test {
	pieces := template(v)
	t := test{op: opTemplate, text: v, more: pieces[0].literal, nfa: newNFA(pieces, false)}
	t.walk = newWalk(pieces[1:])
	return t
}

// walk is the rest of a template after its literal start, from operator to
// operator.
type walk []stride

// stride takes all bytes of the set that there are, at least min, and then the
// literal.
type stride struct {
	set     *byteSet
	min     int
	literal string
}

// newWalk makes the walk of operators and literals in turn. It returns nil if one
// of the operators may take bytes of the literal after it, or of the next operator:
// then there is more than one way to go.
func newWalk(pieces []piece) walk {
	var out walk
	for i := 0; i < len(pieces); i += 2 {
		op, literal := pieces[i], pieces[i+1].literal
		last := i+2 == len(pieces)
		if literal == "" && !last || literal != "" && op.set.has(literal[0]) {
			return nil
		}
		out = append(out, stride{op.set, op.min, literal})
	}
	return out
}

// match reports whether the whole of s is walked.
func (w walk) match(s string) bool {
	for i := range w {
		n := 0
		for n < len(s) && w[i].set.has(s[n]) {
			n++
		}
		if n < w[i].min || !strings.HasPrefix(s[n:], w[i].literal) {
			return false
		}
		s = s[n+len(w[i].literal):]
	}
	return s == ""
}
