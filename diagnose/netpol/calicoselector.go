package netpol

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// calicoLabels look a label up: what it is, whether it is there, and whether
// that is known.
type calicoLabels func(key string) (value string, has, known bool)

// calicoSelector evaluates a selector of Calico while it reads it:
//
//	or    = and { "||" and }
//	and   = not { "&&" not }
//	not   = "!" not | "(" or ")" | all() | global() | has(KEY) | KEY test
//	test  = ( "==" | "!=" | contains | starts with | ends with ) 'TEXT' | [ not ] in { 'TEXT', … }
//
// https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors
type calicoSelector struct {
	tokens []string
	label  calicoLabels
	wrong  bool
}

var calicoToken = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:==|!=|&&|\|\||[!(){},]|'[^']*'|"[^"]*"|[A-Za-z0-9_./-]+)`)
})

// calicoTokens cuts a selector; what it cannot cut is a token of its own.
func calicoTokens(text string) []string {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		token := calicoToken().FindString(text)
		if token == "" {
			return append(out, text)
		}
		out, text = append(out, token), text[len(token):]
	}
	return out
}

// next returns the next token; empty if there is none.
func (s *calicoSelector) next() string {
	if len(s.tokens) == 0 {
		return ""
	}
	token := s.tokens[0]
	s.tokens = s.tokens[1:]
	return token
}

// take drops the tokens if they come next.
func (s *calicoSelector) take(tokens ...string) bool {
	if len(s.tokens) < len(tokens) || !slices.Equal(s.tokens[:len(tokens)], tokens) {
		return false
	}
	s.tokens = s.tokens[len(tokens):]
	return true
}

func (s *calicoSelector) want(token string) { s.wrong = s.next() != token || s.wrong }

func (s *calicoSelector) or() truth {
	out := s.and()
	for s.take("||") {
		out = max(out, s.and())
	}
	return out
}

func (s *calicoSelector) and() truth {
	out := s.not()
	for s.take("&&") {
		out = min(out, s.not())
	}
	return out
}

func (s *calicoSelector) not() truth {
	switch {
	case s.take("!"):
		return yes - s.not()
	case s.take("("):
		out := s.or()
		s.want(")")
		return out
	case s.take("all", "(", ")"):
		return yes
	case s.take("global", "(", ")"):
		return no // what has no namespace
	case s.take("has", "("):
		key := s.next()
		s.want(")")
		return s.test(key, func(string) bool { return true }, false)
	}
	return s.comparison(s.next())
}

// comparison reads what is asked of a label. What is true of a label that is not
// there is so by the operators that deny.
func (s *calicoSelector) comparison(key string) truth {
	switch {
	case s.take("=="):
		text := s.text()
		return s.test(key, func(v string) bool { return v == text }, false)
	case s.take("!="):
		text := s.text()
		return s.test(key, func(v string) bool { return v != text }, true)
	case s.take("contains"):
		text := s.text()
		return s.test(key, func(v string) bool { return strings.Contains(v, text) }, false)
	case s.take("starts", "with"):
		text := s.text()
		return s.test(key, func(v string) bool { return strings.HasPrefix(v, text) }, false)
	case s.take("ends", "with"):
		text := s.text()
		return s.test(key, func(v string) bool { return strings.HasSuffix(v, text) }, false)
	case s.take("in", "{"):
		texts := s.texts()
		return s.test(key, func(v string) bool { return slices.Contains(texts, v) }, false)
	case s.take("not", "in", "{"):
		texts := s.texts()
		return s.test(key, func(v string) bool { return !slices.Contains(texts, v) }, true)
	}
	s.wrong = true
	return unknown
}

func (s *calicoSelector) test(key string, holds func(string) bool, absent bool) truth {
	value, has, known := s.label(key)
	switch {
	case !known:
		return unknown
	case !has:
		return truthOf(absent)
	}
	return truthOf(holds(value))
}

// text reads a quoted text.
func (s *calicoSelector) text() string {
	token := s.next()
	if len(token) < 2 || token[0] != '\'' && token[0] != '"' || token[len(token)-1] != token[0] {
		s.wrong = true
		return ""
	}
	return token[1 : len(token)-1]
}

// texts reads quoted texts up to the brace that closes.
func (s *calicoSelector) texts() []string {
	var out []string
	for !s.take("}") && !s.wrong {
		out = append(out, s.text())
		s.take(",")
	}
	return out
}
