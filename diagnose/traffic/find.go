package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
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
	files, err := cluster.Manifests(root)
	var out []input
	for _, file := range files {
		out = append(out, input{path: file})
	}
	if err != nil {
		out = append(out, input{path: root, named: true, err: err})
	}
	return out
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
		if perr := (*fs.PathError)(nil); errors.As(in.err, &perr) {
			in.err = perr.Err // the path is told beside it
		}
	}
	if in.err == nil && !in.named && !bytes.Contains(in.text, []byte(Kind)) && !bytes.Contains(in.text, []byte(group+"/")) {
		return nil
	}
	return []input{in}
}
