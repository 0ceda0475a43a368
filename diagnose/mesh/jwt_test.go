package mesh

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityapi "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

type claims = map[string]any

// sign makes a token that no key ever signed.
func sign(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return encode(`{"alg":"RS256"}`) + "." + encode(string(payload)) + "." + encode("signature")
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestDecodeToken(t *testing.T) {
	want := claims{"iss": "a", "n": 1.0, "aud": []any{"x"}}
	got, err := DecodeToken(sign(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	padded := strings.ReplaceAll(sign(claims{"iss": "a"}), ".", "=.")
	if _, err := DecodeToken(padded); err != nil {
		t.Errorf("padding: %v", err)
	}
	good, object := encode(`{"alg":"RS256"}`), encode(`{}`)
	for raw, want := range map[string]string{
		"":                                       "Jwt is not in the form of Header.Payload.Signature",
		"a.b":                                    "Jwt is not in the form of Header.Payload.Signature",
		"a.b.c.d":                                "Jwt is not in the form of Header.Payload.Signature",
		"!.e30.e30":                              "Jwt header is an invalid Base64url encoded",
		encode("x") + ".e30.e30":                 "Jwt header is an invalid JSON",
		encode("null") + ".e30.e30":              "Jwt header is an invalid JSON",
		object + ".e30.e30":                      "Jwt header [alg] field is required and must be a string",
		encode(`{"alg":1}`) + ".e30.e30":         "Jwt header [alg] field is required and must be a string",
		encode(`{"alg":"none"}`) + ".e30.e30":    `algorithm "none": Jwt header [alg] is not supported`,
		good + ".!.e30":                          "Jwt payload is an invalid Base64url encoded",
		good + "." + encode("[]") + ".e30":       "Jwt payload is an invalid JSON",
		good + "." + encode(`{"iss":1}`) + ".":   "Jwt payload [iss] field is not a string",
		good + "." + encode(`{"sub":1}`) + ".":   "Jwt payload [sub] field is not a string",
		good + "." + encode(`{"exp":"1"}`) + ".": "Jwt payload [exp] field is not an integer",
		good + "." + encode(`{"aud":1}`) + ".":   "Jwt payload [aud] field is not a string or string list",
		good + "." + encode(`{"aud":[1]}`) + ".": "Jwt payload [aud] field is not a string or string list",
		good + "." + object + ".!":               "Jwt signature is an invalid Base64url encoded",
	} {
		if _, err := DecodeToken(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", raw, err, want)
		}
	}
}

// ra makes a RequestAuthentication with rules.
func ra(namespace, name string, rules ...*securityapi.JWTRule) *securityv1.RequestAuthentication {
	r := &securityv1.RequestAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	r.Spec.JwtRules = rules
	return r
}

func matching(r *securityv1.RequestAuthentication, l set) *securityv1.RequestAuthentication {
	r.Spec.Selector = &typeapi.WorkloadSelector{MatchLabels: l}
	return r
}

func targeting(r *securityv1.RequestAuthentication, group, kind, name string) *securityv1.RequestAuthentication {
	r.Spec.TargetRefs = append(r.Spec.TargetRefs, &typeapi.PolicyTargetReference{Group: group, Kind: kind, Name: name})
	return r
}

func issued(issuer string, audiences ...string) *securityapi.JWTRule {
	return &securityapi.JWTRule{Issuer: issuer, Audiences: audiences}
}

func fromHeader(r *securityapi.JWTRule, name, prefix string) *securityapi.JWTRule {
	r.FromHeaders = append(r.FromHeaders, &securityapi.JWTHeader{Name: name, Prefix: prefix})
	return r
}

func closed(h map[string][]string) authz.Headers { return authz.Headers{Values: h, Closed: true} }

type ras = []*securityv1.RequestAuthentication

func TestAuthenticate(t *testing.T) {
	a, b := issued("a"), issued("b")
	one := ras{ra("foo", "jwt", a)}
	two := ras{ra("foo", "jwt", b, a)}
	audience := ras{ra("foo", "jwt", issued("a", "https://web/"))}
	param := ras{ra("foo", "jwt", &securityapi.JWTRule{Issuer: "a", FromParams: []string{"t"}})}
	cookie := ras{ra("foo", "jwt", &securityapi.JWTRule{Issuer: "a", FromCookies: []string{"t"}})}
	header := ras{ra("foo", "jwt", fromHeader(issued("a"), "x-token", ""))}
	tokenA, tokenB := sign(claims{"iss": "a"}), sign(claims{"iss": "b"})
	has := func(c claims) Token { return Token{State: HasClaims, Claims: c} }
	raw := func(s string) Token { return Token{State: Raw, Raw: s} }
	bearer := func(tokens ...string) authz.Headers {
		var values []string
		for _, s := range tokens {
			values = append(values, "Bearer "+s)
		}
		return closed(map[string][]string{"authorization": values})
	}
	type want struct {
		outcome Outcome
		status  int
		text    string
		claims  claims // nil: absent, or open or unseen where undecided
		missing string
	}
	passes := func(c claims) want { return want{outcome: Established, claims: c} }
	fails := func(status int, text string) want { return want{outcome: Refused, status: status, text: text} }
	open := func(missing string) want { return want{missing: missing} }
	form := "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"

	tests := map[string]struct {
		ras     ras
		token   Token
		path    string
		headers authz.Headers
		want    want
	}{
		"trap 39: without a policy nobody looks":    {nil, raw("rubbish"), "/", authz.Headers{}, passes(nil)},
		"a policy without rules":                    {ras{ra("foo", "jwt")}, raw("rubbish"), "/", authz.Headers{}, passes(nil)},
		"trap 39: no token passes":                  {one, Token{State: NoToken}, "/", authz.Headers{}, passes(nil)},
		"no token passes two rules":                 {two, Token{State: NoToken}, "/", authz.Headers{}, passes(nil)},
		"an open token":                             {one, Token{}, "/", authz.Headers{}, open("the token: header Authorization")},
		"an open path":                              {one, Token{}, "", closed(nil), open("the token: query parameter access_token")},
		"headers that say there is none":            {one, Token{}, "/", closed(nil), passes(nil)},
		"a token among the headers":                 {one, Token{}, "/", bearer(tokenA), passes(claims{"iss": "a"})},
		"a bad token among the headers":             {one, Token{}, "/", bearer("x"), fails(401, form)},
		"two tokens in one header are joined":       {one, Token{}, "/", bearer(tokenA, tokenA), fails(401, form)},
		"Basic is no token":                         {one, Token{}, "/", closed(map[string][]string{"authorization": {"Basic eA=="}}), passes(nil)},
		"bearer in lower case is no token":          {one, Token{}, "/", closed(map[string][]string{"authorization": {"bearer " + tokenA}}), passes(nil)},
		"an empty Bearer is no token":               {one, Token{}, "/", closed(map[string][]string{"authorization": {"Bearer "}}), passes(nil)},
		"a token in the query":                      {one, Token{}, "/?access_token=" + tokenA, closed(nil), passes(claims{"iss": "a"})},
		"an empty one in the query":                 {one, Token{}, "/?access_token=", closed(nil), fails(401, form)},
		"one in each place, both must be valid":     {one, Token{}, "/?access_token=" + tokenB, bearer(tokenA), fails(401, textIssuer)},
		"a raw token":                               {one, raw(tokenA), "/", authz.Headers{}, passes(claims{"iss": "a"})},
		"a raw token of another issuer":             {one, raw(tokenB), "/", authz.Headers{}, fails(401, textIssuer)},
		"a raw token that is none":                  {one, raw("x.y"), "/", authz.Headers{}, fails(401, form)},
		"a raw token of the second rule":            {two, raw(tokenB), "/", authz.Headers{}, passes(claims{"iss": "b"})},
		"a raw token of neither":                    {two, raw(sign(claims{"iss": "c"})), "/", authz.Headers{}, fails(401, textIssuer)},
		"the audience":                              {audience, raw(sign(claims{"iss": "a", "aud": "web"})), "/", authz.Headers{}, passes(claims{"iss": "a", "aud": "web"})},
		"one of several audiences":                  {audience, raw(sign(claims{"iss": "a", "aud": []string{"x", "http://web"}})), "/", authz.Headers{}, passes(claims{"iss": "a", "aud": []any{"x", "http://web"}})},
		"another audience":                          {audience, raw(sign(claims{"iss": "a", "aud": "db"})), "/", authz.Headers{}, fails(403, textAudience)},
		"no audience":                               {audience, raw(tokenA), "/", authz.Headers{}, fails(403, textAudience)},
		"the audience matters more than the issuer": {ras{ra("foo", "jwt", issued("a", "web"), b)}, raw(sign(claims{"iss": "a", "aud": "db"})), "/", authz.Headers{}, fails(403, textAudience)},
		"claims":                   {one, has(claims{"iss": "a", "sub": "s"}), "/", authz.Headers{}, passes(claims{"iss": "a", "sub": "s"})},
		"claims of another issuer": {one, has(claims{"iss": "c"}), "/", authz.Headers{}, fails(401, textIssuer)},
		"claims without an issuer, of the only one":   {one, has(claims{"sub": "s"}), "/", authz.Headers{}, passes(claims{"iss": "a", "sub": "s"})},
		"claims without an issuer, of several":        {two, has(claims{"sub": "s"}), "/", authz.Headers{}, open("the claim iss, because several issuers are configured")},
		"no claims at all":                            {one, has(nil), "/", authz.Headers{}, passes(claims{"iss": "a"})},
		"claims without an audience":                  {audience, has(claims{"iss": "a"}), "/", authz.Headers{}, open("the claim aud")},
		"claims with another audience":                {audience, has(claims{"iss": "a", "aud": []any{"db"}}), "/", authz.Headers{}, fails(403, textAudience)},
		"claims in a place of the rule's own":         {header, has(claims{"iss": "a"}), "/", authz.Headers{}, passes(claims{"iss": "a"})},
		"claims nobody comes across":                  {header, has(claims{"iss": "c"}), "/", authz.Headers{}, passes(nil)},
		"a rule without an issuer takes any":          {ras{ra("foo", "jwt", issued(""))}, raw(tokenA), "/", authz.Headers{}, passes(claims{"iss": "a"})},
		"trap 40: scope becomes a list":               {one, has(claims{"iss": "a", "scope": "read  write", "permission": "x"}), "/", authz.Headers{}, passes(claims{"iss": "a", "scope": []any{"read", "write"}, "permission": []any{"x"}})},
		"trap 40: and what the rule names":            {ras{ra("foo", "jwt", &securityapi.JWTRule{Issuer: "a", SpaceDelimitedClaims: []string{"roles", "none"}})}, has(claims{"iss": "a", "roles": "r s", "groups": "g h"}), "/", authz.Headers{}, passes(claims{"iss": "a", "roles": []any{"r", "s"}, "groups": "g h"})},
		"fromHeaders":                                 {header, Token{}, "/", closed(map[string][]string{"x-token": {tokenA}}), passes(claims{"iss": "a"})},
		"fromHeaders, the header is open":             {header, Token{}, "/", authz.Headers{}, open("the token: header x-token")},
		"fromHeaders with a prefix":                   {ras{ra("foo", "jwt", fromHeader(issued("a"), "x-token", "JWT "))}, Token{}, "/", closed(map[string][]string{"x-token": {"a JWT !" + tokenA}}), passes(claims{"iss": "a"})},
		"fromHeaders, a prefix with nothing after it": {ras{ra("foo", "jwt", fromHeader(issued("a"), "x-token", "JWT"))}, Token{}, "/", closed(map[string][]string{"x-token": {"JWT"}}), fails(401, form)},
		"fromHeaders switches the default places off": {header, raw(tokenA), "/", authz.Headers{}, passes(nil)},
		"fromParams":        {param, Token{}, "/?x=1&t=" + tokenA, authz.Headers{}, passes(claims{"iss": "a"})},
		"fromParams, none":  {param, Token{}, "/?x=1", authz.Headers{}, passes(nil)},
		"fromCookies":       {cookie, Token{}, "/", closed(map[string][]string{"cookie": {`x=1; t="` + tokenA + `"`}}), passes(claims{"iss": "a"})},
		"fromCookies, none": {cookie, Token{}, "/", closed(map[string][]string{"cookie": {"x=1"}}), passes(nil)},
		"fromCookies, open": {cookie, Token{}, "/", authz.Headers{}, open("the token: cookie t")},
		"one rule verifies, the other finds none":      {ras{ra("foo", "jwt", a, fromHeader(issued("b"), "x-token", ""))}, Token{}, "/", bearer(tokenA), passes(claims{"iss": "a"})},
		"one finds none, the other a bad token":        {ras{ra("foo", "jwt", a, fromHeader(issued("b"), "x-token", ""))}, Token{}, "/", closed(map[string][]string{"x-token": {tokenA}}), fails(401, textIssuer)},
		"one is open, though the other finds bad ones": {ras{ra("foo", "jwt", a, fromHeader(issued("b"), "x-token", ""))}, Token{}, "/", authz.Headers{Values: map[string][]string{"authorization": {"Bearer x"}}}, open("the token: header x-token")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, tt.ras, tt.token, tt.path, tt.headers)
			c, known := j.Claims.Get()
			got := want{j.Outcome, j.Status, j.Text, c, j.Missing}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if j.Outcome != UndecidedOutcome && !known && j.Claims.State() != authz.StateAbsent {
				t.Errorf("claims: state %v", j.Claims.State())
			}
			if j.Why == "" {
				t.Error("no reason")
			}
		})
	}
}

func TestAuthenticateSaysWhatItDoesNotCheck(t *testing.T) {
	j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", issued("a"))},
		Token{State: Raw, Raw: sign(claims{"iss": "a", "exp": 1})}, "/", authz.Headers{})
	if j.Outcome != Established || !strings.Contains(j.Why, "signature") || !strings.Contains(j.Why, "exp") {
		t.Errorf("got %v, %q", j.Outcome, j.Why)
	}
	j = Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, ras{ra("foo", "jwt", fromHeader(issued("a"), "x-token", ""))},
		Token{State: Raw, Raw: sign(claims{"iss": "a"})}, "/", authz.Headers{})
	if !strings.Contains(j.Why, "they look in: header x-token") {
		t.Errorf("got %q", j.Why)
	}
}

