// Package html writes a Diagnosis as a page of its own: one file that asks for nothing
// else, works from a disk and prints.
//
// The verdict and its cause come first, then the way as a diagram, what would help, and
// the findings; below, each hop with its stages to unfold, policy by policy, rule by
// rule, field by field. Those that decide are unfolded. Nothing of the Diagnosis is left
// out but the token of the request, which is a secret.
//
// A verdict shows by its word, its mark and its colour. The page follows the reader's
// choice of light or dark, needs no script, and its policy (Content-Security-Policy)
// allows nothing but its own style sheet.
package html
