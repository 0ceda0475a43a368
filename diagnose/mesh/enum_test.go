package mesh

import (
	"encoding"
	"fmt"
	"testing"
)

// TestEnums: every value has a word, the words differ, and the zero value is the
// careful one.
func TestEnums(t *testing.T) {
	type enum interface {
		fmt.Stringer
		encoding.TextMarshaler
	}
	for name, tt := range map[string]struct {
		of   func(uint8) enum
		n    uint8
		zero string
	}{
		"DataPlane":  {func(i uint8) enum { return DataPlane(i) }, 6, "unknown"},
		"Cause":      {func(i uint8) enum { return Cause(i) }, 11, "none"},
		"Mode":       {func(i uint8) enum { return Mode(i) }, 4, "unknown"},
		"TLS":        {func(i uint8) enum { return TLS(i) }, 5, "unknown"},
		"Protocol":   {func(i uint8) enum { return Protocol(i) }, 5, "unknown"},
		"Outcome":    {func(i uint8) enum { return Outcome(i) }, 3, "undecided"},
		"TokenState": {func(i uint8) enum { return TokenState(i) }, 4, "open"},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for i := range tt.n {
				word := tt.of(i).String()
				if word == "?" || seen[word] {
					t.Errorf("value %d: %q", i, word)
				}
				seen[word] = true
				if text, err := tt.of(i).MarshalText(); err != nil || string(text) != word {
					t.Errorf("value %d: text %q, %v", i, text, err)
				}
			}
			if got := tt.of(0).String(); got != tt.zero {
				t.Errorf("zero: got %q", got)
			}
			if got := tt.of(tt.n).String(); got != "?" {
				t.Errorf("value %d has a word, %q: is the test complete?", tt.n, got)
			}
		})
	}
}
