package diagnose

import (
	"maps"
	"regexp"
	"slices"
)

// redacted stands for what a Diagnosis does not show.
const redacted = "(redacted)"

// secretHeaders carry what lets in whoever holds it.
var secretHeaders = []string{"authorization", "cookie", "proxy-authorization", "x-api-key"}

// userInfo is the name and password before the host of a URL.
var userInfo = regexp.MustCompile(`^(\w+://)?[^/@]*@`)

// spec is the question as a Diagnosis shows it, without its secrets.
func (in *inquiry) spec() Spec {
	s := Spec{
		Source: in.q.Source, Target: userInfo.ReplaceAllString(in.q.Target, "$1"),
		Namespace: in.q.namespace(), Request: in.q.Request,
	}
	s.Request.Token = ""
	s.Request.Headers = maps.Clone(in.q.Request.Headers)
	for name, values := range s.Request.Headers {
		if slices.Contains(secretHeaders, name) && len(values) > 0 {
			s.Request.Headers[name] = []string{redacted}
		}
	}
	return s
}
