package cmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShellWords(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string
	}{
		{"plain", "curl  -s\thttp://a", []string{"curl", "-s", "http://a"}},
		{"nothing", "  ", nil},
		{"single quotes", `curl -H 'A: "b" $c \d'`, []string{"curl", "-H", `A: "b" $c \d`}},
		{"double quotes", `-H "A: \"b\" \$c \d"`, []string{"-H", `A: "b" $c \d`}},
		{"quotes within a word", `a'b c'd"e f"`, []string{"ab cde f"}},
		{"an empty word", `-A '' x`, []string{"-A", "", "x"}},
		{"a backslash", `a\ b \\ \'`, []string{"a b", `\`, "'"}},
		{"a folded line", "curl \\\n  -s \\\r\n  x", []string{"curl", "-s", "x"}},
		{"a folded line in quotes", "\"a\\\nb\"", []string{"ab"}},
		{"letters of other scripts", `é\é 'ü'`, []string{"éé", "ü"}},
		{"dollar quotes", `$'a\'b\n\x41\u00e9\101\q'`, []string{"a'b\nAéA\\q"}},
		{"translated quotes", `$"a"`, []string{"a"}},
		{"a dollar that is one", `a$ "b$" '$x'`, []string{"a$", "b$", "$x"}},
		{"a pipe", `curl a | jq .`, []string{"curl", "a"}},
		{"a pipe in quotes", `curl 'a|b'`, []string{"curl", "a|b"}},
		{"one command after another", `curl a; curl b`, []string{"curl", "a"}},
		{"one command if another", `curl a && curl b`, []string{"curl", "a"}},
		{"ampersands of a query", `curl http://a/?b=1&c=2`, []string{"curl", "http://a/?b=1&c=2"}},
		{"in the background", `curl http://a/ &`, []string{"curl", "http://a/"}},
		{"redirections", `curl a >/dev/null 2>&1 -s < in`, []string{"curl", "a", "-s"}},
		{"a redirection with a file of its own", `curl a 2> err -s`, []string{"curl", "a", "-s"}},
		{"a comment", `curl a # why`, []string{"curl", "a"}},
		{"a fragment", `curl a#b`, []string{"curl", "a#b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := shellWords(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("words of %s (-want +got):\n%s", tt.line, diff)
			}
		})
	}
}

func TestShellWordsErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{`curl 'a`, "quote (') is not closed"},
		{`curl "a`, `quote (") is not closed`},
		{`curl $'a`, "quote ($') is not closed"},
		{`curl -H "Authorization: Bearer $TOKEN"`, "$TOKEN is not expanded"},
		{`curl ${HOST}/a`, "${HOST} is not expanded"},
		{`curl "$(cat url)"`, "$(cat url) is not expanded"},
		{"curl `cat url`", "`cat url` is not expanded"},
	}
	for _, tt := range tests {
		if _, err := shellWords(tt.line); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.line, err, tt.want)
		}
	}
}
