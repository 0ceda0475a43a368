package mesh

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	securityapi "istio.io/api/security/v1beta1"
)

// This file checks a token that is there in full: its lifetime, and its signature
// where the rule has the keys (envoy: jwt_verify_lib/jwt.cc, verify.cc).

// What the filter answers (jwt_verify_lib/status.cc).
const (
	textExpired     = "Jwt is expired"
	textNotYet      = "Jwt not yet valid"
	textSignature   = "Jwt verification fails"
	textKeyMismatch = "Jwks doesn't have key to match kid or alg from Jwt"
)

// clockSkew is how far the clocks of issuer and proxy may be apart: Envoy's default,
// which Istio leaves.
const clockSkew = time.Minute

// lifetime returns what the filter answers to a token that is too old or too young;
// empty if it is neither, or if the time is not given.
func lifetime(claims map[string]any, now time.Time) string {
	at := func(claim string) (time.Time, bool) {
		n, ok := claims[claim].(float64)
		return time.Unix(int64(n), 0), ok
	}
	if now.IsZero() {
		return ""
	}
	if from, ok := at("nbf"); ok && now.Add(clockSkew).Before(from) {
		return textNotYet
	}
	if until, ok := at("exp"); ok && until.Add(clockSkew).Before(now) {
		return textExpired
	}
	return ""
}

// signature checks a token against the keys that stand in the rule. checked is false
// where it has none, or none that can be read.
func signature(raw string, rule *securityapi.JWTRule) (text string, checked bool) {
	keys := readKeys(rule.GetJwks())
	if len(keys) == 0 {
		return "", false
	}
	algs := make([]jose.SignatureAlgorithm, len(algorithms))
	for i, a := range algorithms {
		algs[i] = jose.SignatureAlgorithm(a)
	}
	jws, err := jose.ParseSignedCompact(raw, algs)
	if err != nil || len(jws.Signatures) != 1 {
		return textSignature, true
	}
	text = textKeyMismatch
	header := jws.Signatures[0].Header
	for _, k := range keys {
		if k.KeyID != "" && header.KeyID != "" && k.KeyID != header.KeyID || k.Algorithm != "" && k.Algorithm != header.Algorithm || !fits(k, header.Algorithm) {
			continue
		}
		if _, err := jws.Verify(k.Key); err == nil {
			return "", true
		}
		text = textSignature
	}
	return text, true
}

// readKeys reads the keys of a JSON Web Key Set, those left out that are none.
func readKeys(jwks string) []jose.JSONWebKey {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal([]byte(jwks), &set) != nil {
		return nil
	}
	var out []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) == nil {
			out = append(out, k)
		}
	}
	return out
}

// fits reports whether a key is of the kind that an algorithm takes.
func fits(k jose.JSONWebKey, alg string) bool {
	public := k.Public()
	symmetric := public.Key == nil
	switch {
	case strings.HasPrefix(alg, "HS"):
		return symmetric
	case symmetric:
		return false
	}
	switch public.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(alg, "ES")
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}