func TestAttach(t *testing.T) {
	rule := issued("a")
	const gwAPI = "gateway.networking.k8s.io"
	app := Workload{Namespace: "foo", Labels: set{"app": "web"}, Presence: Presence{Plane: Sidecar}}
	gw := Workload{Namespace: "foo", Labels: set{"app": "gw", "gateway.networking.k8s.io/gateway-name": "gw"}, Presence: Presence{Plane: Gateway}}
	wp := Workload{Namespace: "foo", Presence: Presence{Plane: Waypoint, GatewayName: "wp"}}
	forService := wp
	forService.Service = "foo/web"
	elsewhere := wp
	elsewhere.Service = "bar/web"
	toPod := wp
	toPod.ToPod = true
	old := ra("foo", "old", rule)
	old.Spec.TargetRef = &typeapi.PolicyTargetReference{Group: gwAPI, Kind: "Gateway", Name: "gw"}
	canary := ra("foo", "canary", rule)
	canary.Labels = set{"istio.io/rev": "canary"}
	tests := map[string]struct {
		w      Workload
		ra     *securityv1.RequestAuthentication
		want   bool
		unsure bool
	}{
		"namespace":                                {app, ra("foo", "ns", rule), true, false},
		"root namespace":                           {app, ra(root, "mesh", rule), true, false},
		"another namespace":                        {app, ra("bar", "ns", rule), false, false},
		"selector":                                 {app, matching(ra("foo", "web", rule), set{"app": "web"}), true, false},
		"selector in the root namespace":           {app, matching(ra(root, "web", rule), set{"app": "web"}), true, false},
		"another selector":                         {app, matching(ra("foo", "db", rule), set{"app": "db"}), false, false},
		"another revision":                         {app, canary, false, false},
		"trap 4: targetRefs on a sidecar":          {app, targeting(ra("foo", "gw", rule), gwAPI, "Gateway", "gw"), false, false},
		"trap 8: a gateway honours selectors":      {gw, matching(ra("foo", "gw", rule), set{"app": "gw"}), true, false},
		"a gateway by its name":                    {gw, targeting(ra("foo", "gw", rule), gwAPI, "Gateway", "gw"), true, false},
		"a gateway by the old targetRef":           {gw, old, true, false},
		"a gateway by another name":                {gw, targeting(ra("foo", "x", rule), gwAPI, "Gateway", "x"), false, false},
		"a gateway from another namespace":         {gw, targeting(ra(root, "gw", rule), gwAPI, "Gateway", "gw"), false, false},
		"a gateway takes no Service":               {gw, targeting(ra("foo", "svc", rule), "", "Service", "web"), false, false},
		"a waypoint ignores selectors":             {wp, ra("foo", "ns", rule), false, false},
		"a waypoint by its name":                   {wp, targeting(ra("foo", "wp", rule), gwAPI, "Gateway", "wp"), true, false},
		"a waypoint by its class":                  {wp, targeting(ra(root, "class", rule), gwAPI, "GatewayClass", "istio-waypoint"), true, false},
		"a class outside the root namespace":       {wp, targeting(ra("foo", "class", rule), gwAPI, "GatewayClass", "istio-waypoint"), false, false},
		"a waypoint for the Service":               {forService, targeting(ra("foo", "svc", rule), "core", "Service", "web"), true, false},
		"a waypoint for a Service elsewhere":       {elsewhere, targeting(ra("bar", "svc", rule), "", "Service", "web"), true, false},
		"a waypoint for another Service":           {forService, targeting(ra("foo", "svc", rule), "", "Service", "db"), false, false},
		"a waypoint for who knows what":            {wp, targeting(ra("foo", "svc", rule), "", "Service", "web"), false, true},
		"a ServiceEntry for who knows what":        {wp, targeting(ra("foo", "se", rule), "networking.istio.io", "ServiceEntry", "x"), false, true},
		"one reference is enough":                  {wp, targeting(targeting(ra("foo", "both", rule), "", "Service", "web"), gwAPI, "Gateway", "wp"), true, false},
		"trap 5: a Pod's address takes no Service": {toPod, targeting(ra("foo", "svc", rule), "", "Service", "web"), false, false},
		"an unknown kind":                          {wp, targeting(ra("foo", "x", rule), "x.io", "X", "x"), false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := DefaultConfig()
			c.Revision = "default"
			j := tt.w.Authenticate(c, ras{nil, tt.ra}, Token{State: NoToken}, "/", authz.Headers{})
			if j.Applies != tt.want || (j.Missing != "") != tt.unsure {
				t.Errorf("got applies %v, missing %q", j.Applies, j.Missing)
			}
			if tt.unsure && j.Claims.State() != authz.StateUnseen {
				t.Errorf("claims: state %v", j.Claims.State())
			}
		})
	}
}

