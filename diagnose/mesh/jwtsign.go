package mesh

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

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
	var header struct{ Alg, Kid string }
	parts := strings.Split(raw, ".")
	if data, err := decode64(parts[0]); err != nil || json.Unmarshal(data, &header) != nil || len(parts) != 3 {
		return textSignature, true
	}
	signed, err := decode64(parts[2])
	method := jwt.GetSigningMethod(header.Alg)
	if err != nil || method == nil {
		return textSignature, true
	}
	text = textKeyMismatch
	for _, k := range keys {
		key := k.public()
		if k.Kid != "" && header.Kid != "" && k.Kid != header.Kid || k.Alg != "" && k.Alg != header.Alg || !fits(key, header.Alg) {
			continue
		}
		if method.Verify(parts[0]+"."+parts[1], signed, key) == nil {
			return "", true
		}
		text = textSignature
	}
	return text, true
}

// jwk is a JSON Web Key as far as it verifies (RFC 7517, 7518 section 6).
type jwk struct {
	Kty, Kid, Alg, Crv string
	N, E, X, Y, K      string
}

// readKeys reads the keys of a JSON Web Key Set, those left out that are none.
func readKeys(jwks string) []jwk {
	var set struct{ Keys []json.RawMessage }
	if json.Unmarshal([]byte(jwks), &set) != nil {
		return nil
	}
	var out []jwk
	for _, raw := range set.Keys {
		var k jwk
		if json.Unmarshal(raw, &k) == nil && k.public() != nil {
			out = append(out, k)
		}
	}
	return out
}

// public is the key as Go's crypto packages have it; nil if it is none that Envoy
// takes.
func (k jwk) public() any {
	number := func(s string) *big.Int {
		b, err := decode64(s)
		if err != nil || len(b) == 0 {
			return nil
		}
		return new(big.Int).SetBytes(b)
	}
	switch k.Kty {
	case "RSA":
		if n, e := number(k.N), number(k.E); n != nil && e != nil && e.IsInt64() {
			return &rsa.PublicKey{N: n, E: int(e.Int64())}
		}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
		x, y := number(k.X), number(k.Y)
		if curve == nil || x == nil || y == nil || x.BitLen() > curve.Params().BitSize || y.BitLen() > curve.Params().BitSize {
			return nil
		}
		size := (curve.Params().BitSize + 7) / 8
		point := append([]byte{4}, x.FillBytes(make([]byte, size))...) // uncompressed (SEC 1, 2.3.3)
		if key, err := ecdsa.ParseUncompressedPublicKey(curve, append(point, y.FillBytes(make([]byte, size))...)); err == nil {
			return key
		}
	case "OKP":
		if b, err := decode64(k.X); k.Crv == "Ed25519" && err == nil && len(b) == ed25519.PublicKeySize {
			return ed25519.PublicKey(b)
		}
	case "oct":
		if b, err := decode64(k.K); err == nil && len(b) > 0 {
			return b
		}
	}
	return nil
}

// fits reports whether a key is of the kind that an algorithm takes.
func fits(key any, alg string) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(alg, "ES")
	case ed25519.PublicKey:
		return alg == "EdDSA"
	case []byte:
		return strings.HasPrefix(alg, "HS")
	}
	return false
}
