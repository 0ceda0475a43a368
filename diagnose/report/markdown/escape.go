package markdown

import (
	"fmt"
	"html"
	"strings"
	"unicode"
)

// place is where a text stands: it decides what has to be escaped.
type place int

const (
	line place = iota // in a paragraph or an item of a list
	cell              // in a table, where a bar ends the cell
	tag               // in an HTML element, where Markdown means nothing
)

// plainWords are words without a letter that mean nothing in Markdown.
var plainWords = map[string]bool{"→": true, "←": true, "–": true, "—": true, "…": true, "×": true, "%": true}

// prose writes a sentence. Words that are more than letters become code: names of
// objects, fields, values, and whatever could be a link, a mention or an element.
func prose(s string, at place) string {
	var out []string
	for _, word := range strings.Fields(s) {
		out = append(out, markWord(word, at))
	}
	return strings.Join(out, " ")
}

// markWord writes a word, with the punctuation around it outside of the code.
func markWord(word string, at place) string {
	core := strings.TrimLeft(word, `("`)
	before := word[:len(word)-len(core)]
	trimmed := strings.TrimRight(core, `.,;:)"?`)
	after := core[len(trimmed):]
	switch {
	case trimmed == "" && before+after != "" && !plainWords[word]:
		return code(word, at) // it is all punctuation
	case isPlain(trimmed, after):
		return word
	}
	return before + code(trimmed, at) + after
}

// isPlain reports whether a word means nothing but itself anywhere in Markdown: letters,
// or a number that begins no list.
func isPlain(s, after string) bool {
	if plainWords[s] {
		return true
	}
	if len(s) <= len("65535") && strings.Trim(s, "0123456789") == "" {
		return s != "" && !strings.HasPrefix(after, ".") && !strings.HasPrefix(after, ")")
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '\'' || r == '’' })
	if len(parts) == 0 || strings.HasPrefix(s, "-") || strings.Contains(s, "--") {
		return false
	}
	for _, p := range parts {
		if strings.ContainsFunc(p, func(r rune) bool { return !unicode.IsLetter(r) }) {
			return false
		}
	}
	return true
}

// code writes s as code, in which nothing has a meaning. The empty string stays empty.
func code(s string, at place) string {
	switch {
	case s == "":
		return ""
	case at == tag:
		return "<code>" + html.EscapeString(s) + "</code>"
	case at == cell && strings.ContainsAny(s, "|\\"):
		return "<code>" + entities(s) + "</code>"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// entities writes everything that could mean something by its number.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
