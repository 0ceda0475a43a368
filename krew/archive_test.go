package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An entry is what an archive tells of a file.
type entry struct {
	Name    string
	Mode    fs.FileMode
	Time    string
	Owner   string
	Content string
}

// TestArchive makes sure that an archive holds what it should, of nobody and of no time.
func TestArchive(t *testing.T) {
	for _, p := range platforms {
		var first, second bytes.Buffer
		files := []file{{licence, 0o644, []byte("do what you like")}, {p.binary(), 0o755, []byte("a program")}}
		for _, w := range []io.Writer{&first, &second} {
			if err := writeArchive(w, p, files); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: two archives of the same files differ", p)
		}
		const nobody, never = "root:root", "1980-01-01 00:00:00 +0000 UTC"
		want := []entry{
			{licence, 0o644, never, nobody, "do what you like"},
			{p.binary(), 0o755, never, nobody, "a program"},
		}
		if diff := cmp.Diff(want, entries(t, p, first.Bytes())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p, diff)
		}
	}
}

// entries reads an archive as krew does: only files, and no way out of the directory.
func entries(t *testing.T, p platform, archive []byte) []entry {
	t.Helper()
	if p.os == "windows" {
		return zipEntries(t, archive)
	}
	return tarEntries(t, archive)
}

func zipEntries(t *testing.T, archive []byte) (all []entry) {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range in.File {
		content, err := in.Open(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{f.Name, f.Mode(), f.Modified.UTC().String(), "root:root", readAll(t, content)})
	}
	return all
}

func tarEntries(t *testing.T, archive []byte) (all []entry) {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	for in := tar.NewReader(plain); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s is of type %c and of user %d, group %d", h.Name, h.Typeflag, h.Uid, h.Gid)
		}
		all = append(all, entry{h.Name, h.FileInfo().Mode(), h.ModTime.UTC().String(), h.Uname + ":" + h.Gname, readAll(t, in)})
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
