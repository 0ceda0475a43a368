// Package report turns a [diagnose.Diagnosis] into words, and into the object
// that kubectl's printers print.
//
// # The text
//
// It is read in a hurry, so it always has the same order: the verdict, the cause
// in a sentence, the way hop by hop, what would help, and last what could not be
// seen. The short form shows what decided. The full form holds everything that
// the Diagnosis holds; it is also the form for screen readers, so it has no
// boxes and no drawn lines.
//
// Colour adds to a word or a mark and never stands alone. A mark in the margin
// (× denied, ? not known, ~ depends) leads the eye to the hop and the stage that
// decide; what allows has none.
//
// Every string goes through one place, which makes visible whatever could
// command a terminal or reorder or hide text.
package report
