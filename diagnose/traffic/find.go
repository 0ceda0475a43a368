package traffic

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stdinPath is the path that means stdin.
const stdinPath = "-"

// input is a file that may hold tests.
type input struct {
	path  string
	text  []byte
	named bool // by the user, not found in a folder
	err   error
}

func (in input) name() string {
	if in.path == stdinPath {
		return "stdin"
	}
	return in.path
}

// find reads the files, each once, folders in the order of their names. A folder's
// files that hold no test are left out.
func find(paths []string, stdin io.Reader) []input {
	var out []input
	for _, path := range paths {
		if path != stdinPath {
			path = filepath.Clean(path)
		}
		found := []input{{path: path, named: true}}
		if info, err := os.Stat(path); path != stdinPath && err == nil && info.IsDir() {
			found = folder(path)
		}
		for _, in := range found {
			if !slices.ContainsFunc(out, func(other input) bool { return other.path == in.path }) {
				out = append(out, in.read(stdin)...)
			}
		}
	}
	return out
}

// folder lists the files that may be tests. What is hidden is not looked at.
func folder(root string) []input {
	var out []input
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !entry.IsDir() && isManifest(entry.Name()):
			out = append(out, input{path: path})
		}
		return nil
	})
	if err != nil {
		out = append(out, input{path: root, named: true, err: err})
	}
	return out
}

func isManifest(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// read returns the input with its text, or nothing if it was not named and holds
// no word of a test.
func (in input) read(stdin io.Reader) []input {
	switch {
	case in.err != nil:
	case in.path == stdinPath && stdin == nil:
		in.err = fmt.Errorf("there is no stdin to read")
	case in.path == stdinPath:
		in.text, in.err = io.ReadAll(stdin)
	default:
		in.text, in.err = os.ReadFile(in.path)
	}
	if in.err == nil && !in.named && !bytes.Contains(in.text, []byte(Kind)) && !bytes.Contains(in.text, []byte(group+"/")) {
		return nil
	}
	return []input{in}
}
