package diagnose

import "strings"

// Qualified is the question with names that say themselves which namespace they are of, so
// that it means the same wherever it is asked. A host name that a caller outside the mesh
// looks up stays as it is.
func (q Question) Qualified() Question {
	if ref, err := parseSource(q.Source, q.namespace()); err == nil && !ref.outside() && !strings.Contains(q.Source, ".") {
		q.Source += "." + ref.namespace
	}
	kind, rest, ok := typedTarget(q.Target)
	if !ok || kind == addressTarget {
		return q
	}
	name, after := rest, ""
	if i := strings.IndexAny(rest, ":/?#"); i >= 0 {
		name, after = rest[:i], rest[i:]
	}
	if !strings.Contains(name, ".") {
		q.Target = strings.TrimSuffix(q.Target, rest) + name + "." + q.namespace() + after
	}
	return q
}

// WithPath is a target with another path.
func WithPath(target, path string) string {
	begin := 0
	if i := strings.Index(target, "://"); i >= 0 {
		begin = i + len("://")
	} else if _, rest, ok := typedTarget(target); ok {
		begin = len(target) - len(rest)
	}
	if i := strings.IndexAny(target[begin:], "/?#"); i >= 0 {
		target = target[:begin+i]
	}
	return target + path
}
