package diagnose

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// redacted stands for what a Diagnosis does not show.
const redacted = "(redacted)"

// secretHeaders carry what lets in whoever holds it.
var secretHeaders = []string{"authorization", "cookie", "proxy-authorization", "x-api-key"}

var (
	// userInfo is the name and password before the host of a URL.
	userInfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\w+://)?[^/@]*@`) })
	// tokens are JWTs, wherever they stand, and what the query calls a token, a password
	// or a key.
	tokens = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*|((?i:[?&][\w.-]*(?:token|secret|passw|passphrase|api[_-]?key|signature)[\w.-]*)=)[^&#\s"]*`)
	})
)

// scrub takes the tokens out of a text.
func scrub(s string) string {
	if !strings.Contains(s, "eyJ") && (!strings.Contains(s, "?") || !strings.Contains(s, "=")) { // as tokens has it, and faster
		return s
	}
	return tokens().ReplaceAllString(s, "${1}"+redacted)
}

// withoutUser takes the name and password out of a URL.
func withoutUser(target string) string {
	if !strings.Contains(target, "@") {
		return target
	}
	return userInfo().ReplaceAllString(target, "$1")
}

// spec is the question as a Diagnosis shows it, without its secrets.
func (in *inquiry) spec() Spec {
	s := Spec{
		Source: in.q.Source, Target: scrub(withoutUser(in.q.Target)),
		Namespace: in.q.namespace(), Request: in.q.Request,
	}
	s.Request.Token, s.Request.Path = "", scrub(in.q.Request.Path)
	s.Request.Headers = maps.Clone(in.q.Request.Headers)
	for name, values := range s.Request.Headers {
		s.Request.Headers[name] = showable(name, values)
	}
	return s
}

// showable are the values of a header without what lets in whoever holds it.
func showable(name string, values []string) []string {
	if len(values) > 0 && slices.Contains(secretHeaders, strings.ToLower(name)) {
		return []string{redacted}
	}
	out := slices.Clone(values)
	for i := range out {
		out[i] = scrub(out[i])
	}
	return out
}

// showableExplanation takes the secrets of the request out of what fields got.
func showableExplanation(e authz.Explanation) authz.Explanation {
	for _, p := range e.Policies {
		for _, r := range p.Rules {
			hideIn(r.Fields)
		}
	}
	for _, n := range e.Near {
		hideIn(n.Lacks)
	}
	return e
}

// hideIn changes the traces in place: an explanation is made for one request.
func hideIn(fields []authz.FieldTrace) {
	for i := range fields {
		f := &fields[i]
		name, isHeader := strings.CutPrefix(f.Key, "request.headers[")
		name = strings.ToLower(strings.TrimSuffix(name, "]"))
		if isHeader && slices.Contains(secretHeaders, name) && f.Got != "" && f.Got != "none" && f.Got != "not given" {
			f.Got, f.Slip = redacted, ""
			continue
		}
		f.Got, f.Slip = scrub(f.Got), scrub(f.Slip)
	}
}
