package main

import (
	"fmt"
	"slices"
	"strings"
)

// The picture's measures.
const (
	plotWidth, plotHeight = 640, 300
	plotLeft, plotTop     = 70, 30
	plotInner             = 210 // of the height
	plotGap               = 330 // between the two
)

// plot draws the series beside each other, on one scale of time. It stands on a light
// ground of its own, so that it can be read wherever it is shown.
func plot(all []series) string {
	most := 1.0
	for _, s := range all {
		for _, p := range s.points {
			most = max(most, p.asking)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Processor time for all pairs: nearly level as Pods get more, rising with the number of classes" font-family="sans-serif" font-size="12">`+"\n", plotWidth+40, plotHeight)
	out.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	for i, s := range all {
		s.draw(&out, plotLeft+i*plotGap, most)
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func (s series) draw(out *strings.Builder, left int, most float64) {
	const width = 230
	last := slices.MaxFunc(s.points, func(a, b point) int { return a.size - b.size }).size
	x := func(size int) float64 { return float64(left) + width*float64(size)/float64(last) }
	y := func(ms float64) float64 { return plotTop + plotInner*(1-ms/most) }
	fmt.Fprintf(out, `<text x="%d" y="18" fill="#222222">CPU ms by %s</text>`+"\n", left, s.of)
	fmt.Fprintf(out, `<path d="M%d %dV%dH%d" fill="none" stroke="#555555"/>`+"\n", left, plotTop, plotTop+plotInner, left+width)
	for _, ms := range []float64{0, most / 2, most} {
		fmt.Fprintf(out, `<text x="%d" y="%.0f" text-anchor="end" fill="#222222">%.0f</text>`+"\n", left-8, y(ms)+4, ms)
	}
	var line []string
	for _, p := range s.points {
		line = append(line, fmt.Sprintf("%.1f,%.1f", x(p.size), y(p.asking)))
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="#0b5cad"/>`+"\n", x(p.size), y(p.asking))
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle" fill="#222222" font-size="10">%d</text>`+"\n", x(p.size), plotTop+plotInner+18, p.size)
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle" fill="#555555" font-size="10">%.0f</text>`+"\n", x(p.size), plotTop+plotInner+34, p.classes)
	}
	fmt.Fprintf(out, `<polyline points="%s" fill="none" stroke="#0b5cad" stroke-width="2"/>`+"\n", strings.Join(line, " "))
	fmt.Fprintf(out, `<text x="%d" y="%d" fill="#555555" font-size="10">below: classes of sources</text>`+"\n", left, plotTop+plotInner+50)
}
