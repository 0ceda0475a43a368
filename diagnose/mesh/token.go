package mesh

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// tokenError is a token that does not parse. text is what Envoy answers
// (jwt_verify_lib/status.cc).
type tokenError struct{ text string }

func (e *tokenError) Error() string { return e.text }

// algorithms are those that Envoy verifies.
var algorithms = []string{
	"ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512",
	"PS256", "PS384", "PS512", "EdDSA",
}

// DecodeToken returns the payload of a JWS in compact form. Nothing is verified:
// neither the signature nor the lifetime. The error says what is wrong in the words
// that Envoy would answer.
func DecodeToken(raw string) (map[string]any, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("token: %w", &tokenError{"Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"})
	}
	header, err := section("header", parts[0])
	if err != nil {
		return nil, err
	}
	alg, ok := header["alg"].(string)
	switch {
	case !ok:
		return nil, fmt.Errorf("token: %w", &tokenError{"Jwt header [alg] field is required and must be a string"})
	case !slices.Contains(algorithms, alg):
		return nil, fmt.Errorf("token: algorithm %q: %w", alg, &tokenError{"Jwt header [alg] is not supported"})
	}
	payload, err := section("payload", parts[1])
	if err != nil {
		return nil, err
	}
	if err := types(payload); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if _, err := decode64(parts[2]); err != nil {
		return nil, fmt.Errorf("token: %w", &tokenError{"Jwt signature is an invalid Base64url encoded"})
	}
	return payload, nil
}

// types checks the registered claims, in Envoy's order.
func types(payload map[string]any) error {
	for _, claim := range []string{"iss", "sub", "iat", "nbf", "exp", "jti"} {
		v, has := payload[claim]
		_, text := v.(string)
		_, number := v.(float64)
		switch wantsNumber := claim == "iat" || claim == "nbf" || claim == "exp"; {
		case has && wantsNumber && !number:
			return &tokenError{"Jwt payload [" + claim + "] field is not an integer"}
		case has && !wantsNumber && !text:
			return &tokenError{"Jwt payload [" + claim + "] field is not a string"}
		}
	}
	if _, ok := audiences(payload); !ok {
		return &tokenError{"Jwt payload [aud] field is not a string or string list"}
	}
	return nil
}

// section decodes the header or the payload: a JSON object in base64url.
func section(name, text string) (map[string]any, error) {
	data, err := decode64(text)
	if err != nil {
		return nil, fmt.Errorf("token: %w", &tokenError{"Jwt " + name + " is an invalid Base64url encoded"})
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil || out == nil {
		return nil, fmt.Errorf("token: %w", &tokenError{"Jwt " + name + " is an invalid JSON"})
	}
	return out, nil
}

// decode64 decodes base64url, padded or not.
func decode64(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// audiences returns the claim aud as a list; ok is false if it is anything but a
// string or a list of strings. No claim is an empty list.
func audiences(claims map[string]any) (list []string, ok bool) {
	switch aud := claims["aud"].(type) {
	case nil:
		return nil, true
	case string:
		return []string{aud}, true
	case []string:
		return aud, true
	case []any:
		for _, a := range aud {
			s, ok := a.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}
