package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is a file to read; stdin has the path "-".
type source struct{ path string }

func (s source) name() string {
	if s.path == "-" {
		return "stdin"
	}
	return s.path
}

func (s source) read(stdin io.Reader) ([]byte, error) {
	if s.path != "-" {
		return os.ReadFile(s.path)
	}
	if stdin == nil {
		return nil, errors.New("there is no stdin to read")
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("stdin: %w", err)
	}
	return text, nil
}

func empty(path string) error {
	return fmt.Errorf("%s: no Kubernetes object in it", source{path}.name())
}

// unreadable names the path and what is wrong with it, without the system call.
func unreadable(path string, err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// sources lists the files of the paths, each once, folders in the order of their
// names. A folder without manifests is most likely not the one that was meant.
func sources(paths []string) ([]source, error) {
	var out []source
	for _, path := range paths {
		found := []source{{path}}
		if path != "-" {
			if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
				return nil, fmt.Errorf("%s: URLs are not fetched: pipe it in, curl %s | … -f -", path, path)
			}
			info, err := os.Stat(path)
			if err != nil {
				return nil, unreadable(path, err)
			}
			if info.IsDir() {
				if found, err = folder(path); err != nil {
					return nil, err
				}
			}
		}
		for _, s := range found {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func folder(root string) ([]source, error) {
	files, err := Manifests(root)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no *.yaml, *.yml or *.json file in this folder", root)
	}
	var out []source
	for _, file := range files {
		out = append(out, source{file})
	}
	return out, err
}

// Manifests lists the files below a folder that may hold manifests, in the order
// of their names. What is hidden is not looked at. The folder itself may be a link; links to
// folders below it are not followed, for they can lead in circles.
func Manifests(root string) ([]string, error) {
	var out []string
	below := root
	if info, err := os.Lstat(root); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		below = root + string(filepath.Separator)
	}
	err := filepath.WalkDir(below, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != below && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !entry.IsDir() && isManifest(entry.Name()):
			out = append(out, path)
		}
		return nil
	})
	return out, err
}

func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}
