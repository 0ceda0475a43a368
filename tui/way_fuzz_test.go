package tui_test

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Whatever one presses on the answer's screens, the frame is as large as the terminal and
// nothing panics.
func TestWayAnyKeys(t *testing.T) {
	keys := append(strings.Split("hjklyeifTuow[]/nNgGmx-=:$?*1", ""), "enter", "esc", "esc", "esc", "tab", "shift+tab", "up", "down", "left", "right",
		"pgup", "pgdown", "home", "end", "backspace", "space", "ctrl+u", "ctrl+d", "ctrl+r")
	r := rand.New(rand.NewPCG(8, 26)) //nolint:gosec // the same keys each time
	stories := []*story{noSidecar(t), conditional(t), scene(t, "scenarios/s52-open-connections", "sleep.shop", "http://web.shop:8000/")}
	for range 1500 {
		s := stories[r.IntN(len(stories))]
		switch r.IntN(12) {
		case 0:
			s.resize(20+r.IntN(200), 5+r.IntN(60))
		case 1:
			w, h := s.model.Size()
			s.send(click(r.IntN(w), r.IntN(h)))
		default:
			s.press(keys[r.IntN(len(keys))])
		}
		s.fits()
	}
}
