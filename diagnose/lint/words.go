package lint

import (
	"strconv"
	"strings"
)

func indexed(i int) string { return "[" + strconv.Itoa(i) + "]" }

func quoted(s string) string { return strconv.Quote(s) }

// some lists a few words and counts the rest.
func some(words []string) string {
	const shown = 3
	if len(words) > shown {
		return strings.Join(words[:shown], ", ") + " and " + strconv.Itoa(len(words)-shown) + " more"
	}
	return strings.Join(words, ", ")
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if thing == "policy" {
		thing = "policie"
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
