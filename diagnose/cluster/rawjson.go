package cluster

import (
	"bytes"
	"encoding/json"
)

// What is here takes JSON apart without looking at more of it than where values begin and
// end. It is for large texts, whose parts are decoded, and so checked, on all cores.

// member is a name and its value in an object.
type member struct {
	name  string
	value json.RawMessage
}

// members are those of an object, in its order; false if raw is not an object.
func members(raw []byte) ([]member, bool) {
	at := space(raw, 0)
	if at == len(raw) || raw[at] != '{' {
		return nil, false
	}
	out := make([]member, 0, 6) // as many as most objects have
	for at = space(raw, at+1); at < len(raw); at = space(raw, at+1) {
		if raw[at] == '}' && len(out) == 0 {
			return out, space(raw, at+1) == len(raw)
		}
		end := textEnd(raw, at)
		colon := space(raw, end)
		if end < 0 || colon == len(raw) || raw[colon] != ':' {
			return nil, false
		}
		var m member
		if name := raw[at:end]; bytes.IndexByte(name, '\\') < 0 {
			m.name = string(name[1 : len(name)-1])
		} else if json.Unmarshal(name, &m.name) != nil {
			return nil, false
		}
		from := space(raw, colon+1)
		end = valueEnd(raw, from)
		at = space(raw, end)
		if end < 0 || at == len(raw) || raw[at] != ',' && raw[at] != '}' {
			return nil, false
		}
		m.value = raw[from:end:end]
		out = append(out, m)
		if raw[at] == '}' {
			return out, space(raw, at+1) == len(raw)
		}
	}
	return nil, false
}

// elements are those of a list; false if raw is not a list.
func elements(raw []byte) ([]json.RawMessage, bool) {
	at := space(raw, 0)
	if at == len(raw) || raw[at] != '[' {
		return nil, false
	}
	var out []json.RawMessage
	for at = space(raw, at+1); at < len(raw); at = space(raw, at+1) {
		if raw[at] == ']' && len(out) == 0 {
			return out, space(raw, at+1) == len(raw)
		}
		end := valueEnd(raw, at)
		next := space(raw, end)
		if end < 0 || next == len(raw) || raw[next] != ',' && raw[next] != ']' {
			return nil, false
		}
		out = append(out, raw[at:end:end])
		if at = next; raw[at] == ']' {
			return out, space(raw, at+1) == len(raw)
		}
	}
	return nil, false
}

// space returns where the white space that begins at some place ends; before the text it
// is the whole text.
func space(raw []byte, at int) int {
	if at < 0 {
		return len(raw)
	}
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r') {
		at++
	}
	return at
}

// textEnd returns where the text in quotes ends that begins at some place; -1 if there
// is none.
func textEnd(raw []byte, at int) int {
	if at >= len(raw) || raw[at] != '"' {
		return -1
	}
	for at++; at < len(raw); at++ {
		quote := bytes.IndexByte(raw[at:], '"')
		if quote < 0 {
			return -1
		}
		escapes := 0
		for at += quote; raw[at-1-escapes] == '\\'; {
			escapes++
		}
		if escapes%2 == 0 {
			return at + 1
		}
	}
	return -1
}

// valueEnd returns where the value ends that begins at some place; -1 if there is none.
func valueEnd(raw []byte, at int) int {
	depth, from := 0, at
	for at < len(raw) {
		switch raw[at] {
		case '"':
			if at = textEnd(raw, at); at < 0 || depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return scalarEnd(from, at)
			}
			if depth == 0 {
				return at + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return scalarEnd(from, at)
			}
		}
		at++
	}
	if depth > 0 {
		return -1
	}
	return scalarEnd(from, len(raw))
}

// scalarEnd is the end of a number or word, which has to have a letter at least.
func scalarEnd(from, to int) int {
	if from == to {
		return -1
	}
	return to
}
