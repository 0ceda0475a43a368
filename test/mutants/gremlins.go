package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// patience is how many times as long as all tests take together a mutant may take.
const patience = "5"

// testFlags leave out what takes long and finds no mutants. Without a count, a result
// that Go has kept would be taken for the time that the tests take.
var testFlags = []string{"-short", "-vet=off", "-count=1", "-ldflags=-w"}

// command runs in the repository, with an end to the memory that a mutant may take
// where the system knows such an end. An interrupt lets gremlins clean up.
func (s *survey) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	const limited = `ulimit -v 12000000 2>/dev/null; exec "$@"`
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", limited, "sh", name}, args...)...)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// result is a line of gremlins: what became of which mutant where.
var result = regexp.MustCompile(`^\s*(KILLED|LIVED|TIMED OUT|NOT COVERED|NOT VIABLE) (\w+) at (?:.*/)?([^/]+\.go):(\d+):(\d+)\s*$`)

// gremlins tests the mutants of the sources of which nothing is kept. One worker does
// them in order, so that a source is done when the next one begins.
func (s *survey) gremlins(ctx context.Context) error {
	// Its own -test-cpu makes go test fail, which it takes for mutants that do not compile.
	args := []string{"unleash", "--workers", "1", "--timeout-coefficient", patience}
	left := 0
	for _, name := range s.sources {
		if s.found[name] != nil {
			args = append(args, "-E", "(^|/)"+regexp.QuoteMeta(name)+"$")
		} else {
			left++
		}
	}
	if left == 0 {
		return nil
	}
	s.say("%d sources; this takes a second or more for each mutant", left)
	cmd := s.command(ctx, s.tool, append(args, "./"+pkg)...)
	cmd.Env = append(cmd.Env, "GOFLAGS="+strings.Join(testFlags, " "))
	cmd.Stderr = s.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	last, readErr := s.read(out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("gremlins: %w", err)
	}
	if readErr != nil {
		return readErr
	}
	if err := s.done(last); err != nil {
		return err
	}
	for _, name := range s.sources {
		if s.found[name] == nil {
			s.found[name] = &found{Sum: s.sums[name]} // nothing in it can be changed
		}
	}
	return s.save()
}

// source is one with its results, perhaps not all of them.
type source struct {
	name    string
	mutants []mutant
}

// done saves the results of a source.
func (s *survey) done(x source) error {
	if x.name == "" {
		return nil
	}
	s.found[x.name] = &found{Sum: s.sums[x.name], Mutants: x.mutants}
	return s.save()
}

// read takes the results in and saves those of each source that is done. Whether the
// last one is, only the end of gremlins tells.
func (s *survey) read(out io.Reader) (now source, err error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		m := result.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if m[3] != now.name {
			if err := s.done(now); err != nil {
				return now, err
			}
			now = source{name: m[3]}
			s.say("%s", now.name)
		}
		line, _ := strconv.Atoi(m[4])
		column, _ := strconv.Atoi(m[5])
		now.mutants = append(now.mutants, mutant{Line: line, Column: column, Kind: m[2], Fate: fate(m[1]), Uncovered: fate(m[1]) == notCovered})
	}
	return now, lines.Err()
}
