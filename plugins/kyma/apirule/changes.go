package apirule

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
)

// change is a leaf that two objects have different; or an element of a list, such as a
// rule, that only one of them has: then its leaves are the values, "FIELD VALUE".
type change struct {
	path            string
	whole           bool // an element
	wanted, got     []string
	missing, excess []string // of the values
}

// changes compares two objects, in the order of their paths.
func changes(wanted, got proto.Message) []change {
	w, g := leavesOf(wanted), leavesOf(got)
	found := map[string]*change{}
	for path := range union(w, g) {
		missing, excess := without(w[path], g[path]), without(g[path], w[path])
		if len(missing)+len(excess) == 0 {
			continue
		}
		if element, ok := alone(path, w, g); ok {
			c := at(found, element)
			c.whole = true
			field := strings.TrimPrefix(strings.TrimPrefix(path, element), ".") + " "
			c.wanted, c.got = append(c.wanted, prefixed(field, w[path])...), append(c.got, prefixed(field, g[path])...)
			continue
		}
		c := at(found, path)
		c.wanted, c.got, c.missing, c.excess = w[path], g[path], missing, excess
	}
	var out []change
	for _, path := range slices.Sorted(maps.Keys(found)) {
		c := *found[path]
		if hollow(path, &c, found) {
			continue
		}
		if c.whole {
			slices.Sort(c.wanted)
			slices.Sort(c.got)
		}
		out = append(out, c)
	}
	return out
}

// hollow reports whether a change says only that something is empty, of which others say
// what it lacks.
func hollow(path string, c *change, found map[string]*change) bool {
	if !slices.Equal(slices.Concat(c.missing, c.excess), []string{nothing}) {
		return false
	}
	for other := range found {
		if strings.HasPrefix(other, path+".") {
			return true
		}
	}
	return false
}

func at(found map[string]*change, path string) *change {
	if found[path] == nil {
		found[path] = &change{path: path}
	}
	return found[path]
}

func prefixed(prefix string, values []string) []string {
	var out []string
	for _, v := range values {
		out = append(out, strings.TrimSpace(prefix+v))
	}
	return out
}

// alone is the outermost element of a list around a path that only one of two has.
func alone(path string, a, b leaves) (string, bool) {
	for i := range path {
		if path[i] != ']' {
			continue
		}
		if element := path[:i+1]; a.has(element) != b.has(element) {
			return element, true
		}
	}
	return "", false
}

// has reports whether anything is set at or below an element.
func (l leaves) has(element string) bool {
	for path := range l {
		if strings.HasPrefix(path, element) {
			return true
		}
	}
	return false
}

func union(a, b leaves) leaves {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// without is what of a list is not in another, in order.
func without(list, other []string) []string {
	var out []string
	for _, v := range slices.Sorted(slices.Values(list)) {
		if !slices.Contains(other, v) {
			out = append(out, v)
		}
	}
	return slices.Compact(out)
}
