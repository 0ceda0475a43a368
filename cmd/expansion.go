package cmd

import (
	"fmt"
	"strings"
)

// expansion returns the $NAME, ${NAME} or $(COMMAND) that s begins with.
func expansion(s string) string {
	if len(s) < 2 || s[0] != '$' {
		return ""
	}
	if s[1] == '(' || s[1] == '{' {
		closing := map[byte]string{'(': ")", '{': "}"}[s[1]]
		inside, _, _ := strings.Cut(s, closing)
		return inside + closing
	}
	end := 1
	for end < len(s) && (s[end] == '_' || isAlphanumeric(s[end])) {
		end++
	}
	if end == 1 {
		return ""
	}
	return s[:end]
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func unexpanded(s string) error {
	what := expansion(s)
	if s[0] == '`' {
		inside, _, _ := strings.Cut(s[1:], "`")
		what = "`" + inside + "`"
	}
	return fmt.Errorf("%s is not expanded here: put in what it stands for", what)
}
