package random

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// secret signs the tokens. Keys decides nothing that is compared, so the simplest
// kind will do.
const secret = "the secret of the conformance suite"

// KeySet is what a RequestAuthentication verifies them with.
func KeySet() string {
	return `{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"` + encode([]byte(secret)) + `"}]}`
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Sign makes a token; a forged one does not verify.
func Sign(claims map[string]any, forged bool) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // claims are texts, numbers, booleans, lists and maps of them
	}
	signed := encode([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	if forged {
		mac.Write([]byte("x"))
	}
	return signed + "." + encode(mac.Sum(nil))
}

// Genuine reports whether a token is one that was signed, not forged.
func Genuine(token string) bool {
	signed, signature := token, ""
	if i := strings.LastIndexByte(token, '.'); i >= 0 {
		signed, signature = token[:i], token[i+1:]
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signature == encode(mac.Sum(nil))
}

// token gives the draft one.
func (d *draft) token(s Source) {
	if d.claims != nil {
		return
	}
	d.at = []string{"header", "query", "lower", "forged"}[s.Weighted(80, 10, 5, 5)]
	d.claims = map[string]any{"iss": of(s, issuers[:2]...), "sub": of(s, people...)}
	if s.Chance(5) {
		delete(d.claims, "sub")
	}
	if s.Chance(60) {
		d.claims["aud"] = of(s, any("web"), any("https://web.example/"), any([]string{"db", "web"}), any([]string{}))
	}
	for range s.IntN(4) {
		d.claim(s, of(s, claims...), of(s, groups...))
	}
}

// claim puts a value, in one of the shapes that claims have, where path leads to.
func (d *draft) claim(s Source, path, value string) {
	d.token(s)
	keys := strings.Split(strings.Trim(path, "[]"), "][")
	at := d.claims
	for _, k := range keys[:len(keys)-1] {
		inner, ok := at[k].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[k] = inner
		}
		at = inner
	}
	last := keys[len(keys)-1]
	if len(keys) == 1 && (last == "iss" || last == "sub") {
		at[last] = value
		return
	}
	shapes := []any{value, []string{"other", value}, []any{1, value}, []string{}, 5, true, ""}
	if last == "aud" { // anything else is no token
		shapes = []any{value, []string{"other", value}}
	}
	at[last] = shapes[s.Weighted([]int{50, 30, 5, 4, 4, 4, 3}[:len(shapes)]...)]
}
