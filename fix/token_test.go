package fix

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// raw is a token that nobody has signed.
func raw(t *testing.T, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + ".eA"
}

// TestTokens: what a raw token lacks is read from it; of a forged one nothing helps.
func TestTokens(t *testing.T) {
	const tokens = `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec: {jwtRules: [{issuer: a, audiences: [x]}, {issuer: b, jwks: '{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"eA"}]}'}]}
`
	for name, test := range map[string]struct {
		claims map[string]any
		want   []string
	}{
		"another issuer":   {map[string]any{"iss": "c", "sub": "s"}, []string{"take tokens of c in RequestAuthentication shop/tokens"}},
		"another audience": {map[string]any{"iss": "a", "sub": "s", "aud": "y"}, []string{"take tokens for audience y in RequestAuthentication shop/tokens"}},
		"no audience":      {map[string]any{"iss": "a", "sub": "s"}, []string{"take tokens of a for any audience, and for none, in RequestAuthentication shop/tokens"}},
		"forged":           {map[string]any{"iss": "b", "sub": "s"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range propose(t, tokens, "/x", raw(t, test.claims)).Candidates {
				got = append(got, c.Title)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
