package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const preface = `# Mutants

How much the tests of ` + "`" + pkg + "`" + ` notice. [gremlins](https://github.com/go-gremlins/gremlins) changes one
operator of the evaluator at a time, as < to <= or == to !=, and runs the tests of the package, the randomized ones
shortened (` + "`-short`" + `). A mutant is killed if a test fails, and lives if none does. This page, but for its last
part, is written by

<!-- elsewhere: test/mutants: it takes an hour -->
    make mutants

- **timed out** are mutants that never end. The tests notice these as well, so they count as killed.
- **not compiled** are strings that are subtracted and the like. No test can see them: they count for nothing, though
  gremlins takes them for killed.
- **in a case** are mutants that gremlins leaves out as not covered, for they stand in the case of a switch, which Go's
  coverage does not count. The command tests them in the same way; they are among the killed and the lived.

`

// heading begins the part of the page that is written by hand.
const heading = "## Why they live\n"

// counts are the mutants of a source, or of all, by their fates.
type counts struct{ all, killed, lived, timedOut, notViable, uncovered int }

func (c *counts) add(m mutant) {
	c.all++
	if m.Uncovered {
		c.uncovered++
	}
	switch m.Fate {
	case killed:
		c.killed++
	case lived, notCovered:
		c.lived++
	case timedOut:
		c.timedOut++
	case notViable:
		c.notViable++
	}
}

// percent is the part of those that compile that the tests notice.
func (c counts) percent() float64 {
	if c.all == c.notViable {
		return 100
	}
	return 100 * float64(c.killed+c.timedOut) / float64(c.all-c.notViable)
}

func (c counts) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %.1f %% |\n", name, c.all, c.killed, c.lived, c.timedOut, c.notViable, c.uncovered, c.percent())
}

func (s *survey) total() (c counts) {
	for _, name := range s.sources {
		for _, m := range s.found[name].Mutants {
			c.add(m)
		}
	}
	return c
}

// page is the Markdown of the results.
func (s *survey) page() (string, error) {
	var out, alive strings.Builder
	out.WriteString(preface)
	out.WriteString("| source | mutants | killed | lived | timed out | not compiled | in a case | noticed |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range s.sources {
		var c counts
		text, err := os.ReadFile(filepath.Join(s.root, pkg, name))
		if err != nil {
			return "", err
		}
		lines := strings.Split(string(text), "\n")
		for _, m := range s.found[name].Mutants {
			c.add(m)
			if m.Fate == lived && m.Line <= len(lines) {
				fmt.Fprintf(&alive, "%s:%d:%d %s\n    %s\n", name, m.Line, m.Column, m.change(string(text)), strings.TrimSpace(lines[m.Line-1]))
			}
		}
		if c.all > 0 {
			out.WriteString(c.row("`" + name + "`"))
		}
	}
	out.WriteString(s.total().row("all"))
	fmt.Fprintf(&out, "\n## What lives\n\n<!-- shown: written by make mutants -->\n```text\n%s```\n\n", alive.String())
	return out.String(), nil
}

// write writes the page to the file and keeps what is written by hand in it, or
// prints it.
func (s *survey) write(file string, out io.Writer) error {
	text, err := s.page()
	if err != nil {
		return err
	}
	if file == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, byHand, _ := strings.Cut(string(old), heading)
	return os.WriteFile(file, []byte(text+heading+byHand), 0o644)
}
