package cluster

import (
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// Lines returns the first and the last line, from 1, of what a field holds in a document
// of YAML, or of the innermost part of its path that is there. field is written as for
// [Files.Where]; whole says that all of its path is there. Without any part of it there
// are no lines.
func Lines(text, field string) (from, to int, whole bool) {
	var doc yamlnode.Node
	if field == "" || yamlnode.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) != 1 {
		return 0, 0, false
	}
	node := doc.Content[0]
	for _, step := range steps(field) {
		key, value := child(node, keyed(node, step))
		if value == nil {
			return from, to, false
		}
		node = value
		from, to = key.Line, lastLine(value)
	}
	return from, to, true
}

// lastLine is the last line on which something of the node begins.
func lastLine(node *yamlnode.Node) int {
	last := node.Line
	for _, n := range node.Content {
		last = max(last, lastLine(n))
	}
	return last
}
