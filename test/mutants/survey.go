package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one change of one token, and what became of it.
type mutant struct {
	Line, Column int
	Kind         string // as gremlins calls it
	Fate         fate
	Uncovered    bool `json:",omitempty"` // gremlins did not test it
}

type fate string

const (
	killed     fate = "KILLED"
	lived      fate = "LIVED"
	timedOut   fate = "TIMED OUT"
	notCovered fate = "NOT COVERED"
	notViable  fate = "NOT VIABLE" // it does not compile
)

// found is what is known of a source.
type found struct {
	Sum     string // of the text of the source
	Mutants []mutant
}

// survey is a run over all sources of the package.
type survey struct {
	root, tool, kept string
	log              io.Writer
	sources          []string
	sums             map[string]string
	found            map[string]*found
}

func (s *survey) say(format string, args ...any) {
	fmt.Fprintf(s.log, "mutants: "+format+"\n", args...)
}

// load lists the sources and reads what is kept of those that have not changed.
func (s *survey) load(again []string) error {
	names, err := filepath.Glob(filepath.Join(s.root, pkg, "*.go"))
	if err != nil {
		return err
	}
	s.found, s.sums = map[string]*found{}, map[string]string{}
	text, err := os.ReadFile(s.kept)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		if err := json.Unmarshal(text, &s.found); err != nil {
			return fmt.Errorf("%s: %w", s.kept, err)
		}
	}
	for _, path := range names {
		name := filepath.Base(path)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		s.sources = append(s.sources, name)
		s.sums[name] = hex.EncodeToString(sum[:])
		if f := s.found[name]; f != nil && (f.Sum != s.sums[name] || slices.Contains(again, name)) {
			delete(s.found, name)
		}
	}
	for _, name := range again {
		if s.sums[name] == "" {
			return fmt.Errorf("%s is no source of %s", name, pkg)
		}
	}
	return nil
}

// save keeps what was found so far.
func (s *survey) save() error {
	text, err := json.Marshal(s.found)
	if err != nil {
		return err
	}
	return os.WriteFile(s.kept, text, 0o644)
}
