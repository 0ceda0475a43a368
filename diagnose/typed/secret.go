package typed

import (
	"regexp"
	"strings"
	"sync"
)

// jwt is a token, wherever it stands.
var jwt = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`) })

// HoldsJWT reports whether a JWT stands anywhere in s.
func HoldsJWT(s string) bool { return jwt().MatchString(s) }

// WithoutJWT is s with left in place of each JWT in it.
func WithoutJWT(s, left string) string { return jwt().ReplaceAllString(s, left) }

// WithoutUser is a target without the user and the password that a URL may have.
func WithoutUser(target string) string {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok {
		return target
	}
	host, path, slash := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if slash {
		host += "/" + path
	}
	return scheme + "://" + host
}
