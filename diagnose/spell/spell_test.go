package spell

import "testing"

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "", 3},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "bc", 1},
		{"abc", "xabc", 1},
		{"ab", "ba", 2},
		{"kitten", "sitting", 3},
	} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestClosest(t *testing.T) {
	for _, tt := range []struct {
		got        string
		candidates []string
		want       string
	}{
		{"principal", []string{"namespaces", "principals"}, "principals"},
		{"slep", []string{"step", "sleep"}, "step"}, // the first among equals
		{"sleep", []string{"slep", "sleep"}, "sleep"},
		{"zzz", []string{"sleep"}, ""},
		{"abcd", []string{"abxy"}, "abxy"}, // two away, and a word of four letters may be two away
		{"abc", []string{"axy"}, ""},
		{"x", nil, ""},
	} {
		if got := Closest(tt.got, tt.candidates, Distance); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.got, got, tt.want)
		}
	}
}
