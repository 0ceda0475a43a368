package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// plainGlyphs are the words and signs for terminals that have only ASCII.
var plainGlyphs = map[rune]string{
	'→': "->", '←': "<-", '×': "x", '√': "+", '·': "-", '…': "...", '–': "-", '—': "-", '≤': "<=", '≥': ">=",
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '„': `"`,
}

// clean makes visible what could command a terminal, reorder text or hide in
// it: controls, bidirectional overrides, zero-width and other characters
// without a shape, and bytes that are no UTF-8. With ascii, whatever is not
// ASCII too.
func clean(s string, ascii bool) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < utf8.RuneSelf && unicode.IsPrint(r):
			b.WriteRune(r)
		case ascii && plainGlyphs[r] != "":
			b.WriteString(plainGlyphs[r])
		case ascii || !shown(r):
			b.WriteString(escaped(r))
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// shown reports whether r has a shape of its own.
func shown(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func escaped(r rune) string {
	switch {
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// columns returns how many columns s takes on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
