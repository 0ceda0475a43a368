package cmd

import (
	"bufio"
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

// replacing lets a file be written as a whole or not at all. Nothing is on the disk before
// there is much of it, so that whoever interrupts leaves nothing behind as a rule. An exit
// status is no failure: what it is about was written.
func replacing(name string, write func(io.Writer) error) (err error) {
	f := &newFile{name: name}
	buffered := bufio.NewWriterSize(f, 16<<20)
	answer := write(buffered)
	if status := exitStatus(0); answer != nil && !errors.As(answer, &status) {
		f.discard()
		return answer
	}
	err = buffered.Flush()
	if err == nil {
		_, err = f.Write(nil) // an empty file is one, too
	}
	if f.File != nil {
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		f.discard()
		return err
	}
	return answer
}

// newFile is a file beside the one that it is going to replace. It is made when something
// is written.
type newFile struct {
	*os.File
	name string
}

func (f *newFile) Write(p []byte) (n int, err error) {
	if f.File == nil {
		if f.File, err = os.CreateTemp(filepath.Dir(f.name), "."+filepath.Base(f.name)+"-*"); err != nil {
			return 0, err
		}
	}
	return f.File.Write(p)
}

// discard takes away what was written.
func (f *newFile) discard() {
	if f.File != nil {
		_ = f.Close()
		_ = os.Remove(f.Name()) // the first error is the one to tell
	}
}
