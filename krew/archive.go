package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"io"
	"io/fs"
	"time"
)

// A file is what an archive holds.
type file struct {
	name string
	mode fs.FileMode
	data []byte
}

// made is when every file was made, as archives tell: the first day that a zip knows. The
// true one would make each archive another.
var made = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// owner has every file: who packaged it is nobody's business.
const owner = "root"

// writeArchive writes files in their order, as a zip for Windows and a tar for others. The
// bytes are those of goreleaser (.goreleaser.yaml), so that whoever has only Go can make
// what is published once more.
func writeArchive(w io.Writer, p platform, files []file) error {
	if p.os == "windows" {
		return writeZip(w, files)
	}
	return writeTar(w, files)
}

func writeTar(w io.Writer, files []file) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode.Perm()), Size: int64(len(f.data)),
			ModTime: made, Uname: owner, Gname: owner, Format: tar.FormatUSTAR,
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(f.data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func writeZip(w io.Writer, files []file) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: made}
		header.SetMode(f.mode)
		to, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := to.Write(f.data); err != nil {
			return err
		}
	}
	return archive.Close()
}
