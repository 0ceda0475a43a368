package cluster

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// marks are the bytes that tell parts of JSON from each other.
const marks = `"{}[]:,`

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
	if at >= len(raw) {
		return -1
	}
	switch raw[at] {
	case '"':
		return textEnd(raw, at)
	case '{', '[':
		return closed(raw, at)
	}
	from := at
	for at < len(raw) && strings.IndexByte(" \t\r\n"+marks, raw[at]) < 0 {
		at++
	}
	if at == from {
		return -1
	}
	return at
}

// closed returns where the object or list ends that begins at some place; -1 if it does
// not end.
func closed(raw []byte, at int) int {
	for depth := 0; at < len(raw); at++ {
		switch raw[at] {
		case '"':
			if at = textEnd(raw, at); at < 0 {
				return -1
			}
			at--
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		default:
			for at+1 < len(raw) && dull[raw[at+1]] {
				at++
			}
		}
	}
	return -1
}

// dull are the bytes at which nothing begins or ends.
var dull = func() (out [256]bool) {
	for i := range out {
		out[i] = strings.IndexByte(`"{}[]`, byte(i)) < 0
	}
	return out
}()

// tight is JSON without the white space between its parts, which indented lists are full
// of; raw itself if it has no lines.
func tight(raw json.RawMessage) json.RawMessage {
	if bytes.IndexByte(raw, '\n') < 0 {
		return raw
	}
	out := make(json.RawMessage, 0, len(raw)/2)
	for at := space(raw, 0); at < len(raw); {
		from := at
		if raw[at] == '"' {
			at = textEnd(raw, at)
		} else {
			at++
		}
		if at < 0 {
			return raw
		}
		out = append(out, raw[from:at]...)
		next := space(raw, at)
		if next > at && next < len(raw) && strings.IndexByte(marks, raw[from]) < 0 && strings.IndexByte(marks, raw[next]) < 0 {
			return raw // two words, which are not one
		}
		at = next
	}
	return out
}
