package authz

import (
	"slices"
	"strings"
)

// migrate returns the principals that stand for v in a mesh whose trust domains
// are bundle (trustdomain/bundle.go). Only a value of exactly five parts is
// looked at, and cluster.local means the mesh's own trust domain.
func migrate(v string, bundle []string) []string {
	td, rest, _ := strings.Cut(v, "/")
	if strings.Count(v, "/") != 4 || td == "*" {
		return []string{v}
	}
	if td != "cluster.local" && !slices.ContainsFunc(bundle, func(own string) bool { return alike(td, own) }) {
		return []string{v}
	}
	var out []string
	for _, own := range bundle {
		p := own + "/" + rest
		if endsLike(own, td) {
			p = v
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// alike reports whether either trust domain is a pattern for the other.
func alike(a, b string) bool {
	return a == b || b == "*" || startsLike(a, b) || startsLike(b, a) || endsLike(a, b) || endsLike(b, a)
}

func startsLike(s, pattern string) bool {
	p, ok := strings.CutSuffix(pattern, "*")
	return ok && strings.HasPrefix(s, p)
}

func endsLike(s, pattern string) bool {
	p, ok := strings.CutPrefix(pattern, "*")
	return ok && strings.HasSuffix(s, p)
}

// expand returns the trust domains that stand for v: all of the bundle if v is
// one of it. cluster.local has no special meaning here.
func expand(v string, bundle []string) []string {
	if slices.Contains(bundle, v) {
		return bundle
	}
	return []string{v}
}
