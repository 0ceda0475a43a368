//go:build race

package tui_test

// events is how many random ones are played: the race detector makes each ten times as
// slow, and make test plays the hundred thousand without it.
const events = 10_000
