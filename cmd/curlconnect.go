package cmd

import (
	"cmp"
	"strings"
)

// connection is where curl connects to: elsewhere with --resolve HOST:PORT:ADDRESS
// and --connect-to HOST:PORT:HOST:PORT.
func (b *curlBuilder) connection(u curlURL) curlURL {
	port := cmp.Or(u.port, u.schemePort())
	concerns := func(host, p string) bool {
		return (host == "" || host == "*" || strings.EqualFold(host, u.host)) && (p == "" || p == "*" || p == port)
	}
	for _, c := range b.connectTo {
		if f := splitColons(c); len(f) == 4 && concerns(f[0], f[1]) {
			u.host, u.port = cmp.Or(f[2], u.host), cmp.Or(f[3], u.port)
			return u
		}
	}
	for _, r := range b.resolve {
		if f := splitColons(strings.TrimPrefix(r, "+")); len(f) >= 3 && concerns(f[0], f[1]) {
			address, _, _ := strings.Cut(strings.Join(f[2:], ":"), ",")
			if strings.Contains(address, ":") && !strings.HasPrefix(address, "[") {
				address = "[" + address + "]"
			}
			u.host, u.port = address, port
			return u
		}
	}
	return u
}

// splitColons splits at the colons outside of brackets.
func splitColons(s string) []string {
	var fields []string
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ':':
			if depth == 0 {
				fields = append(fields, s[start:i])
				start = i + 1
			}
		}
	}
	return append(fields, s[start:])
}
