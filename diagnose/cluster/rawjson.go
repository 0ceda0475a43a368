package cluster

import (
	"encoding/json"
	"unicode/utf8"
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
	out := make([]member, 0, 6) // as many as most objects have
	ok := eachMember(raw, func(name string, from, to int) bool {
		out = append(out, member{name, raw[from:to:to]})
		return true
	})
	return out, ok
}

// eachMember gives take the members of an object, the value by where it stands, until it
// wants no more; false if raw is not an object, as far as it was looked at.
func eachMember(raw []byte, take func(name string, from, to int) bool) bool {
	at := space(raw, 0)
	if at == len(raw) || raw[at] != '{' {
		return false
	}
	if at = space(raw, at+1); at < len(raw) && raw[at] == '}' {
		return space(raw, at+1) == len(raw)
	}
	for at < len(raw) {
		end := textEnd(raw, at)
		colon := space(raw, end)
		if colon == len(raw) || raw[colon] != ':' {
			return false
		}
		name, ok := plain(raw[at:end])
		from := space(raw, colon+1)
		end = valueEnd(raw, from)
		if at = space(raw, end); !ok || at == len(raw) || raw[at] != ',' && raw[at] != '}' {
			return false
		}
		if !take(name, from, end) {
			return true
		}
		if raw[at] == '}' {
			return space(raw, at+1) == len(raw)
		}
		at = space(raw, at+1)
	}
	return false
}

// plain is what a text in quotes says.
func plain(quoted []byte) (string, bool) {
	for _, c := range quoted[1 : len(quoted)-1] {
		if c < ' ' || c == '\\' || c >= utf8.RuneSelf {
			var s string
			err := json.Unmarshal(quoted, &s)
			return s, err == nil
		}
	}
	return string(quoted[1 : len(quoted)-1]), true
}

// elements are those of a list; false if raw is not a list.
func elements(raw []byte) ([]json.RawMessage, bool) {
	var out []json.RawMessage
	ok := eachElement(raw, func(from, to int) { out = append(out, raw[from:to:to]) })
	return out, ok
}

// eachElement gives take the places of the elements of a list; false if raw is not a list.
func eachElement(raw []byte, take func(from, to int)) bool {
	at := space(raw, 0)
	if at == len(raw) || raw[at] != '[' {
		return false
	}
	if at = space(raw, at+1); at < len(raw) && raw[at] == ']' {
		return space(raw, at+1) == len(raw)
	}
	for at < len(raw) {
		end := valueEnd(raw, at)
		next := space(raw, end)
		if next == len(raw) || raw[next] != ',' && raw[next] != ']' {
			return false
		}
		take(at, end)
		if raw[next] == ']' {
			return space(raw, next+1) == len(raw)
		}
		at = space(raw, next+1)
	}
	return false
}
