package traffic

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// CaseOf makes a case of a question. What is secret, and so has no place in a file, is left
// out, and left says what: a token, which leaves its claims, credentials in headers and in
// the target.
func CaseOf(q diagnose.Question) (c Case, left []string) {
	q = q.Qualified()
	r := q.Request
	if r.Path != "" {
		q.Target, r.Path = diagnose.WithPath(q.Target, r.Path), ""
	}
	if q.AnyPath {
		q.Target, r.Host = withoutPath(q.Target, r.Host)
	}
	if r.Token != "" {
		r.Claims, r.Token = claimsOf(r.Token), ""
		left = append(left, "the token, of which only the claims are there")
	}
	r.Headers = maps.Clone(r.Headers)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if SecretHeader(name, r.Headers[name]...) {
			delete(r.Headers, name)
			left = append(left, "the header "+name)
		}
	}
	target := withoutSecrets(q.Target)
	if target != q.Target {
		left = append(left, "credentials in the target")
	}
	return Case{Name: q.Source + " → " + target, Source: q.Source, Target: target, Request: r}, left
}

// withoutPath is a target that implies no path, and the Host header that it implied: a URL
// always has a path.
func withoutPath(target, host string) (pathless, header string) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" || u.Path != "" {
		return target, host
	}
	if host == "" {
		host = u.Host
	}
	if u.Port() == "" {
		return u.Host + ":80", host
	}
	return u.Host, host
}

// Question is the case's, to be asked in the world of another one.
func (c Case) Question(of diagnose.Question) diagnose.Question {
	of.Source, of.Target, of.Request = c.Source, c.Target, c.Request
	of.Namespace, of.AnyPath, of.AnyHost = "", false, false // no file says so
	return of
}

// secretHeaders let in whoever knows them.
var secretHeaders = map[string]bool{"authorization": true, "proxy-authorization": true, "cookie": true, "x-api-key": true}

// SecretHeader reports whether a header lets in whoever holds it. The name is in lower case.
func SecretHeader(name string, values ...string) bool {
	return secretHeaders[name] || slices.ContainsFunc(values, typed.HoldsJWT)
}

// claimsOf is the payload of a token; empty if it cannot be read.
func claimsOf(token string) map[string]any {
	out := map[string]any{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return out
	}
	if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
		_ = json.Unmarshal(payload, &out) // a proxy refuses the token as well
	}
	return out
}

// withoutSecrets takes user and password out of a target, and parameters that are tokens.
func withoutSecrets(target string) string {
	target = typed.WithoutUser(target)
	path, query, _ := strings.Cut(target, "?")
	var kept []string
	all := strings.Split(query, "&")
	for _, parameter := range all {
		name, value, _ := strings.Cut(parameter, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if !strings.EqualFold(name, "access_token") && !typed.HoldsJWT(value) {
			kept = append(kept, parameter)
		}
	}
	switch len(kept) {
	case len(all):
		return target
	case 0:
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}
