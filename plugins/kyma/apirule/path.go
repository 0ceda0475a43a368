package apirule

import "strings"

// PathMatches reports whether a path of a v2 rule is for the path of a request, without
// its query: {*} stands for one segment, {**} for one or more, of which the first may be empty, and /* is every path.
func PathMatches(pattern, path string) bool {
	return segments(strings.Split(templated(pattern), "/"), strings.Split(path, "/"))
}

func segments(pattern, path []string) bool {
	switch {
	case len(pattern) == 0:
		return len(path) == 0
	case pattern[0] == "{**}":
		for i := 1; i <= len(path); i++ {
			if segments(pattern[1:], path[i:]) {
				return true
			}
		}
		return false
	case len(path) == 0:
		return false
	case pattern[0] == "{*}" && path[0] == "", pattern[0] != "{*}" && pattern[0] != path[0]:
		return false
	}
	return segments(pattern[1:], path[1:])
}
