package tui_test

import "testing"

// In any order of sizes the frame fills the terminal exactly.
func TestResize(t *testing.T) {
	s := begin(t, asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get"), 80, 24)
	for _, size := range [][2]int{{200, 50}, {40, 10}, {39, 9}, {1, 1}, {120, 10}, {40, 60}, {80, 24}} {
		s.resize(size[0], size[1])
		s.fits()
	}
	s.press("?").fits()
	s.press("esc", ":").fits()
	s.types("he").shows("help").press("enter").shows("Keys of")
	s.press("esc", "q")
	if !s.quit {
		t.Error("q does not quit")
	}
}
