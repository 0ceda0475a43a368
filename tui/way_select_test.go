package tui_test

import "testing"

// What was selected stays selected by its name; who looked at what decided looks at what
// decides now.
func TestWayKeepsSelection(t *testing.T) {
	s := conditional(t).shows("[~ DENY]")
	s.press("h").shows("[√ mTLS]").press("i").field("Method").types("DELETE").press("enter").shows("× DENIED", "[√ mTLS]")
	conditional(t).press("l").shows("[√ ALLOW]").press("i").field("Method").types("GET").press("enter").shows("[~ ALLOW]")
	s = conditional(t).press("i").field("Method").types("GET").press("enter").shows("[~ ALLOW]")
	s.press("i").field("Method").press("ctrl+u").types("DELETE").press("enter").shows("[× DENY]")
}

// A question to which nothing was judged says what is missing.
func TestWayNothingJudged(t *testing.T) {
	s := scene(t, "grid/principals", "nobody.nowhere", "http://web.shop:8000/")
	s.sizes("way-missing")
	s.press("h", "l", "G", "y", "e", "]", "enter", "enter", "tab", "j").fits()
}

// In the least terminal there are the verdict, the way in a line and the detail.
func TestWayLow(t *testing.T) {
	s := noSidecar(t)
	s.resize(40, 10)
	s.golden("way-40").press("h", "h", "h").golden("way-40-network")
	s.resize(80, 12)
	s.golden("way-low")
	s.send(click(3, 4))
	s.shows("[√ 1 source]")
}
