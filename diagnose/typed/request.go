// Package typed reads a request as people type it: the values of the command line's
// flags, which are also the fields of the interface in the terminal. It checks them, and
// says what may have been meant.
package typed

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Request is what was typed of a request, each field the value of the flag of that name;
// empty: nothing was said.
type Request struct {
	Method, Path, Host string
	Token              string // a file, or - for stdin
	SourceIP, SNI      string
	Headers            []string // NAME=VALUE or 'NAME: VALUE'
	Claims             []string // NAME=VALUE
	Exact              bool     // there is nothing else
	AnyPath            bool     // not even the path is known that a URL implies
}

// Read checks what was typed and makes a request of it. A token that stands on stdin is
// read from there. Hints are for the user and change nothing. An error is one line, and
// names the flag that holds what is wrong.
func (t Request) Read(stdin io.Reader) (r diagnose.Request, hints []string, err error) {
	r = diagnose.Request{Method: t.Method, Path: t.Path, Host: t.Host, SourceIP: t.SourceIP, SNI: t.SNI, Exact: t.Exact}
	if t.Token != "" && len(t.Claims) > 0 {
		return r, nil, errors.New("--token and --claim exclude each other: the claims are the token's")
	}
	switch {
	case t.AnyPath && t.Path != "":
		return r, nil, errors.New("--any-path and --path exclude each other: one says that the path is not known, the other what it is")
	case t.AnyPath && t.Exact:
		return r, nil, errors.New("--any-path and --exact exclude each other: an exact request has a path")
	}
	if hints, err = checkMethod(r.Method); err != nil {
		return r, nil, err
	}
	if err := t.Check(); err != nil {
		return r, nil, err
	}
	if r.Headers, err = parseHeaders(t.Headers); err != nil {
		return r, nil, err
	}
	if r.Claims, err = parseClaims(t.Claims); err != nil {
		return r, nil, err
	}
	if r.Token, err = readToken(t.Token, stdin); err != nil {
		return r, nil, err
	}
	return r, hints, AdoptSpecialHeaders(&r)
}

// Check checks the words that go into the request as they stand.
func (t Request) Check() error {
	if t.Path != "" && !strings.HasPrefix(t.Path, "/") && t.Path != "*" {
		return fmt.Errorf("--path %q does not begin with a slash, did you mean %q?", t.Path, "/"+t.Path)
	}
	if strings.ContainsAny(t.Path, " \t\r\n") {
		return fmt.Errorf("--path %q has a space: write it as %%20", t.Path)
	}
	if _, after, ok := strings.Cut(t.Host, "://"); ok {
		return fmt.Errorf("--host %q is a URL, did you mean %q?", t.Host, strings.TrimRight(after, "/"))
	}
	if strings.ContainsAny(t.Host, "/ \t\r\n") {
		return fmt.Errorf("--host %q is no HOST[:PORT]", t.Host)
	}
	if t.SourceIP != "" {
		if ip, err := netip.ParseAddr(t.SourceIP); err != nil || ip.Zone() != "" {
			return fmt.Errorf("--source-ip %q is no IP address: want one such as 203.0.113.7 or 2001:db8::7", t.SourceIP)
		}
	}
	if t.SNI != "" && len(validation.IsDNS1123Subdomain(strings.ToLower(t.SNI))) > 0 && !istioSNI().MatchString(t.SNI) {
		return fmt.Errorf("--sni %q is no host name: want one such as httpbin.example.com, without a port", t.SNI)
	}
	return nil
}

// istioSNI is the server name that sidecars ask for:
// outbound_.8000_.v1_.httpbin.default.svc.cluster.local.
var istioSNI = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^outbound_\.\d+_\.[a-zA-Z0-9-]*_\.[a-z0-9.*-]+$`) })

// checkMethod accepts what HTTP accepts, and hints where that is hardly meant.
func checkMethod(method string) (hints []string, err error) {
	if method == "" {
		return nil, nil
	}
	if !IsToken(method) {
		return nil, fmt.Errorf("--method %q is no HTTP method: want one word such as GET", method)
	}
	if upper := strings.ToUpper(method); upper != method {
		return []string{fmt.Sprintf("methods are case-sensitive: --method %s is asked as it stands, did you mean %s?", method, upper)}, nil
	}
	return nil, nil
}
