package typed

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzRequest reads whatever is typed: what is accepted can be sent, and an error is one line
// that a terminal can show.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a?b", "a.b:80", "x=y", "groups=[\"a\"]", "1.2.3.4", "a.b")
	f.Add("", "", "", "Authorization: Bearer a.b.c", "a.b\\.c=1", "::1", "outbound_.80_._.a.b")
	f.Add("g e t", "no", "http://x", ":path=/", "iss", "fe80::1%eth0", "*")
	f.Add("\x1b[31m", "/\x1b", "a\u202e", "a\x00=b", "a.=\x1b", "1", "\n")
	f.Fuzz(func(t *testing.T, method, path, host, header, claim, ip, sni string) {
		some := func(s string) []string {
			if s == "" {
				return nil
			}
			return []string{s, s}
		}
		r, hints, err := Request{Method: method, Path: path, Host: host, Headers: some(header), Claims: some(claim), SourceIP: ip, SNI: sni}.Read(strings.NewReader(""))
		if err != nil {
			shows(t, err.Error())
			return
		}
		for _, h := range hints {
			shows(t, h)
		}
		if r.Method != "" && !IsToken(r.Method) || strings.ContainsAny(r.Path, " \t\r\n") || strings.ContainsAny(r.Host, "/ \t\r\n") {
			t.Errorf("%+v", r)
		}
		for name, values := range r.Headers {
			if !IsToken(name) || name != strings.ToLower(name) || strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("header %q: %q", name, values)
			}
		}
	})
}

func shows(t *testing.T, text string) {
	t.Helper()
	if text == "" || strings.IndexFunc(text, unicode.IsControl) >= 0 {
		t.Errorf("the user is shown %q", text)
	}
}
