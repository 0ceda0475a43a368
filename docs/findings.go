// Package docs holds the pages of docs/findings, so that the program can show them.
// There is one page for each kind of finding; what a kind is called and how severe it
// is stands in package diagnose, and a test holds the two together.
package docs

import (
	"embed"
	"strings"
)

//go:embed findings/AD*.md
var findings embed.FS

// Finding returns the page of a finding, in Markdown.
func Finding(code string) (page string, ok bool) {
	data, err := findings.ReadFile("findings/" + code + ".md")
	return string(data), err == nil
}

// Findings lists the codes that have a page, sorted.
func Findings() []string {
	entries, err := findings.ReadDir("findings")
	if err != nil {
		return nil // of files that are part of the program
	}
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = strings.TrimSuffix(e.Name(), ".md")
	}
	return out
}
