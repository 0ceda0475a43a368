package report

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose"

// style is the parameters of an SGR sequence; the empty one is plain.
type style string

const (
	plain   style = ""
	bold    style = "1"
	red     style = "1;31"
	green   style = "1;32"
	yellow  style = "1;33"
	magenta style = "1;35"
)

// paint puts s, which is already clean, in a style.
func (p *page) paint(st style, s string) string {
	if !p.color || st == plain || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// look is how a verdict appears.
type look struct {
	word  string
	mark  string // in the margin; what allows has none
	style style
}

func lookOf(v diagnose.Verdict) look {
	switch v {
	case diagnose.Allowed:
		return look{word: "ALLOWED", style: green}
	case diagnose.Denied:
		return look{word: "DENIED", mark: "×", style: red}
	case diagnose.Conditional:
		return look{word: "CONDITIONAL", mark: "~", style: yellow}
	case diagnose.Undetermined:
	}
	return look{word: "UNDETERMINED", mark: "?", style: magenta}
}

// margin is the mark of a verdict in the two columns before a line's text.
func margin(v diagnose.Verdict) cell {
	l := lookOf(v)
	return cell{text: l.mark, width: gap, style: l.style}
}

// named is a name in the style of its verdict; what allows is plain.
func named(name string, width int, v diagnose.Verdict) cell {
	c := cell{text: name, width: width}
	if v != diagnose.Allowed {
		c.style = lookOf(v).style
	}
	return c
}