func TestAuthenticateByNobody(t *testing.T) {
	policies := ras{ra("foo", "jwt", issued("a"))}
	for _, plane := range []DataPlane{NoPlane, Ambient, onKmesh()} {
		j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: plane}, policies, Token{State: Raw, Raw: "x"}, "/", authz.Headers{})
		if j.Outcome != Established || j.Applies || j.Claims.State() != authz.StateAbsent {
			t.Errorf("%v: got %+v", plane, j)
		}
	}
	j := Authenticate(DefaultConfig(), "foo", nil, Presence{Missing: "x"}, policies, Token{}, "/", authz.Headers{})
	if j.Outcome != UndecidedOutcome || j.Missing != "x" || j.Claims.Why() != "x" {
		t.Errorf("unknown: got %+v", j)
	}
}

func TestOutputHeaders(t *testing.T) {
	rule := issued("a")
	for header, claim := range map[string]string{
		"X-Sub": "sub", "x-level": "level", "x-half": "half", "x-admin": "admin", "x-city": "address.city",
		"x-groups": "groups", "x-none": "none", "x-empty": "empty",
	} {
		rule.OutputClaimToHeaders = append(rule.OutputClaimToHeaders, &securityapi.ClaimToHeader{Header: header, Claim: claim})
	}
	rule.OutputPayloadToHeader = "X-Payload"
	policies := ras{ra("foo", "b", rule), ra("foo", "a", issued("b"))}
	j := Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, policies, Token{State: HasClaims, Claims: claims{
		"iss": "a", "sub": "s", "level": 5.0, "half": 0.5, "admin": true, "address": claims{"city": "x"}, "groups": []any{"g"}, "empty": "",
	}}, "/", authz.Headers{})
	want := map[string]string{"x-sub": "s", "x-level": "5", "x-half": "0.500000", "x-admin": "true", "x-city": "x"}
	if diff := cmp.Diff(want, j.OutputHeaders); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	stripped := []string{"x-admin", "x-city", "x-empty", "x-groups", "x-half", "x-level", "x-none", "x-payload", "x-sub"}
	if diff := cmp.Diff(stripped, j.StrippedHeaders); diff != "" {
		t.Errorf("stripped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"foo/a", "foo/b"}, j.Policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
	j = Authenticate(DefaultConfig(), "foo", nil, Presence{Plane: Sidecar}, policies, Token{State: NoToken}, "/", authz.Headers{})
	if j.OutputHeaders != nil || len(j.StrippedHeaders) != 9 {
		t.Errorf("without a token: got %v, %v", j.OutputHeaders, j.StrippedHeaders)
	}
}
