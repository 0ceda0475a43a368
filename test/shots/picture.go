package main

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The cell of a character, in the units of the picture.
const (
	cellW, cellH = 8.43, 18.0
	border       = 8.0
)

// look is how characters look.
type look struct {
	fg, bg             int // of the 16 colours; -1 is the terminal's own
	bold, faint        bool
	reverse, underline bool
}

var plain = look{fg: -1, bg: -1}

// palettes are the 16 colours, dark and light, of a common terminal; the last two of
// each are its own foreground and background.
var palettes = [2][18]string{
	{
		"#1e1e1e", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#e5e5e5",
		"#8a8a8a", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff", "#d4d4d4", "#1e1e1e",
	},
	{
		"#000000", "#cd3131", "#107c41", "#8a6d00", "#0451a5", "#bc05bc", "#0a7ea4", "#555555",
		"#666666", "#cd3131", "#107c41", "#8a6d00", "#0451a5", "#bc05bc", "#0a7ea4", "#777777", "#333333", "#ffffff",
	},
}

// picture draws a screen with its escape sequences as SVG.
func picture(styled string, w, h int, light bool) string {
	palette := palettes[0]
	if light {
		palette = palettes[1]
	}
	var b strings.Builder
	width, height := float64(w)*cellW+2*border, float64(h)*cellH+2*border
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="'DejaVu Sans Mono','Menlo','Consolas',monospace" font-size="14">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", palette[17])
	at := plain
	for y, line := range strings.Split(strings.TrimRight(styled, "\n"), "\n") {
		x := 0
		for _, r := range spans(line, &at) {
			cells := ansi.StringWidth(r.text)
			r.draw(&b, palette, x, y, cells)
			x += cells
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// span is text of one look.
type span struct {
	look
	text string
}

// spans takes a line apart; at is the look that goes on from line to line.
func spans(line string, at *look) []span {
	var out []span
	for line != "" {
		if !strings.HasPrefix(line, "\x1b") {
			text, rest, found := strings.Cut(line, "\x1b")
			out = append(out, span{*at, text})
			line = ""
			if found {
				line = "\x1b" + rest
			}
			continue
		}
		end := strings.IndexFunc(line[1:], func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
		if end < 0 {
			break
		}
		if sequence := line[1 : end+2]; strings.HasPrefix(sequence, "[") && strings.HasSuffix(sequence, "m") {
			at.apply(strings.TrimSuffix(sequence[1:], "m"))
		}
		line = line[end+2:]
	}
	return out
}

// apply applies the parameters of an SGR sequence (ECMA-48, 8.3.117).
func (l *look) apply(parameters string) {
	codes := strings.Split(strings.ReplaceAll(parameters, ":", ";"), ";")
	for i := 0; i < len(codes); i++ {
		n, _ := strconv.Atoi(codes[i])
		switch {
		case n == 0:
			*l = plain
		case n == 1:
			l.bold = true
		case n == 2:
			l.faint = true
		case n == 4:
			l.underline = true
		case n == 7:
			l.reverse = true
		case n == 22:
			l.bold, l.faint = false, false
		case n == 24:
			l.underline = false
		case n == 27:
			l.reverse = false
		case n >= 30 && n <= 37:
			l.fg = n - 30
		case n >= 90 && n <= 97:
			l.fg = n - 90 + 8
		case n >= 40 && n <= 47:
			l.bg = n - 40
		case n >= 100 && n <= 107:
			l.bg = n - 100 + 8
		case n == 39:
			l.fg = -1
		case n == 49:
			l.bg = -1
		case (n == 38 || n == 48) && i+2 < len(codes) && codes[i+1] == "5":
			index, _ := strconv.Atoi(codes[i+2])
			if i += 2; n == 38 {
				l.fg = index % 16
			} else {
				l.bg = index % 16
			}
		}
	}
}

// draw writes a span that begins in column x of line y.
func (r span) draw(b *strings.Builder, palette [18]string, x, y, cells int) {
	fg, bg := palette[16], ""
	if r.fg >= 0 {
		fg = palette[r.fg]
	}
	if r.bg >= 0 {
		bg = palette[r.bg]
	}
	if r.reverse {
		if bg == "" {
			bg = palette[17]
		}
		fg, bg = bg, fg
	}
	left, top := border+float64(x)*cellW, border+float64(y)*cellH
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, float64(cells)*cellW, cellH, bg)
	}
	if strings.TrimSpace(r.text) == "" {
		return
	}
	style := ""
	if r.bold {
		style += ` font-weight="bold"`
	}
	if r.faint {
		style += ` opacity="0.6"`
	}
	if r.underline {
		style += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" xml:space="preserve" fill="%s"%s>%s</text>`+"\n",
		left, top+cellH*0.75, float64(cells)*cellW, fg, style, html.EscapeString(r.text))
}
