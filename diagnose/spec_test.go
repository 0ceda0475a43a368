package diagnose

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestNoSecrets puts secrets wherever a question can hold one, with policies that
// look at them, and finds none in the answer.
func TestNoSecrets(t *testing.T) {
	const jws = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSIsInN1YiI6IngifQ.c2lnbmF0dXJl"
	more := ap("secrets", `action: ALLOW, rules: [`+
		`{when: [{key: 'request.headers[authorization]', values: [Basic abc]}]}, `+
		`{when: [{key: 'request.headers[Cookie]', values: [c]}]}, `+
		`{when: [{key: 'request.headers[x-jwt]', values: [c]}]}, `+
		`{when: [{key: 'request.headers[:path]', values: [c]}]}]`)
	tests := map[string]struct {
		target  string
		request Request
		secret  string
	}{
		"a raw token":             {"http://httpbin:8000/get", Request{Token: jws, Exact: true}, "c2lnbmF0dXJl"},
		"a password":              {"http://httpbin:8000/get", Request{Headers: map[string][]string{"authorization": {"Basic s3cret"}}, Exact: true}, "s3cret"},
		"a cookie":                {"http://httpbin:8000/get", Request{Headers: map[string][]string{"cookie": {"session=s3cret"}}, Exact: true}, "s3cret"},
		"a token in another name": {"http://httpbin:8000/get", Request{Headers: map[string][]string{"x-jwt": {jws}}, Exact: true}, "c2lnbmF0dXJl"},
		"a token in the query":    {"http://httpbin:8000/get?a=1&access_token=s3cret", Request{Exact: true}, "s3cret"},
		"a password in the query": {"http://httpbin:8000/get?user=a&Password=s3cret", Request{Exact: true}, "s3cret"},
		"a key in the query":      {"http://httpbin:8000/get?api_key=s3cret&b=1", Request{Exact: true}, "s3cret"},
		"a signature":             {"http://httpbin:8000/get?X-Amz-Signature=s3cret", Request{Exact: true}, "s3cret"},
		"a token in --path":       {"http://httpbin:8000/", Request{Path: "/get?access_token=s3cret", Exact: true}, "s3cret"},
		"a path that is refused":  {"http://httpbin:8000/%00?access_token=s3cret", Request{Exact: true}, "s3cret"},
		"a name and password":     {"http://me:s3cret@httpbin:8000/get", Request{Exact: true}, "s3cret"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, _, err := Ask(t.Context(), files(t, more), Question{Source: "frontend", Target: tt.target, Request: tt.request})
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if i := strings.Index(string(b), tt.secret); i >= 0 {
				t.Errorf("the answer shows it: …%s…", b[max(0, i-80):i+len(tt.secret)])
			}
		})
	}
}
