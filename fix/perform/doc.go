// Package perform applies a candidate and takes it back: what the command line and the
// interface in the terminal do alike. It proves the candidate once more with what is there
// now, keeps a record of what is written, writes it, and waits whether it stays; whom to
// ask before, and what to say of it, is for its callers.
package perform
