package mesh

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// signer makes tokens with a key of its own.
type signer struct {
	key jose.JSONWebKey
	alg jose.SignatureAlgorithm
}

func newSigner(t *testing.T, alg jose.SignatureAlgorithm, kid string) signer {
	t.Helper()
	s := signer{jose.JSONWebKey{KeyID: kid, Algorithm: string(alg)}, alg}
	var err error
	if alg == jose.ES256 {
		s.key.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		s.key.Key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s signer) token(t *testing.T, claims map[string]any) string {
	t.Helper()
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: s.key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signing.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func jwks(t *testing.T, signers ...signer) string {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, s := range signers {
		set.Keys = append(set.Keys, s.key.Public())
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The texts and their order are those of Envoy's filter
// (jwt_authn/authenticator.cc, jwt_verify_lib/status.cc).
func TestSignature(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	ec, rs, other := newSigner(t, jose.ES256, "ec"), newSigner(t, jose.RS256, "rs"), newSigner(t, jose.ES256, "ec")
	claims := func(more map[string]any) map[string]any {
		out := map[string]any{"iss": "https://a.example", "sub": "me", "exp": now.Add(time.Hour).Unix()}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	good := ec.token(t, claims(nil))
	parts := strings.Split(good, ".")
	tests := []struct {
		name, raw, keys string
		at              time.Time
		text            string
		why             string
	}{
		{"right", good, jwks(t, ec), now, "", "its signature verifies"},
		{"among others", good, jwks(t, rs, ec), now, "", "its signature verifies"},
		{"another key of the name", good, jwks(t, other), now, textSignature, ""},
		{"no key of the kind", good, jwks(t, rs), now, textKeyMismatch, ""},
		{"a changed signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), jwks(t, ec), now, textSignature, ""},
		{"RSA", rs.token(t, claims(nil)), jwks(t, rs), now, "", "its signature verifies"},
		{"no keys", good, "", now, "", "its signature is not checked"},
		{"keys that are none", good, `{"keys": [{"kty": "odd"}, 7]}`, now, "", "its signature is not checked"},
		{"keys in no form", good, `nonsense`, now, "", "its signature is not checked"},
		{"expired", ec.token(t, claims(map[string]any{"exp": now.Add(-time.Hour).Unix()})), jwks(t, ec), now, textExpired, ""},
		{"within the clocks' skew", ec.token(t, claims(map[string]any{"exp": now.Add(-30 * time.Second).Unix()})), jwks(t, ec), now, "", "its signature verifies"},
		{"not yet", ec.token(t, claims(map[string]any{"nbf": now.Add(time.Hour).Unix()})), jwks(t, ec), now, textNotYet, ""},
		{"expired before the audience", ec.token(t, claims(map[string]any{"exp": 1, "iss": "https://a.example"})), jwks(t, ec), now, textExpired, ""},
		{"nobody says when", ec.token(t, claims(map[string]any{"exp": 1})), jwks(t, other), time.Time{}, "", "are not checked here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := &securityapi.JWTRule{Issuer: "https://a.example", Jwks: tt.keys}
			j := request{Token{State: Raw, Raw: tt.raw}, "", authz.Headers{Closed: true, Values: map[string][]string{"authorization": {"Bearer " + tt.raw}}}, tt.at}.
				verify([]*securityapi.JWTRule{rule})
			if j.Text != tt.text {
				t.Errorf("text %q, want %q", j.Text, tt.text)
			}
			if !strings.Contains(j.Why, tt.why) {
				t.Errorf("why %q, want %q in it", j.Why, tt.why)
			}
		})
	}
}
