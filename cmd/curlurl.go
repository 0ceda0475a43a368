package cmd

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// curlURL is a URL as curl reads it.
type curlURL struct {
	scheme, user, host, port string // an IPv6 host has its brackets
	path, query              string // the query with its question mark
}

// build puts the request together.
func (b *curlBuilder) build() (target string, r diagnose.Request, err error) {
	if err := b.oneURL(); err != nil {
		return "", r, err
	}
	u, err := b.splitURL(b.urls[0])
	if err != nil {
		return "", r, fmt.Errorf("URL %q: %w", b.urls[0], err)
	}
	if b.get && b.bodyFromFile {
		return "", r, errors.New("-G takes the query from a file that is not read here: write it out")
	}
	b.user = orElse(b.user, u.user)
	r = diagnose.Request{Method: b.curlMethod(), Headers: b.curlHeaders(), Exact: true}
	u.addQuery(b.query)
	if b.get {
		u.addQuery(b.data)
	}
	r.Path = b.requestTarget
	if err := typed.AdoptSpecialHeaders(&r); err != nil {
		return "", r, err
	}
	to := b.connection(u)
	if to != u && r.Host == "" {
		r.Host = u.authority()
	}
	if to != u && u.scheme == "https" {
		r.SNI = u.host
	}
	return to.String(), r, nil
}

func (b *curlBuilder) oneURL() error {
	switch len(b.urls) {
	case 0:
		return errors.New("there is no URL in it")
	case 1:
		return nil
	}
	return fmt.Errorf("there are several URLs in it, %s and %s: ask about one at a time", b.urls[0], b.urls[1])
}

// globbed is what curl takes for several URLs: {a,b} and [1-3].
var globbed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{[^}]*,[^}]*\}|\[[0-9a-zA-Z]+-[0-9a-zA-Z:-]+\]`) })

func (b *curlBuilder) splitURL(s string) (u curlURL, err error) {
	if !b.globOff && globbed().MatchString(s) {
		return u, errors.New("it stands for several URLs: ask about one at a time")
	}
	if strings.ContainsAny(s, " \t\r\n") {
		return u, errors.New("it has a space: write it as %20")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "http", s // as curl guesses
	}
	u.scheme = strings.ToLower(scheme)
	rest, _, _ = strings.Cut(rest, "#")
	authority := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		if u.user, err = url.PathUnescape(authority[:i]); err != nil {
			return u, errors.New("the user and password are not percent-encoded")
		}
		authority = authority[i+1:]
	}
	if u.host, u.port = splitPort(authority); u.host == "" {
		return u, errors.New("there is no host")
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery {
		u.query = "?" + query
	}
	u.path = orElse(path, "/")
	if !b.pathAsIs {
		u.path = removeDots(u.path)
	}
	return u, nil
}

// splitPort splits HOST[:PORT]; the host keeps its brackets.
func splitPort(s string) (host, port string) {
	end := strings.LastIndexByte(s, ']') + 1
	if i := strings.IndexByte(s[end:], ':'); i >= 0 {
		return s[:end+i], s[end+i+1:]
	}
	return s, ""
}

// removeDots takes . and .. out of a path, as curl does before it sends it.
func removeDots(path string) string {
	parts := strings.Split(path, "/")
	var kept []string
	for i, p := range parts {
		last := i == len(parts)-1
		switch {
		case p == "..":
			kept = kept[:max(len(kept)-1, min(1, len(kept)))]
		case p != ".":
			kept = append(kept, p)
		}
		if last && (p == "." || p == "..") {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

func (u *curlURL) addQuery(parts []string) {
	for _, p := range parts {
		if u.query == "" {
			u.query = "?" + p
		} else {
			u.query += "&" + p
		}
	}
}

func (u curlURL) authority() string {
	if u.port == "" || u.port == u.schemePort() {
		return u.host
	}
	return u.host + ":" + u.port
}

func (u curlURL) schemePort() string {
	if u.scheme == "https" || u.scheme == "wss" {
		return "443"
	}
	return "80"
}

func (u curlURL) String() string {
	port := u.port
	if port != "" {
		port = ":" + port
	}
	return u.scheme + "://" + u.host + port + u.path + u.query
}
