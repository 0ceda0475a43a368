package cmd

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

// curlLines are what people copy: from documents, browsers and histories.
var curlLines = []string{
	`curl http://a.b:80/x?y=1`, `$ sudo curl -sS -X POST -d a=b 'http://a.b/x' | jq .`, `curl -H 'Authorization: Bearer x' --url a.b`,
	`kubectl exec -n foo deploy/sleep -c app -- curl -v "http://httpbin:8000/get" 2>&1`, `k -n a exec pod/b -it -- sh -c 'curl -XPUT x.y:9'`,
	`curl $'http://a\x41/\u00e9' -G --data-urlencode 'q=a b'`, "curl \\\n  -I \\\n  https://[::1]:8443/", `curl --resolve a:443:1.2.3.4 -k https://a`,
	`curl "a`, `curl $(x)`, "curl `x`", `curl a{b,c}[1-3]`, `curl -u a:b --oauth2-bearer t -b c=d -A ua -e ref a.b`, `curl '' -- -x`, `curl -:`, "\x00",
}

// harmless reports whether a text can be shown on a terminal, and is one line.
func harmless(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) < 0
}

// FuzzShellWords splits whatever is typed; and what is quoted comes out as it was.
func FuzzShellWords(f *testing.F) {
	for _, line := range curlLines {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := shellWords(s); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		line := "a " + typed.ShellWord(s) + " b"
		if words, err := shellWords(line); err != nil || !slices.Equal(words, []string{"a", s, "b"}) {
			t.Errorf("%q is read as %q, %v", line, words, err)
		}
	})
}

// FuzzParseCurl reads whatever stands behind --curl.
func FuzzParseCurl(f *testing.F) {
	for _, line := range curlLines {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseCurl(line)
		if err != nil {
			if text := oneLine(err.Error()); text == "" || !harmless(text) {
				t.Errorf("the error is %q", text)
			}
			return
		}
		if c.target == "" {
			t.Errorf("no target of %q", line)
		}
		for name, values := range c.request.Headers {
			if name != strings.ToLower(name) || !typed.IsToken(name) || slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "\r\n\x00") }) {
				t.Errorf("header %q: %q", name, values)
			}
		}
		if m := c.request.Method; m != "" && !typed.IsToken(m) {
			t.Errorf("method %q", m)
		}
		if strings.ContainsAny(c.request.Path, " \r\n\x00") {
			t.Errorf("path %q", c.request.Path)
		}
	})
}

// FuzzReadSettings reads whatever is in the configuration file.
func FuzzReadSettings(f *testing.F) {
	for _, text := range []string{
		"color: never\nredact: true\n", "exclude-namespaces: [kube-system, 'a']\n", "# nothing\n", "output: json\noutput: yaml", "a: &a [*a]",
		"color: {a: b}", "- color", "color: !!binary aaaa", "color: ~", "? [x]\n: y", "color: never\n---\ncolor: x", "\"col\\x1bor\": x", "<<: {color: never}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := readSettings("config.yaml", text)
		if err != nil {
			if words := oneLine(err.Error()); !strings.HasPrefix(words, "config.yaml") || !harmless(words) {
				t.Errorf("the error is %q", words)
			}
			return
		}
		seen := map[string]bool{}
		for _, g := range all {
			if seen[g.name] || !g.list && len(g.values) != 1 {
				t.Errorf("%s: %q", g.name, g.values)
			}
			seen[g.name] = true
		}
	})
}
