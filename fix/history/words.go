package history

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// left stands for what a record does not hold.
const left = "(left out)"

// Words are the words of a command without what lets in whoever holds it: the API
// server's token, whole curl commands, the values of headers that are not known to be
// harmless, passwords and queries in URLs, JWTs.
func Words(words []string) []string {
	out := make([]string, 0, len(words))
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		switch {
		case !secretFlag(name):
			out = append(out, typed.WithoutJWT(cleanURL(words[i]), left))
		case joined:
			out = append(out, name+"="+cleanFlag(name, value))
		default:
			out = append(out, words[i])
			if i++; i < len(words) {
				out = append(out, cleanFlag(name, words[i]))
			}
		}
	}
	return out
}

func secretFlag(name string) bool {
	switch name {
	case "--api-token", "--curl", "--header", "--proxy-url", "--password":
		return true
	}
	return false
}

func cleanFlag(flag, value string) string {
	if flag != "--header" {
		return left
	}
	// NAME=VALUE, or NAME: VALUE
	i := strings.IndexAny(value, "=:")
	if i < 0 {
		return value
	}
	switch strings.ToLower(strings.TrimSpace(value[:i])) {
	case "host", "accept", "content-type", "user-agent", "x-forwarded-for", ":authority", ":path", ":method":
		return value
	}
	return value[:i+1] + left
}

// cleanURL takes user, password and query out of an URL.
func cleanURL(word string) string {
	scheme, rest, ok := strings.Cut(typed.WithoutUser(word), "://")
	if !ok {
		return word
	}
	rest, query, _ := strings.Cut(rest, "?")
	if query != "" {
		rest += "?" + left
	}
	return scheme + "://" + rest
}
