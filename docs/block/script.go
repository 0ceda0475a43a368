package block

import (
	"fmt"
	"regexp"
	"strings"
)

// said is how a command says with which status it ends: a comment behind it.
var said = regexp.MustCompile(`#.*\bexit status (\d+)`)

// Script is the block's commands for a shell, one after the other, which stops at the first
// that ends otherwise than it should: with what is said behind it; else a question of the
// plugin with an answer, 0, 1 or 3, and anything else with 0. Nobody sits there: what asks
// before it writes is told yes.
func (b *Block) Script() string {
	var out strings.Builder
	out.WriteString("set -u\n")
	for _, command := range b.commands() {
		want := "0"
		switch found := said.FindStringSubmatch(command); {
		case found != nil:
			want = found[1]
		case strings.Contains(command, "authz-doctor") || strings.Contains(command, "authz_doctor"):
			want = "0|1|3"
		}
		fmt.Fprintf(&out, "%s\ngot=$?\ncase $got in %s) ;; *) echo \"exit status $got, want %s:\" >&2; cat >&2 <<'THE_COMMAND'\n%s\nTHE_COMMAND\nexit 99;; esac\n", command, want, want, command)
	}
	return out.String()
}

// commands are those of the block, without prompts, comments and empty lines. What ends in
// a backslash, and what is in a quote or a here-document, goes on.
func (b *Block) commands() []string {
	var out []string
	one := ""
	for line := range strings.Lines(b.Text) {
		line = strings.TrimPrefix(strings.TrimRight(line, "\n"), "$ ")
		if one == "" && (strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#")) {
			continue
		}
		one += line
		if !ends(one) {
			one += "\n"
			continue
		}
		out, one = append(out, one), ""
	}
	if one != "" {
		out = append(out, one)
	}
	return out
}

// here is the beginning of a here-document.
var here = regexp.MustCompile(`<<-?'?([A-Z]+)'?`)

// ends reports whether a command is whole.
func ends(command string) bool {
	if found := here.FindStringSubmatch(command); found != nil {
		return strings.HasSuffix(command, "\n"+found[1])
	}
	words, _, _ := strings.Cut(command, " #") // an apostrophe in a comment is none
	return !strings.HasSuffix(command, "\\") && strings.Count(words, "'")%2 == 0
}
