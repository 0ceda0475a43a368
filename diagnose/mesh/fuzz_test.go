package mesh

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	securityapi "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// FuzzDecodeToken takes tokens apart; what is in one comes out the same again.
func FuzzDecodeToken(f *testing.F) {
	for _, payload := range []string{`{"iss":"a","aud":["b"],"exp":1,"c":{"d":[1,null]}}`, `{}`, `null`, `[]`, `{"iss":1}`, `{"exp":1e400}`, "\x00", `{"a":"` + strings.Repeat("x", 100) + `"}`} {
		f.Add(encoded(`{"alg":"RS256"}`) + "." + encoded(payload) + "." + encoded("sig"))
	}
	for _, raw := range []string{"", ".", "..", "a.b.c", "....", encoded(`{"alg":"none"}`) + ".e30.", encoded(`{"alg":[]}`) + "=.e30==.a"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		claims, err := DecodeToken(raw)
		if err != nil {
			if claims != nil || !strings.HasPrefix(err.Error(), "token: ") {
				t.Errorf("%v, %v", claims, err)
			}
			return
		}
		again, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(raw, ".")
		same, err := DecodeToken(parts[0] + "." + encoded(string(again)) + "." + parts[2])
		if err != nil || !reflect.DeepEqual(same, claims) {
			t.Errorf("%v, written and read again: %v, %v", claims, same, err)
		}
	})
}

// FuzzKeys reads JSON Web Key Sets: each key is one that a signature can be held against.
func FuzzKeys(f *testing.F) {
	for _, keys := range []string{
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},null,1]}`,
		`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"` + encoded(strings.Repeat("a", 32)) + `"}]}`,
		`{"keys":[{"kty":"RSA","n":"","e":"AA"},{"kty":"RSA","n":"AQ","e":"gAAAAAAAAAA"}]}`, `{"keys":{}}`, `[]`, ``,
	} {
		f.Add(keys, encoded(`{"alg":"RS256","kid":"a"}`)+".e30."+encoded("sig"))
		f.Add(keys, encoded(`{"alg":"ES256"}`)+".e30."+encoded(strings.Repeat("s", 64)))
		f.Add(keys, encoded(`{"alg":"EdDSA"}`)+".e30."+encoded(strings.Repeat("s", 64)))
		f.Add(keys, encoded(`{"alg":"HS256"}`)+".e30."+encoded(strings.Repeat("s", 32)))
	}
	f.Fuzz(func(t *testing.T, jwks, raw string) {
		for _, k := range readKeys(jwks) {
			if k.public() == nil {
				t.Errorf("a key that is none: %+v", k)
			}
		}
		if text, checked := signature(raw, &securityapi.JWTRule{Issuer: "a", Jwks: jwks}); checked && text == "" && strings.Count(raw, ".") != 2 {
			t.Errorf("%q verifies", raw)
		}
	})
}

// FuzzParseConfig reads the mesh's settings: with an error there are the defaults, and they
// say so.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{
		"trustDomain: a\ntrustDomainAliases: [b, '*']\nrootNamespace: c\n", "defaultConfig: {proxyMetadata: {A: b}, discoveryAddress: istiod.x.svc:15012}\n",
		"extensionProviders: [{name: a, envoyExtAuthzHttp: {service: b, port: 1}}, null, {}]\n", "pathNormalization: {normalization: NONE}\n", "a: [", "enableAutoMtls: 7\n",
		"discoverySelectors: [{matchLabels: {a: b}}, {matchExpressions: [{key: a, operator: x}]}]\n", "null", "[]", "meshMTLS: {minProtocolVersion: 9}\n",
	} {
		f.Add(text)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "a"}}
	f.Fuzz(func(t *testing.T, text string) {
		cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "istio"}, Data: map[string]string{"mesh": text}}
		c, err := ParseConfig(cm)
		again, err2 := ParseConfig(cm)
		if !reflect.DeepEqual(c, again) || (err == nil) != (err2 == nil) {
			t.Errorf("read twice: %+v, %+v", c, again)
		}
		if err != nil {
			want := DefaultConfig()
			want.Assumed = c.Assumed
			if c.Assumed == "" || !reflect.DeepEqual(c, want) {
				t.Errorf("with %v: %+v", err, c)
			}
		}
		if p := Principal(c, pod); !strings.HasSuffix(p, "/ns/foo/sa/default") {
			t.Errorf("principal %q", p)
		}
	})
}
