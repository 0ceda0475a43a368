package apirule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// mutant is an object of which one value is not as it was.
type mutant[T any] struct {
	object      *T
	field, what string
}

// mutants takes away each value of a spec, changes it, and puts another beside it.
func mutants[T any](t *testing.T, o *T) []mutant[T] {
	t.Helper()
	var out []mutant[T]
	for n := 0; ; n++ {
		text, err := json.Marshal(o)
		object := map[string]any{}
		if err == nil {
			err = json.Unmarshal(text, &object)
		}
		if err != nil {
			t.Fatal(err)
		}
		b := breaker{left: n}
		object["spec"] = b.walk("spec", object["spec"])
		if b.what == "" {
			return out
		}
		text, err = json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		into := new(T)
		if json.Unmarshal(text, into) == nil { // the API refuses the rest
			out = append(out, mutant[T]{into, b.field, b.what})
		}
	}
}

// breaker breaks the value that comes after so many others.
type breaker struct {
	left        int
	field, what string
}

// here reports whether it is this one's turn.
func (b *breaker) here(field, format string, args ...any) bool {
	b.left--
	if b.left != -1 {
		return false
	}
	b.field, b.what = field, fmt.Sprintf(format, args...)
	return true
}

func (b *breaker) walk(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return b.object(path, v)
	case []any:
		return b.list(path, v)
	case bool:
		if b.here(path, "turns %s", path) {
			return !v
		}
	case string:
		if path == "spec.action" {
			if b.here(path, "denies") {
				return "DENY"
			}
		} else if b.here(path, "changes %s", path) {
			return v + "x"
		}
	}
	return v
}

func (b *breaker) object(path string, v map[string]any) any {
	for _, k := range slices.Sorted(maps.Keys(v)) {
		field := path + "." + k
		if strings.HasSuffix(path, ".matchLabels") {
			field = path
		}
		if b.here(field, "takes %s from %s", k, path) {
			delete(v, k)
			return v
		}
		v[k] = b.walk(field, v[k])
	}
	return v
}

func (b *breaker) list(path string, v []any) any {
	for i := range v {
		if b.here(path, "takes %s[%d]", path, i) {
			return slices.Delete(v, i, i+1)
		}
		_, text := v[i].(string)
		field := fmt.Sprintf("%s[%d]", path, i)
		if text || strings.HasSuffix(path, ".when") {
			field = path
		}
		if !text && b.here(path, "empties %s[%d]", path, i) {
			v[i] = map[string]any{}
			return v
		}
		v[i] = b.walk(field, v[i])
	}
	if len(v) > 0 {
		if _, text := v[0].(string); text && b.here(path, "adds to %s", path) {
			return append(v, "another")
		}
		if _, text := v[0].(string); !text && b.here(path, "adds an element to %s", path) {
			return append(v, map[string]any{})
		}
	}
	return v
}
