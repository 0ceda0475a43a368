package cmd

import (
	"fmt"
	"slices"
	"strings"
)

// wantWord wants one of the words that a flag can have, and says which one was likely
// meant.
func wantWord(flag, got string, words ...string) error {
	if slices.Contains(words, got) || got == "" && words[0] == textOutput {
		return nil
	}
	last := len(words) - 1
	return fmt.Errorf("--%s %q: want %s or %s%s", flag, got, strings.Join(words[:last], ", "), words[last], didYouMean(got, words))
}

// textual reports whether a format is text, which is also what none at all is.
func textual(format string) bool { return format == "" || format == textOutput }

// wantColor wants a word of --color. Where always is typed, it wants a format that has
// colours: whoever typed it believes that there will be some.
func wantColor(typed func(flag string) bool, when, format string, colors bool) error {
	if err := wantWord("color", when, "auto", "always", "never"); err != nil {
		return err
	}
	if when == "always" && typed("color") && !colors {
		return fmt.Errorf("--color always is for text: leave it out with --output %s", format)
	}
	return nil
}
