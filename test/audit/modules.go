package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is one that is linked into the plugin, or Go's own library.
type module struct {
	path, version string
	files         map[string]string // licences and notices: the path in the module, and the text
	kinds         []string          // of licences, by their SPDX names
}

// systems are those that there are releases for; what is linked differs.
var systems = []string{"linux", "darwin", "windows"}

// linked finds the modules of all packages that a release is built of, with the files that
// hold in their directories and those above.
func linked(ctx context.Context, root string) ([]*module, error) {
	found := map[string]*module{}
	for _, system := range systems {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f",
			"{{if .Module}}{{if not .Module.Main}}{{.Module.Path}}\t{{.Module.Version}}\t{{.Module.Dir}}\t{{.Dir}}{{end}}{{end}}", ".")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 4 {
				continue // of the plugin itself, or of Go
			}
			m := found[f[0]]
			if m == nil {
				m = &module{path: f[0], version: f[1], files: map[string]string{}}
				found[f[0]] = m
			}
			if err := m.collect(f[2], f[3]); err != nil {
				return nil, err
			}
		}
	}
	library, err := golang(ctx)
	if err != nil {
		return nil, err
	}
	out := []*module{library}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[path])
	}
	return out, nil
}

// golang is Go's own library.
func golang(ctx context.Context) (*module, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "LICENSE"))
	if err != nil {
		return nil, fmt.Errorf("the licence of Go: %w", err)
	}
	return &module{path: "Go's standard library", files: map[string]string{"LICENSE": string(text)}}, nil
}

// holds are the names of files that say what one may do.
var holds = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-._].*)?$`)

// collect reads the files of a directory and of those above it, as far as the module goes.
func (m *module) collect(top, dir string) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !holds.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			file := filepath.Join(dir, e.Name())
			name, err := filepath.Rel(top, file)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			m.files[filepath.ToSlash(name)] = string(text)
		}
		if dir == top {
			return nil
		}
		if dir = filepath.Dir(dir); len(dir) < len(top) {
			return errors.New(m.path + ": a package outside of its module")
		}
	}
}
