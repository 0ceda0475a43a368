package apirule

import "testing"

// The paths of a rule, by what Envoy makes of the template that each becomes.
func TestPathMatches(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/", true},
		{"/*", "/a/b", true},
		{"/{**}", "/", true},
		{"/get", "/get", true},
		{"/get", "/get/", false},
		{"/get", "/got", false},
		{"/a/{*}/c", "/a/b/c", true},
		{"/a/{*}/c", "/a//c", false},
		{"/a/{*}/c", "/a/b/b/c", false},
		{"/a/{**}", "/a/b/c", true},
		{"/a/{**}", "/a/", true},
		{"/a/{**}", "/a", false},
		{"/a/{**}/d", "/a/b/c/d", true},
		{"/a/{**}/d", "/a/d", false},
		{"/a/{*}/{**}", "/a/b/c/d", true},
	}
	for _, tt := range tests {
		if got := PathMatches(tt.pattern, tt.path); got != tt.want {
			t.Errorf("%s, %s: %v, want %v", tt.pattern, tt.path, got, tt.want)
		}
	}
}
