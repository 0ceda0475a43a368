package cmd

import (
	"github.com/spf13/pflag"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// requestFlags say what is known of the request.
type requestFlags struct {
	typed.Request
	curl string
}

func (f *requestFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, requestGroup, func(g *pflag.FlagSet) {
		g.StringVar(&f.Method, "method", "", "the HTTP `METHOD`, case-sensitive")
		g.StringVar(&f.Path, "path", "", "the `PATH` with its query, in place of the target's")
		g.BoolVar(&f.AnyPath, "any-path", false, "the path is not known, not even the / that a URL without one implies")
		g.StringVar(&f.Host, "host", "", "the `HOST` header, in place of the target's host")
		g.StringArrayVar(&f.Headers, "header", nil, "a header, `NAME=VALUE` or 'NAME: VALUE'; repeatable")
		g.StringVar(&f.Token, "token", "", "a `FILE` with the JWT that the request carries; - is stdin")
		g.StringArrayVar(&f.Claims, "claim", nil, "a claim of a JWT that verifies, `NAME=VALUE`; repeatable. Dots in NAME nest (\\. is a dot), "+
			"a VALUE that is JSON is taken as JSON: groups='[\"a\",\"b\"]'")
		g.StringVar(&f.SourceIP, "source-ip", "", "the `ADDRESS` that the target's proxy sees, if not the source Pod's")
		g.StringVar(&f.SNI, "sni", "", "the server `NAME` of the TLS connection")
		g.BoolVar(&f.Exact, "exact", false, "the request holds nothing else: what is not said is absent, not unknown")
		g.StringVar(&f.curl, "curl", "", "the whole request as a `COMMAND` for curl, in place of TARGET, and of SOURCE if it begins with kubectl exec. It is exact, "+
			"with the headers that curl adds; its version is not known (user-agent: curl/?)")
	})
}

// conflictsWithCurl names a flag that says what --curl says.
func (f *requestFlags) conflictsWithCurl() string {
	r := *f
	r.SourceIP, r.Exact = "", false // curl does not say the one, and is the other
	return r.said()
}

// said names a flag that says something of the request, --curl aside; empty if there is
// none.
func (f *requestFlags) said() string {
	for _, said := range []struct {
		flag string
		set  bool
	}{
		{"--method", f.Method != ""},
		{"--path", f.Path != ""},
		{"--any-path", f.AnyPath},
		{"--host", f.Host != ""},
		{"--header", len(f.Headers) > 0},
		{"--token", f.Token != ""},
		{"--claim", len(f.Claims) > 0},
		{"--source-ip", f.SourceIP != ""},
		{"--sni", f.SNI != ""},
		{"--exact", f.Exact},
	} {
		if said.set {
			return said.flag
		}
	}
	return ""
}
