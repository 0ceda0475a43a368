// Package plain is the face of the tool in lines of text: a dialogue, for screen readers,
// for terminals that cannot move their cursor, and for scripts. It asks the same interfaces
// that the screens of [tui] ask, and can do what they can.
//
// It writes one line after the other, never one twice, and no escape codes but the colours
// of the report where they are wanted. What can be picked has a number, and what can be done
// has a word; help lists the words. Nothing is said unasked but what the last line that was
// typed brings.
package plain
