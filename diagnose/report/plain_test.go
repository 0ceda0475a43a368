package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlainMarkdown(t *testing.T) {
	const page = "# AD0000: a title\n\n## Why\n\nOne two three four five six seven\neight.\n\n- a point that is longer than\n  the line\n- another\n\n1. first\n\n```\nkubectl   get\n\n# no heading\n```\n\n<!-- begin: a comment -->\n```yaml\n# a.yaml\na: {}\n---\nb: []\n```\n<!-- end -->\n\n| a | b |\n\x1b[31m\n"
	const want = `AD0000: a title

Why

One two three four
five six seven eight.

- a point that is
  longer than the line
- another

1. first

    kubectl   get

    # no heading

# a.yaml
a: {}
---
b: []

  | a | b |
\x1b[31m
`
	if diff := cmp.Diff(want, PlainMarkdown(page, TextOptions{Width: 22})); diff != "" {
		t.Error(diff)
	}
	if got := PlainMarkdown("# a\n", TextOptions{Width: 22, Color: true}); got != "\x1b[1ma\x1b[0m\n" {
		t.Errorf("got %q", got)
	}
}
