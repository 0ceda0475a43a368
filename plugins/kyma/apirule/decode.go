package apirule

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// node is a value of an object and the way to it. What is not there is zero; of what has
// another type than is wanted the first is kept as the error.
type node struct {
	path  string
	value any
	err   *error
}

// root is an object that has no path yet.
func root(object map[string]any, err *error) node { return node{value: object, err: err} }

// wrong notes that the value is not what is wanted.
func (n node) wrong(want string) {
	if *n.err == nil {
		*n.err = fmt.Errorf("%s: want %s, got %s", n.path, want, typeName(n.value))
	}
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return "a number"
}

// absent reports whether the value is not there.
func (n node) absent() bool { return n.value == nil }

// get is a field of an object.
func (n node) get(key string) node {
	out := node{path: key, err: n.err}
	if n.path != "" {
		out.path = n.path + "." + key
	}
	if n.absent() {
		return out
	}
	fields, ok := n.value.(map[string]any)
	if !ok {
		n.wrong("an object")
		return out
	}
	out.value = fields[key]
	return out
}

// list are the elements of a list.
func (n node) list() []node {
	if n.absent() {
		return nil
	}
	elements, ok := n.value.([]any)
	if !ok {
		n.wrong("a list")
		return nil
	}
	var out []node
	for i, v := range elements {
		out = append(out, node{path: fmt.Sprintf("%s[%d]", n.path, i), value: v, err: n.err})
	}
	return out
}

func (n node) text() string {
	if n.absent() {
		return ""
	}
	s, ok := n.value.(string)
	if !ok {
		n.wrong("a string")
	}
	return s
}

func (n node) texts() []string {
	var out []string
	for _, e := range n.list() {
		out = append(out, e.text())
	}
	return out
}

// pairs are the texts of an object by their names.
func (n node) pairs() map[string]string {
	if n.absent() {
		return nil
	}
	fields, ok := n.value.(map[string]any)
	if !ok {
		n.wrong("an object")
		return nil
	}
	out := map[string]string{}
	for key := range fields {
		out[key] = n.get(key).text()
	}
	return out
}

// duration is a number of seconds, as in v2, or a text such as 10s.
func (n node) duration() *time.Duration {
	if n.absent() {
		return nil
	}
	text, ok := n.value.(string)
	if !ok {
		d := time.Duration(n.number()) * time.Second
		return &d
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		n.wrong("a duration")
	}
	return &d
}

func (n node) boolean() bool {
	if n.absent() {
		return false
	}
	b, ok := n.value.(bool)
	if !ok {
		n.wrong("a boolean")
	}
	return b
}

func (n node) number() int64 {
	switch v := n.value.(type) {
	case nil:
		return 0
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= math.MaxInt32 {
			return int64(v)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
	}
	n.wrong("a whole number")
	return 0
}
