package traffic

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// decoder reads the fields of a test and refuses what it does not know. Problems
// are collected: one does not hide the next.
type decoder struct {
	document
	problems []*Problem
	merging  int // how deep in objects that are merged
}

// maxMerging bounds it: an object can be merged into itself.
const maxMerging = 10

// value is a field: its node and its name with the names around it.
type value struct {
	*yamlnode.Node
	path string
}

func (v value) field(name string) string {
	if v.path == "" {
		return name
	}
	return v.path + "." + name
}

func (d *decoder) fail(n *yamlnode.Node, format string, args ...any) {
	d.problems = append(d.problems, d.problem(n, fmt.Sprintf(format, args...)))
}

// resolved follows an alias.
func resolved(n *yamlnode.Node) *yamlnode.Node {
	for n.Kind == yamlnode.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yamlnode.Node) bool { return n.Kind == yamlnode.ScalarNode && n.ShortTag() == "!!null" }

// pairs returns the keys and values of an object. A key that is given twice is a
// mistake; what is merged (<<) counts where the object itself says nothing.
func (d *decoder) pairs(v value) []*yamlnode.Node {
	if v.Kind != yamlnode.MappingNode {
		d.fail(v.Node, "%s: wants an object, got %s", v.path, describe(v.Node))
		return nil
	}
	var out, merged []*yamlnode.Node
	seen := map[string]bool{}
	for pair := range slices.Chunk(v.Content, 2) {
		key := pair[0]
		switch {
		case key.Kind == yamlnode.ScalarNode && seen[key.Value]:
			d.fail(key, "the field %s is given twice", v.field(key.Value))
		case key.ShortTag() == "!!merge" && d.merging == maxMerging:
			d.fail(key, "%s: merges are nested too deep", v.path)
		case key.ShortTag() == "!!merge":
			seen[key.Value] = true
			d.merging++
			merged = append(merged, d.pairs(value{resolved(pair[1]), v.path})...)
			d.merging--
		case key.Kind != yamlnode.ScalarNode:
			d.fail(key, "%s: a key is not a name", v.path)
		default:
			seen[key.Value] = true
			out = append(out, key, resolved(pair[1]))
		}
	}
	for pair := range slices.Chunk(merged, 2) {
		if !seen[pair[0].Value] {
			out = append(out, pair...)
		}
	}
	return out
}

// object reads the fields of an object, in their order; null is left out.
func (d *decoder) object(v value, fields map[string]func(value)) {
	for pair := range slices.Chunk(d.pairs(v), 2) {
		name := pair[0].Value
		read, known := fields[name]
		switch {
		case !known:
			d.fail(pair[0], "unknown field %s%s", v.field(name), didYouMean(name, slices.Sorted(maps.Keys(fields))))
		case !isNull(pair[1]):
			read(value{pair[1], v.field(name)})
		}
	}
}

// list reads the elements of a list.
func (d *decoder) list(v value, read func(i int, v value)) {
	if v.Kind != yamlnode.SequenceNode {
		d.fail(v.Node, "%s: wants a list, got %s", v.path, describe(v.Node))
		return
	}
	for i, n := range v.Content {
		read(i, value{resolved(n), v.path + "[" + strconv.Itoa(i) + "]"})
	}
}

// text reads a text. What YAML takes for something else needs quotes.
func (d *decoder) text(v value) string {
	if v.Kind == yamlnode.ScalarNode && v.ShortTag() == "!!str" {
		return v.Value
	}
	hint := ""
	if v.Kind == yamlnode.ScalarNode && !isNull(v.Node) {
		hint = ": write " + strconv.Quote(v.Value)
	}
	d.fail(v.Node, "%s: wants text, got %s%s", v.path, describe(v.Node), hint)
	return ""
}

func (d *decoder) texts(v value) []string {
	out := []string{}
	d.list(v, func(_ int, v value) { out = append(out, d.text(v)) })
	return out
}

func (d *decoder) boolean(v value) bool {
	var out bool
	if v.Decode(&out) != nil || v.ShortTag() != "!!bool" {
		d.fail(v.Node, "%s: wants true or false, got %s", v.path, describe(v.Node))
	}
	return out
}

// describe says what a node is.
func describe(n *yamlnode.Node) string {
	switch {
	case n.Kind == yamlnode.SequenceNode:
		return "a list"
	case n.Kind == yamlnode.MappingNode:
		return "an object"
	case isNull(n):
		return "nothing"
	case n.ShortTag() == "!!str":
		return strconv.Quote(n.Value)
	case n.ShortTag() == "!!int", n.ShortTag() == "!!float":
		return "the number " + n.Value
	}
	return n.Value
}
