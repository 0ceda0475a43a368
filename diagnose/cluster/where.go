package cluster

import (
	"strconv"
	"strings"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// placed are the resources of which Where knows where their objects stand: those that
// somebody writes by hand and is told what is wrong with them. Those of platforms are
// among them.
var placed = map[Resource]bool{AuthorizationPolicies: true, PeerAuthentications: true, RequestAuthentications: true}

// Where returns the file and the line in which a field of an object stands, or else
// the innermost part of its path that is there. field is written as in
// spec.rules[0].from[0] and metadata.annotations[a.b/c]; the empty one is the object.
// Without a file there is nothing to say of the object.
func (f *Files) Where(r Resource, namespace, name, field string) (file string, line int) {
	p, ok := f.places[key{r, namespace, name}]
	if !ok {
		return "", 0
	}
	return p.file, p.lineOf(append(p.at[:len(p.at):len(p.at)], steps(field)...))
}

// steps reads a path as people write it.
func steps(field string) fieldPath {
	var out fieldPath
	for field != "" {
		switch end := strings.IndexAny(field, ".["); {
		case field[0] == '.':
			field = field[1:]
		case field[0] == '[':
			inner, rest, _ := strings.Cut(field[1:], "]")
			field = rest
			if i, err := strconv.Atoi(inner); err == nil {
				out = append(out, i)
				continue
			}
			out = append(out, strings.Trim(inner, `"`))
		case end < 0:
			return append(out, field)
		default:
			out, field = append(out, field[:end]), field[end:]
		}
	}
	return out
}

// keyed takes a number for the name that it may be too: of a port.
func keyed(node *yamlnode.Node, step any) any {
	if i, ok := step.(int); ok && node.Kind == yamlnode.MappingNode {
		return strconv.Itoa(i)
	}
	return step
}
