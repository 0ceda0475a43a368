package cluster

import (
	"bytes"
	"encoding/json"
	"strings"
)

// marks are the bytes that tell parts of JSON from each other.
const marks = `"{}[]:,`

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
