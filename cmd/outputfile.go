package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// addOutputFile defines the flags of a file to write in place of stdout.
func addOutputFile(g *pflag.FlagSet, file *string, force *bool) {
	g.StringVarP(file, "output-file", "O", "", "write to `FILE`; without it, or with -, to stdout")
	g.BoolVar(force, "force", false, "overwrite FILE if it exists")
}

// checkOutputFile finds out before anything is asked whether the file can be written.
func checkOutputFile(file string, force bool) error {
	if file == "" {
		return nil
	}
	info, err := os.Stat(file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("--output-file %s is a folder: name a file in it", file)
	case err == nil && !force:
		return fmt.Errorf("--output-file %s exists: overwrite it with --force, or name another", file)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output-file: %w", err)
	}
	folder := filepath.Dir(file)
	switch _, err := os.Stat(folder); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output-file %s: there is no folder %s", file, folder)
	case err != nil:
		return fmt.Errorf("--output-file: %w", err)
	}
	return nil
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(name string, data []byte) error {
	return replacing(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// replacing lets a file be written as a whole or not at all. An exit status is no failure:
// what it is about was written.
func replacing(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	answer := write(f)
	status := exitStatus(0)
	if err = f.Close(); answer != nil && !errors.As(answer, &status) {
		err = answer
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
		return err
	}
	return answer
}
