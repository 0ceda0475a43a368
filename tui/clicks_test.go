package tui_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// clicksOn clicks on the first place of the screen where a text stands.
func (s *story) clicksOn(text string) *story {
	s.t.Helper()
	y := 0
	for l := range strings.Lines(s.screen()) {
		if before, _, ok := strings.Cut(l, text); ok {
			s.send(tea.MouseClickMsg{X: len([]rune(before)), Y: y, Button: tea.MouseLeft})
			return s
		}
		y++
	}
	s.t.Fatalf("there is no %q to click on:\n%s", text, s.screen())
	return s
}

// A click in a box does what its line says; beside the box it closes it.
func TestClickInBox(t *testing.T) {
	s := noSidecar(t).press(":").clicksOn("what it can reach").shows("What sleep.foo can reach").press("esc")
	s.press("c").clicksOn("answer as JSON").shows("copied: answer as JSON")
	s.press("c").clicksOn("Copy or save").shows("Copy or save").clicksOn("set-clipboard").shows("Copy or save")
	s.clicksOn("DENIED").hides("Copy or save")
	s.press("?").clicksOn("next stage").shows("Keys of").clicksOn("authz-doctor").hides("Keys of")
}

// A click chooses, and a second one does what is chosen: nothing is written by one.
func TestClickToApply(t *testing.T) {
	o, server := writable(t)
	s := begin(t, o, 80, 24).press("f", "a").clicksOn("Apply a").clicksOn("Apply (y)").shows("▸ Apply (y)").clicksOn("Cancel").shows("▸ Cancel")
	if len(server.wrote) > 0 {
		t.Fatal("a click writes")
	}
	if s.clicksOn("Apply (y)").clicksOn("Apply (y)").shows("written  create"); len(server.wrote) != 1 {
		t.Error("what was chosen is not applied")
	}
	s.press("u").clicksOn("Cancel").hides("Cancel")
}

// A click on the YAML marks the line that it is on, and the object can be copied there.
func TestYAMLScreenClicks(t *testing.T) {
	for _, size := range sizes {
		s := noSidecar(t)
		s.resize(size.w, size.h)
		s.press("y").clicksOn("action: ALLOW")
		if !strings.Contains(s.frame(), "\x1b[7m 7   action: ALLOW") {
			t.Errorf("%s: another line is selected:\n%q", size.name, s.frame())
		}
		s.press("c").shows("YAML of AuthorizationPolicy default/allow-frontend").press("1")
		if !strings.HasPrefix(s.copied, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy") {
			t.Errorf("copied %q", s.copied)
		}
	}
	s := noSidecar(t).press("e", "c").shows("page of AD0101 as Markdown").press("1")
	if !strings.Contains(s.copied, "# AD0101") {
		t.Errorf("copied %q", s.copied)
	}
}
