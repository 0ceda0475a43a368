package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// values reports values that nothing can ever equal, whatever the cluster is like.
func (p *policy) values() {
	p.each(principals, func(l list, i int, v string) {
		if why := or(oddPrincipal(v), p.shortPrincipal(v)); why != "" {
			p.report("AD0420", l.at(i), "%s %s, so it matches nobody", quoted(v), why)
		} else {
			p.star(l, i, v)
		}
	})
	p.each(methods, func(l list, i int, v string) {
		if up := strings.ToUpper(v); strings.Contains(v, "/") {
			p.report("AD0423", l.at(i), "%s is a path, as gRPC's methods are: it belongs into paths, and the method is POST", quoted(v))
		} else if up != v {
			p.report("AD0423", l.at(i), "methods are compared as they are sent: %s is not %s", quoted(v), up)
		} else {
			p.star(l, i, v)
		}
	})
	p.each(paths, func(l list, i int, v string) {
		if why := oddPath(v); why != "" {
			p.report("AD0424", l.at(i), "%s %s, so it matches no request", quoted(v), why)
		} else if !template(v) && !strings.ContainsAny(v, "{}") {
			p.star(l, i, v)
		}
	})
	p.each(hosts, func(l list, i int, v string) {
		if why := oddHost(v); why != "" {
			p.report("AD0425", l.at(i), "%s %s, so it matches no request", quoted(v), why)
		} else {
			p.star(l, i, v)
		}
	})
	p.each(sni, p.star)
	p.each(header, func(l list, i int, v string) {
		if len(v) > 2 && v[0] == '*' && v[len(v)-1] == '*' && !strings.Contains(v, "/") {
			p.star(l, i, v)
		}
	})
	p.each(claims, p.star)
	p.each(audiences, p.star)
}

// star reports a star that stands for itself.
func (p *policy) star(l list, i int, v string) {
	inner := strings.TrimSuffix(v, "*")
	if strings.HasPrefix(v, "*") {
		inner = v[1:]
	}
	if !strings.Contains(inner, "*") {
		return
	}
	means := "equals only this text"
	switch {
	case strings.HasPrefix(v, "*"):
		means = fmt.Sprintf("matches what ends in %s", quoted(v[1:]))
	case strings.HasSuffix(v, "*"):
		means = fmt.Sprintf("matches what begins with %s", quoted(inner))
	}
	p.report("AD0421", l.at(i), "only one star, at the beginning or at the end, stands for anything: %s %s", quoted(v), means)
}

// principalForm is an identity, or an end of one.
func oddPrincipal(v string) string {
	parts := strings.Split(v, "/")
	switch {
	case v == "" || v == "*":
		return ""
	case strings.HasPrefix(v, "spiffe://"):
		return "begins with spiffe://, which identities are compared without"
	case strings.Contains(v, "*"):
		return ""
	case len(parts) == 1:
		return "is a name only; a principal is TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT"
	case parts[0] == "ns" && len(parts) == 4:
		return "lacks the trust domain at its beginning"
	case len(parts) == 2:
		return "is no principal; NAMESPACE/NAME is the form of serviceAccounts"
	case parts[1] != "ns" || len(parts) != 5 || parts[3] != "sa":
		if parts[1] == "ns" || slices.Contains(parts, "sa") {
			return "is not of the form TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT"
		}
	case parts[4] == "" || parts[2] == "":
		return "is not of the form TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT"
	}
	return ""
}

// shortPrincipal words that a principal of the mesh's own trust domain lacks the words
// that every identity of the mesh has.
func (p *policy) shortPrincipal(v string) string {
	parts := strings.Split(v, "/")
	if len(parts) != 3 || strings.Contains(v, "*") || parts[0] != p.cfg.TrustDomain && parts[0] != "cluster.local" {
		return ""
	}
	return fmt.Sprintf("is no identity of the mesh; that of %s in namespace %s is %s/ns/%s/sa/%s", parts[2], parts[1], parts[0], parts[1], parts[2])
}

// regular is what only regular expressions have.
var regular = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\^|\$$|\.\*|\.\+|\\[dws./]|\[[^\]]+\][*+?]?|\([^)]*\|[^)]*\)`)
})

func oddPath(v string) string {
	switch {
	case v == "" || v == "*" || template(v):
		return "" // templates are looked at apart
	case strings.Contains(v, "://"):
		return "has a scheme and a host, and a path has neither"
	case strings.Contains(v, "?"):
		return "has a query, and paths are compared without theirs"
	case strings.Contains(v, "#"):
		return "has a fragment, which no request that comes so far has"
	case regular().MatchString(v):
		return "looks like a regular expression, and paths are compared as text"
	case !strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "*"):
		return "does not begin with a slash"
	}
	return ""
}

func oddHost(v string) string {
	switch {
	case strings.Contains(v, "://"):
		return "has a scheme, and a host has none"
	case strings.Contains(v, "/"):
		return "has a path, and a host has none"
	case strings.HasPrefix(v, "^") || strings.Contains(v, `\.`) || strings.Contains(v, ".*") && !strings.HasSuffix(v, ".*"):
		return "looks like a regular expression, and hosts are compared as text"
	}
	return ""
}
