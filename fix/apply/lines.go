package apply

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// shown is a difference as it is shown: lists are gone into.
type shown struct {
	path          string
	before, after any
}

// Lines shows differences, three lines or less for each, with what is there no more after
// a minus and what is there now after a plus:
//
//	spec.rules[0].to[0].operation.methods[0]
//	  - "GET"
//	  + "POST"
func Lines(fields []Field) string {
	var b strings.Builder
	for _, s := range show(fields) {
		b.WriteString(s.path + "\n")
		if s.before != nil {
			fmt.Fprintf(&b, "  - %s\n", encode(s.before))
		}
		if s.after != nil {
			fmt.Fprintf(&b, "  + %s\n", encode(s.after))
		}
	}
	return b.String()
}

// show goes into lists as far as they are alike.
func show(fields []Field) []shown {
	var out []shown
	for _, f := range fields {
		var path strings.Builder
		for _, key := range f.Path {
			path.WriteString(element(path.Len() == 0, key))
		}
		into(path.String(), value(f.Before), value(f.After), &out)
	}
	return out
}

func into(path string, before, after any, out *[]shown) {
	if reflect.DeepEqual(before, after) {
		return
	}
	if b, ok := before.([]any); ok {
		if a, ok := after.([]any); ok {
			items(path, b, a, out)
			return
		}
	}
	if b, ok := before.(object); ok {
		if a, ok := after.(object); ok {
			for _, f := range compare(nil, 0, b, a) {
				inner := path
				for _, key := range f.Path {
					inner += element(inner == "", key)
				}
				into(inner, value(f.Before), value(f.After), out)
			}
			return
		}
	}
	*out = append(*out, shown{path, before, after})
}

// items leaves out what is the same at the beginning and at the end.
func items(path string, before, after []any, out *[]shown) {
	first := 0
	for first < len(before) && first < len(after) && reflect.DeepEqual(before[first], after[first]) {
		first++
	}
	before, after = before[first:], after[first:]
	for len(before) > 0 && len(after) > 0 && reflect.DeepEqual(before[len(before)-1], after[len(after)-1]) {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	pairs := len(before) == len(after)
	for i := range max(len(before), len(after)) {
		at := path + "[" + strconv.Itoa(first+i) + "]"
		b, a := index(before, i), index(after, i)
		if pairs {
			into(at, b, a, out)
			continue
		}
		*out = append(*out, shown{at, b, a})
	}
}

// element is one key of a path; a key with dots, as labels have, is quoted.
func element(first bool, key string) string {
	switch {
	case strings.ContainsAny(key, ".[]/"):
		return "[" + strconv.Quote(key) + "]"
	case first:
		return key
	}
	return "." + key
}

// value reads a value; nil if there is none.
func value(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	// A field's value is what JSON has it, so it is read as that of one.
	o, err := decode(json.RawMessage(`{"v":` + string(raw) + `}`))
	if err != nil {
		return nil
	}
	return o["v"]
}
