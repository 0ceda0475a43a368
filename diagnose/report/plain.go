package report

import (
	"regexp"
	"strings"
	"sync"
)

// Wrap breaks a paragraph at spaces into lines of at most width columns.
func Wrap(s string, width int) []string { return wrap(s, width) }

// Clean makes visible what could command a terminal; see clean.
func Clean(s string, ascii bool) string { return clean(s, ascii) }

// Bold, Red, Green and Yellow are what Paint paints with.
const (
	Bold   = string(bold)
	Red    = string(red)
	Green  = string(green)
	Yellow = string(yellow)
)

// Paint puts clean text in a style, if there is colour.
func Paint(color bool, style, s string) string {
	if !color || style == "" || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// PlainMarkdown writes a page of docs/findings for a terminal: headings stand alone,
// paragraphs are as wide as there is room, and code is indented and never broken. YAML is
// not indented, so that what is copied is a file: "---" parts documents only where a line
// begins. Comments, lines that begin with <!--, are left out.
func PlainMarkdown(page string, o TextOptions) string {
	m := plainPage{TextOptions: o}
	for line := range strings.Lines(page) {
		m.line(strings.TrimRight(line, " \r\n"))
	}
	m.flush()
	return strings.Trim(blank().ReplaceAllString(m.out.String(), "\n\n"), "\n") + "\n"
}

// blank are several empty lines.
var blank = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\n{3,}`) })

// plainPage is a page while it is being written.
type plainPage struct {
	TextOptions
	out       strings.Builder
	paragraph []string
	first     string // what the first line of the paragraph begins with
	code      bool
	indent    string // of the code
}

func (m *plainPage) line(s string) {
	heading := strings.TrimLeft(s, "#")
	switch {
	case strings.HasPrefix(s, "```"):
		m.flush()
		m.code, m.indent = !m.code, "    "
		if s == "```yaml" {
			m.indent = ""
		}
	case m.code:
		m.print(m.indent, s)
	case strings.HasPrefix(s, "<!--"):
	case heading != s && strings.HasPrefix(heading, " "):
		m.flush()
		m.out.WriteString("\n" + Paint(m.Color, Bold, clean(strings.TrimSpace(heading), m.ASCII)) + "\n\n")
	case strings.HasPrefix(s, "|"):
		m.flush()
		m.print("  ", s)
	case s == "":
		m.flush()
		m.out.WriteString("\n")
	case strings.HasPrefix(s, "- "), numbered(s) > 0:
		m.flush()
		n := max(len("- "), numbered(s))
		m.first, m.paragraph = s[:n], []string{s[n:]}
	default:
		m.paragraph = append(m.paragraph, strings.TrimSpace(s))
	}
}

// numbered is how long the "1. " is that a line begins with.
func numbered(s string) int {
	rest := strings.TrimLeft(s, "0123456789")
	if rest == s || !strings.HasPrefix(rest, ". ") {
		return 0
	}
	return len(s) - len(rest) + len(". ")
}

// flush writes the paragraph, its lines after the first as far in as its text.
func (m *plainPage) flush() {
	indent := m.first
	for _, line := range wrap(clean(strings.Join(m.paragraph, " "), m.ASCII), max(20, m.Width-len(indent))) {
		m.out.WriteString(indent + line + "\n")
		indent = strings.Repeat(" ", len(indent))
	}
	m.paragraph, m.first = nil, ""
}

func (m *plainPage) print(indent, s string) {
	m.out.WriteString(strings.TrimRight(indent+clean(s, m.ASCII), " ") + "\n")
}
