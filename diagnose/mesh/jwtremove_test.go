package mesh

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// TestPreflight: a CORS preflight is let through whatever token it carries (istio:
// security/authn/policy_applier.go; envoy: jwt_authn/filter.cc isCorsPreflightRequest).
func TestPreflight(t *testing.T) {
	cors := map[string][]string{"origin": {"https://x.org"}, "access-control-request-method": {"POST"}, "authorization": {"Bearer rubbish"}}
	only := func(names ...string) authz.Headers {
		h := map[string][]string{"authorization": {"Bearer rubbish"}}
		for _, n := range names {
			h[n] = cors[n]
		}
		return closed(h)
	}
	blank := only("origin", "access-control-request-method")
	blank.Values["origin"] = []string{""}
	options := authz.Known("OPTIONS")
	tests := map[string]struct {
		method  authz.Attr[string]
		headers authz.Headers
		want    Outcome
	}{
		"a preflight":               {options, closed(cors), Established},
		"another method":            {authz.Known("GET"), closed(cors), Refused},
		"in lower case":             {authz.Known("options"), closed(cors), Refused},
		"the method is open":        {authz.Attr[string]{}, closed(cors), Refused},
		"no method was asked":       {options, only("origin"), Refused},
		"no origin":                 {options, only("access-control-request-method"), Refused},
		"an empty origin":           {options, blank, Refused},
		"the headers are left open": {options, authz.Headers{Values: map[string][]string{"authorization": {"Bearer rubbish"}}}, Refused},
	}
	rule := issued("a")
	rule.OutputPayloadToHeader = "x-payload"
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := Workload{Namespace: "foo", Presence: Presence{Plane: Sidecar}, Method: tt.method}
			j := w.Authenticate(DefaultConfig(), ras{ra("foo", "jwt", rule)}, Token{}, "/", tt.headers)
			if j.Outcome != tt.want || !j.Applies || len(j.Policies) != 1 {
				t.Errorf("got %+v", j)
			}
			if preflight := tt.want == Established; preflight && (j.Claims.State() != authz.StateAbsent || j.StrippedHeaders != nil) {
				t.Errorf("a preflight is changed: %+v", j)
			}
		})
	}
	w := Workload{Namespace: "foo", Presence: Presence{Plane: Waypoint, GatewayName: "wp"}, Method: options}
	unsure := ras{targeting(ra("foo", "svc", rule), "", "Service", "web")}
	if j := w.Authenticate(DefaultConfig(), unsure, Token{}, "/", closed(cors)); j.Outcome != Established || j.Applies {
		t.Errorf("whichever policies apply: got %+v", j)
	}
	w = Workload{Namespace: "foo", Presence: Presence{Plane: Sidecar}, Method: options}
	if j := w.Authenticate(DefaultConfig(), nil, Token{}, "/", closed(cors)); j.Why != "no RequestAuthentication applies, so nobody looks at the token" {
		t.Errorf("no policy: got %+v", j)
	}
}

