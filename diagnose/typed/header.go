package typed

import (
	"errors"
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// parseHeaders reads NAME=VALUE and 'NAME: VALUE'; the names come out in lower
// case, as on the wire of HTTP/2.
func parseHeaders(words []string) (map[string][]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	headers := map[string][]string{}
	for _, word := range words {
		name, value, err := parseHeader(word)
		if err != nil {
			return nil, fmt.Errorf("--header %q: %w", word, err)
		}
		headers[name] = append(headers[name], value)
	}
	return headers, nil
}

func parseHeader(word string) (name, value string, err error) {
	if strings.HasPrefix(word, ":") {
		return "", "", errors.New("what begins with a colon is no header: use --method, --path or --host")
	}
	i := strings.IndexAny(word, "=:")
	if i < 0 {
		return "", "", errors.New("want NAME=VALUE or 'NAME: VALUE'")
	}
	name, value = strings.ToLower(strings.TrimSpace(word[:i])), word[i+1:]
	if word[i] == ':' {
		value = strings.TrimSpace(value)
	}
	if !IsToken(name) {
		return "", "", fmt.Errorf("%q is no name of a header", word[:i])
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return "", "", errors.New("a value has no line breaks")
	}
	return name, value, nil
}

// IsToken reports whether s is a word of HTTP, such as a method or header name.
func IsToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) < 0
}

// AdoptSpecialHeaders moves what the question has a word for of its own out of
// the headers: Host, and a JWT, which is a secret.
func AdoptSpecialHeaders(r *diagnose.Request) error {
	if host, ok := r.Headers["host"]; ok {
		if r.Host != "" || len(host) > 1 {
			return errors.New("the Host header is given twice: --host and --header host")
		}
		r.Host = host[0]
		delete(r.Headers, "host")
	}
	authorization := r.Headers["authorization"]
	if len(authorization) != 1 {
		return nil
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || checkJWS(token) != nil {
		return nil
	}
	if r.Token != "" || r.Claims != nil {
		return errors.New("the request has two tokens: one of the Authorization header, one of --token or --claim")
	}
	r.Token = token
	delete(r.Headers, "authorization")
	return nil
}
