package tui

import (
	"fmt"
	"net/url"

	"github.com/charmbracelet/x/ansi"
)

// value is what a field holds, or, faintly, what it means that it holds nothing.
func (c *change) value(m *Model, f *formField, selected bool, w int) string {
	t := m.theme
	if f.kind == exactField {
		says := "no: what is not given is not known"
		if f.yes {
			says = "yes: there is nothing else in the request"
		}
		if selected {
			says += t.faint.Render("  space changes it")
		}
		return t.cut(says, w)
	}
	nothing := t.clean(c.nothing(f))
	if !selected {
		f.input.Blur()
		if f.input.Value() == "" {
			return t.faint.Render(t.cut(nothing, w))
		}
		return t.cut(t.clean(f.input.Value()), w)
	}
	if f.input.Value() == "" {
		if hint := hints[f.kind]; hint != "" {
			nothing += "  " + hint
		}
		return t.cut(t.selected.Render(" ")+" "+t.faint.Render(nothing), w)
	}
	if v := f.input.Value(); t.clean(v) != v { // not as it was typed
		return ansi.TruncateLeft(t.clean(v), max(0, width(t.clean(v))-w+1), "") + t.selected.Render(" ")
	}
	f.input.Focus()
	f.input.SetWidth(max(1, w-1))
	f.input.SetCursor(f.input.Position()) // it looks for the part that is to be seen
	return t.pad(f.input.View(), w)
}

// hints say what one types.
var hints = map[fieldKind]string{
	methodField: "GET", pathField: "/path?query", hostField: "HOST[:PORT]", headerField: "NAME=VALUE", claimField: "NAME=VALUE, of the token",
	tokenField: "the name of a file that holds it", sourceIPField: "203.0.113.7", sniField: "the name that TLS asks for",
}

// nothing says what stands for a field that is empty.
func (c *change) nothing(f *formField) string {
	q := Question{}
	q.AnyPath = c.was.AnyPath
	exact := false
	for i := range c.fields {
		switch c.fields[i].kind {
		case targetField:
			q.Target = c.fields[i].input.Value()
		case exactField:
			exact = c.fields[i].yes
		default:
		}
	}
	u, err := url.Parse(q.Target)
	if err != nil || u.Host == "" {
		u = &url.URL{}
	}
	switch f.kind {
	case sourceField, targetField:
		return "[TYPE/]NAME[.NAMESPACE]"
	case portField:
		return "as the scheme or the Service says"
	case pathField:
		if u.Host != "" && !q.openPath() {
			return fmt.Sprintf("%s, of the target", nonBlank(u.RequestURI()))
		}
	case hostField:
		if u.Host != "" {
			return u.Host + ", of the target"
		}
	case tokenField:
		if f.given {
			return "(given)"
		}
	case methodField, headerField, claimField, sourceIPField, sniField, exactField:
	}
	if !exact {
		return "unknown"
	}
	if f.kind == methodField {
		return "GET"
	}
	return "none"
}

func nonBlank(s string) string {
	if s == "" {
		return "/"
	}
	return s
}
