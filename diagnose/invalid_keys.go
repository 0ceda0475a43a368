package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// condition checks an entry of when.
func (c *checker) condition(at string, cond *securityapi.Condition, custom bool) {
	key := cond.GetKey()
	c.addIf(custom && slices.Contains([]string{"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"}, key),
		at+".key", "CUSTOM goes by no identity", customEffect(false, false))
	if custom && strings.HasPrefix(key, "request.auth.") {
		c.add(at+".key", "CUSTOM goes by no token", customEffect(true, len(cond.GetValues()) == 0))
	}
	if len(cond.GetValues())+len(cond.GetNotValues()) == 0 {
		c.add(at, "there are neither values nor notValues", c.bare())
	}
	check, known := c.values(key)
	if !known {
		c.add(at+".key", strconv.Quote(key)+" is no key of a condition", c.unknownKey())
		return
	}
	check(at+".values", cond.GetValues())
	check(at+".notValues", cond.GetNotValues())
	for _, prefix := range mapKeys {
		if strings.HasPrefix(key, prefix) && !bracketed(key) {
			c.add(at+".key", strconv.Quote(key)+" lacks a name in brackets", c.lost(true))
		}
	}
}

func (c *checker) unknownKey() string {
	switch {
	case c.action == authz.ActionAllow:
		return "the whole rule is gone and admits nobody"
	case c.ztunnel:
		return "the rule never matches"
	}
	return "the whole rule is gone and matches nothing"
}

// mapKeys are the keys that end in a name in brackets.
var mapKeys = []string{headersKey, "request.auth.claims", "experimental.envoy.filters."}

func bracketed(key string) bool {
	open := strings.IndexByte(key, '[')
	return strings.HasSuffix(key, "]") && open > 0 && open < len(key)-len("[]")
}

// values is how the values of a key are checked.
func (c *checker) values(key string) (check func(at string, values []string), known bool) {
	switch key {
	case "source.ip", "remote.ip", "destination.ip":
		return c.blocks, true
	case "destination.port":
		return c.ports, true
	case "source.serviceAccount":
		return c.accounts, true
	case "source.trustDomain":
		return c.domains, true
	case "source.namespace", "source.principal", "request.auth.principal", "request.auth.audiences", "request.auth.presenter", "connection.sni":
		return c.texts, true
	}
	known = slices.ContainsFunc(mapKeys, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
	return c.present, known
}

// present: an empty value of a header or claim is refused, and can be matched.
func (c *checker) present(at string, values []string) {
	c.addIf(slices.Contains(values, ""), at, "a value is empty", "it matches what is there and empty")
}

// literalSegment is what a path template may have between its operators
// (pkg/config/security/security.go, validLiteral).
var literalSegment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^[a-zA-Z0-9-._~%!$&'()+,;:@=]+$") })

// paths: braces are for {*} and {**}, each a segment of its own, {**} the last.
func (c *checker) paths(at string, values []string) {
	c.texts(at, values)
	for _, v := range values {
		template := strings.Contains(v, "{*}") || strings.Contains(v, "{**}")
		if why := badTemplate(v, template); why != "" && template {
			c.add(at, strconv.Quote(v)+" is no path template: "+why, "Envoy cannot load it")
		} else if why != "" {
			c.add(at, strconv.Quote(v)+" is no path template: "+why, "it matches only this text, braces and all")
		}
	}
}

func badTemplate(v string, template bool) string {
	last := false
	for segment := range strings.SplitSeq(strings.Trim(v, "/"), "/") {
		operator := segment == "{*}" || segment == "{**}"
		switch {
		case operator && last:
			return "{**} has to be the last operator"
		case operator:
			last = segment == "{**}"
		case strings.ContainsAny(segment, "{}"):
			return "the only operators are {*} and {**}, each a segment of its own"
		case template && !literalSegment().MatchString(segment):
			return "the segment " + strconv.Quote(segment) + " has what a template may not have"
		}
	}
	return ""
}
