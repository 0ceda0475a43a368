package cmd

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// requestFlags say what is known of the request.
type requestFlags struct {
	method, path, host, token, sourceIP, sni, curl string
	headers, claims                                []string
	exact                                          bool
}

func (f *requestFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, requestGroup, func(g *pflag.FlagSet) {
		g.StringVar(&f.method, "method", "", "the HTTP `METHOD`, case-sensitive")
		g.StringVar(&f.path, "path", "", "the `PATH` with its query, in place of the target's")
		g.StringVar(&f.host, "host", "", "the `HOST` header, in place of the target's host")
		g.StringArrayVar(&f.headers, "header", nil, "a header, `NAME=VALUE` or 'NAME: VALUE'; repeatable")
		g.StringVar(&f.token, "token", "", "a `FILE` with the JWT that the request carries; - is stdin")
		g.StringArrayVar(&f.claims, "claim", nil, "a claim of a JWT that verifies, `NAME=VALUE`; repeatable. Dots in NAME nest (\\. is a dot), "+
			"a VALUE that is JSON is taken as JSON: groups='[\"a\",\"b\"]'")
		g.StringVar(&f.sourceIP, "source-ip", "", "the `ADDRESS` that the target's proxy sees, if not the source Pod's")
		g.StringVar(&f.sni, "sni", "", "the server `NAME` of the TLS connection")
		g.BoolVar(&f.exact, "exact", false, "the request holds nothing else: what is not said is absent, not unknown")
		g.StringVar(&f.curl, "curl", "", "the whole request as a `COMMAND` for curl, in place of TARGET, and of SOURCE if it begins with kubectl exec. It is exact, "+
			"with the headers that curl adds; its version is not known (user-agent: curl/?)")
	})
}

// toRequest checks what was typed. Hints are for the user and change nothing.
func (f *requestFlags) toRequest(stdin io.Reader) (r diagnose.Request, hints []string, err error) {
	r = diagnose.Request{Method: f.method, Path: f.path, Host: f.host, SourceIP: f.sourceIP, SNI: f.sni, Exact: f.exact}
	if f.token != "" && len(f.claims) > 0 {
		return r, nil, errors.New("--token and --claim exclude each other: the claims are the token's")
	}
	if hints, err = checkMethod(r.Method); err != nil {
		return r, nil, err
	}
	if err := f.check(); err != nil {
		return r, nil, err
	}
	if r.Headers, err = parseHeaders(f.headers); err != nil {
		return r, nil, err
	}
	if r.Claims, err = parseClaims(f.claims); err != nil {
		return r, nil, err
	}
	if r.Token, err = readToken(f.token, stdin); err != nil {
		return r, nil, err
	}
	return r, hints, adoptSpecialHeaders(&r)
}

// check checks the words that go into the request as they stand.
func (f *requestFlags) check() error {
	if f.path != "" && !strings.HasPrefix(f.path, "/") && f.path != "*" {
		return fmt.Errorf("--path %q does not begin with a slash, did you mean %q?", f.path, "/"+f.path)
	}
	if strings.ContainsAny(f.path, " \t\r\n") {
		return fmt.Errorf("--path %q has a space: write it as %%20", f.path)
	}
	if _, after, ok := strings.Cut(f.host, "://"); ok {
		return fmt.Errorf("--host %q is a URL, did you mean %q?", f.host, strings.TrimRight(after, "/"))
	}
	if strings.ContainsAny(f.host, "/ \t\r\n") {
		return fmt.Errorf("--host %q is no HOST[:PORT]", f.host)
	}
	if f.sourceIP != "" {
		if ip, err := netip.ParseAddr(f.sourceIP); err != nil || ip.Zone() != "" {
			return fmt.Errorf("--source-ip %q is no IP address: want one such as 203.0.113.7 or 2001:db8::7", f.sourceIP)
		}
	}
	if f.sni != "" && len(validation.IsDNS1123Subdomain(strings.ToLower(f.sni))) > 0 && !istioSNI().MatchString(f.sni) {
		return fmt.Errorf("--sni %q is no host name: want one such as httpbin.example.com, without a port", f.sni)
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
	if !isToken(method) {
		return nil, fmt.Errorf("--method %q is no HTTP method: want one word such as GET", method)
	}
	if upper := strings.ToUpper(method); upper != method {
		return []string{fmt.Sprintf("methods are case-sensitive: --method %s is asked as it stands, did you mean %s?", method, upper)}, nil
	}
	return nil, nil
}

// conflictsWithCurl names a flag that says what --curl says.
func (f *requestFlags) conflictsWithCurl() string {
	for _, said := range []struct {
		flag string
		set  bool
	}{
		{"--method", f.method != ""},
		{"--path", f.path != ""},
		{"--host", f.host != ""},
		{"--header", len(f.headers) > 0},
		{"--token", f.token != ""},
		{"--claim", len(f.claims) > 0},
		{"--sni", f.sni != ""},
	} {
		if said.set {
			return said.flag
		}
	}
	return ""
}
