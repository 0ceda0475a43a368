//go:build !race

package tui_test

// events is how many random ones are played.
const events = 100_000
