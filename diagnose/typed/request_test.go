package typed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// jws is a JWT with the payload {"sub":"me"}; its signature is none.
const jws = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"

func TestParseHeader(t *testing.T) {
	tests := []struct{ word, name, value, problem string }{
		{"x-a=1", "x-a", "1", ""},
		{"X-A: 1", "x-a", "1", ""},
		{"x-a:1", "x-a", "1", ""},
		{"x-a=http://b:80/", "x-a", "http://b:80/", ""},
		{"Authorization: Basic YTpi=", "authorization", "Basic YTpi=", ""},
		{"x-a= 1", "x-a", " 1", ""},
		{"x-a=", "x-a", "", ""},
		{"x-a", "", "", "want NAME=VALUE"},
		{"=1", "", "", "no name of a header"},
		{"x a=1", "", "", "no name of a header"},
		{":method=GET", "", "", "use --method"},
		{"x-a=1\r\nx-b: 2", "", "", "no line breaks"},
	}
	for _, tt := range tests {
		name, value, err := parseHeader(tt.word)
		if tt.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%q: error %v, want %q", tt.word, err, tt.problem)
			}
		} else if name != tt.name || value != tt.value || err != nil {
			t.Errorf("%q is %q = %q, %v; want %q = %q", tt.word, name, value, err, tt.name, tt.value)
		}
	}
}

func TestParseClaims(t *testing.T) {
	type object = map[string]any
	tests := []struct {
		words []string
		want  object
	}{
		{nil, nil},
		{[]string{"sub=me"}, object{"sub": "me"}},
		{[]string{"sub="}, object{"sub": ""}},
		{[]string{"scope=a b=c"}, object{"scope": "a b=c"}},
		{[]string{`groups=["a","b"]`}, object{"groups": []any{"a", "b"}}},
		{[]string{"groups=a", "groups=b", "groups=c"}, object{"groups": []any{"a", "b", "c"}}},
		{[]string{"realm.roles=x", "realm.name=y"}, object{"realm": object{"roles": "x", "name": "y"}}},
		{[]string{`a\.b=x`}, object{"a.b": "x"}},
		{[]string{"https://issuer.example/groups=x"}, object{"https://issuer.example/groups": "x"}},
		{[]string{"email_verified=true", "level=3"}, object{"email_verified": true, "level": 3.0}},
		{[]string{"sub=123", `n="123"`}, object{"sub": "123", "n": "123"}},
		{[]string{`realm={"roles":["x"]}`}, object{"realm": object{"roles": []any{"x"}}}},
	}
	for _, tt := range tests {
		got, err := parseClaims(tt.words)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got):\n%s", tt.words, err, diff)
		}
	}
	for word, want := range map[string]string{
		"sub":       "want NAME=VALUE",
		"=x":        "part of the name is empty",
		"a..b=x":    "part of the name is empty",
		"first.b=x": "holds no claims",
		"deep=x":    "already holds claims",
	} {
		_, err := parseClaims([]string{"first=1", "deep.er=2", word})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", word, err, want)
		}
	}
}

func TestReadToken(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, content := range []string{jws, jws + "\n", "Bearer " + jws} {
		if got, err := readToken(write("token", content), nil); got != jws || err != nil {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
	if got, err := readToken("-", strings.NewReader(jws)); got != jws || err != nil {
		t.Errorf("stdin: %q, %v", got, err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file",
		dir:                        "directory",
		jws:                        "wants a file, not the token",
		write("empty", "\n"):       "no token in it",
		write("opaque", "s3cret"):  "1 parts",
		write("jwe", "eyJhbGciOiJkaXIifQ..a.b.c"): "encrypted",
		write("text", "s3cret!.e30.x"):            "base64url",
		write("json", "eyJhIjoxfQ.czNjcmV0.x"):    "payload is no JSON",
	} {
		_, err := readToken(file, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", file, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), jws)) {
			t.Errorf("the error quotes the token: %v", err)
		}
	}
}

func TestToRequest(t *testing.T) {
	tests := []struct {
		name    string
		flags   Request
		want    diagnose.Request
		hint    string
		problem string
	}{
		{name: "nothing said"},
		{
			name:  "all of it",
			flags: Request{Method: "GET", Path: "/a?b", Host: "h:80", SourceIP: "2001:db8::1", SNI: "h.example", Exact: true, Headers: []string{"x-a=1", "x-a=2"}},
			want:  diagnose.Request{Method: "GET", Path: "/a?b", Host: "h:80", SourceIP: "2001:db8::1", SNI: "h.example", Exact: true, Headers: map[string][]string{"x-a": {"1", "2"}}},
		},
		{name: "small letters", flags: Request{Method: "get"}, want: diagnose.Request{Method: "get"}, hint: "did you mean GET?"},
		{name: "a Host header", flags: Request{Headers: []string{"Host: h"}}, want: diagnose.Request{Host: "h", Headers: map[string][]string{}}},
		{name: "a JWT as a header", flags: Request{Headers: []string{"Authorization: Bearer " + jws}}, want: diagnose.Request{Token: jws, Headers: map[string][]string{}}},
		{name: "two hosts", flags: Request{Host: "a", Headers: []string{"host=b"}}, problem: "given twice"},
		{name: "two tokens", flags: Request{Claims: []string{"a=b"}, Headers: []string{"authorization=Bearer " + jws}}, problem: "two tokens"},
		{name: "token and claims", flags: Request{Claims: []string{"a=b"}, Token: "f"}, problem: "exclude each other"},
		{name: "two methods", flags: Request{Method: "GET POST"}, problem: "no HTTP method"},
		{name: "a path without a slash", flags: Request{Path: "get"}, problem: `did you mean "/get"?`},
		{name: "a path with a space", flags: Request{Path: "/a b"}, problem: "%20"},
		{name: "a host that is a URL", flags: Request{Host: "http://h/"}, problem: `did you mean "h"?`},
		{name: "a host with a path", flags: Request{Host: "h/x"}, problem: "no HOST[:PORT]"},
		{name: "a range of addresses", flags: Request{SourceIP: "10.0.0.0/8"}, problem: "no IP address"},
		{name: "a server name with a port", flags: Request{SNI: "h:443"}, problem: "without a port"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, hints, err := tt.flags.Read(strings.NewReader(""))
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Fatalf("error %v, want %q", err, tt.problem)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if !strings.Contains(strings.Join(hints, "\n"), tt.hint) {
				t.Errorf("hints %q, want %q", hints, tt.hint)
			}
		})
	}
}