// TestTokenRemoved: where a verified token is taken out of the request (envoy:
// jwt_authn/extractor.cc removeJwt; ISTIO.md §3.7a).
func TestTokenRemoved(t *testing.T) {
	token := sign(claims{"iss": "a"})
	forwarded := issued("a")
	forwarded.ForwardOriginalToken = true
	two := fromHeader(fromHeader(issued("a"), "X-B", ""), "X-A", "JWT ")
	params := &securityapi.JWTRule{Issuer: "a", FromParams: []string{"t"}, FromHeaders: []*securityapi.JWTHeader{{Name: "x-t"}}}
	cookie := &securityapi.JWTRule{Issuer: "a", FromCookies: []string{"t"}}
	has := Token{State: HasClaims, Claims: claims{"iss": "a"}}
	tests := map[string]struct {
		rule            *securityapi.JWTRule
		token           Token
		path            string
		headers         map[string][]string
		inHeader, inURL []string
	}{
		"Authorization":              {issued("a"), Token{}, "/", map[string][]string{"authorization": {"Bearer " + token}}, []string{"authorization"}, nil},
		"access_token":               {issued("a"), Token{}, "/?access_token=" + token, nil, nil, []string{"access_token"}},
		"both":                       {issued("a"), Token{}, "/?access_token=" + token, map[string][]string{"authorization": {"Bearer " + token}}, []string{"authorization"}, []string{"access_token"}},
		"forwardOriginalToken":       {forwarded, Token{}, "/", map[string][]string{"authorization": {"Bearer " + token}}, nil, nil},
		"no token":                   {issued("a"), Token{}, "/", nil, nil, nil},
		"another kind of credential": {issued("a"), Token{}, "/", map[string][]string{"authorization": {"Basic eDp5"}}, nil, nil},
		"a token that is refused":    {issued("b"), Token{}, "/", map[string][]string{"authorization": {"Bearer " + token}}, nil, nil},
		"two headers":                {two, Token{}, "/", map[string][]string{"x-a": {"JWT " + token}, "x-b": {token}}, []string{"x-a", "x-b"}, nil},
		"a parameter of one's own":   {params, Token{}, "/?t=" + token, nil, nil, []string{"t"}},
		"a cookie stays":             {cookie, Token{}, "/", map[string][]string{"cookie": {"t=" + token}}, nil, nil},
		"a token of the question":    {issued("a"), Token{State: Raw, Raw: token}, "/", nil, nil, nil}, // its header is known not to be there
		"claims in the usual place":  {issued("a"), has, "/", nil, []string{"authorization"}, nil},
		"claims in the only place":   {fromHeader(issued("a"), "X-Token", ""), has, "/", nil, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", tt.rule)}, tt.token, tt.path, closed(tt.headers))
			if !cmp.Equal(tt.inHeader, j.TokenHeaders) || !cmp.Equal(tt.inURL, j.TokenParams) {
				t.Errorf("got %v, %v (%+v)", j.TokenHeaders, j.TokenParams, j)
			}
		})
	}
}

// TestTokenRemovedWhereOpen: a token that the question describes is taken to be in the
// one place that it leaves open.
func TestTokenRemovedWhereOpen(t *testing.T) {
	token := sign(claims{"iss": "a"})
	rules := map[string]*securityapi.JWTRule{
		"usual": issued("a"), "own": fromHeader(issued("a"), "X-Token", ""), "param": {Issuer: "a", FromParams: []string{"t"}},
		"several": fromHeader(fromHeader(issued("a"), "X-A", ""), "X-B", ""),
	}
	for name, want := range map[string][2][]string{"usual": {{"authorization"}}, "own": {{"x-token"}}, "param": {nil, {"t"}}, "several": {}} {
		j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", rules[name])},
			Token{State: HasClaims, Claims: claims{"iss": "a"}}, "", authz.Headers{})
		if !cmp.Equal(want[0], j.TokenHeaders) || !cmp.Equal(want[1], j.TokenParams) {
			t.Errorf("%s: got %v, %v", name, j.TokenHeaders, j.TokenParams)
		}
	}
	j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", issued("a"))}, Token{State: Raw, Raw: token}, "", authz.Headers{})
	if !cmp.Equal([]string{"authorization"}, j.TokenHeaders) {
		t.Errorf("raw: got %v", j.TokenHeaders)
	}
	// Envoy's order of headers is that of name and prefix: the first token's claims count.
	both := closed(map[string][]string{"x-a": {sign(claims{"iss": "a", "n": "1"})}, "x-b": {sign(claims{"iss": "a", "n": "2"})}})
	j = Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", fromHeader(fromHeader(issued("a"), "x-b", ""), "x-a", ""))}, Token{}, "/", both)
	if c, _ := j.Claims.Get(); c["n"] != "1" {
		t.Errorf("claims: got %v", c)
	}
}
