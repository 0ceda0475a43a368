package cmd

import (
	"bytes"
	"testing"
)

// environment is an environment of these variables only.
func environment(variables map[string]string) lookup {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func TestUseColor(t *testing.T) {
	type env = map[string]string
	tests := []struct {
		name, when string
		terminal   bool
		env        env
		want       bool
	}{
		{"a terminal", "auto", true, env{"TERM": "xterm"}, true},
		{"a pipe", "auto", false, env{"TERM": "xterm"}, false},
		{"a dumb terminal", "auto", true, env{"TERM": "dumb"}, false},
		{"NO_COLOR", "auto", true, env{"TERM": "xterm", "NO_COLOR": "yes"}, false},
		{"an empty NO_COLOR", "auto", true, env{"TERM": "xterm", "NO_COLOR": ""}, false},
		{"the flag in a pipe", "always", false, env{}, true},
		{"the flag against NO_COLOR", "always", true, env{"NO_COLOR": "1"}, true},
		{"the flag on a terminal", "never", true, env{"TERM": "xterm"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := useColor(tt.when, tt.terminal, environment(tt.env)); got != tt.want {
				t.Errorf("colour is %t, want %t", got, tt.want)
			}
		})
	}
}

func TestTextWidth(t *testing.T) {
	for columns, want := range map[string]int{"80": 80, "200": 200, "": defaultWidth, "0": defaultWidth, "wide": defaultWidth} {
		if got := textWidth(&bytes.Buffer{}, environment(map[string]string{"COLUMNS": columns})); got != want {
			t.Errorf("COLUMNS=%s: width %d, want %d", columns, got, want)
		}
	}
}

func TestSpeaksUTF8(t *testing.T) {
	type env = map[string]string
	for _, tt := range []struct {
		env  env
		want bool
	}{
		{env{}, true},
		{env{"LANG": "en_GB.UTF-8"}, true},
		{env{"LANG": "C.utf8"}, true},
		{env{"LANG": "C"}, false},
		{env{"LC_ALL": "de_DE.ISO-8859-1", "LANG": "en_GB.UTF-8"}, false},
		{env{"LC_ALL": "", "LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, true},
	} {
		if got := speaksUTF8(environment(tt.env)); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.env, got, tt.want)
		}
	}
}
