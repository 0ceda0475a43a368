package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// licence is the file that krew's index wants in every archive.
const licence = "LICENSE"

// thirdParties are the licences of what is linked into the plugin; they have to be handed on.
const thirdParties = "THIRD-PARTY-NOTICES"

// manPages are put into man, for whoever installs an archive by hand: krew has no place
// for them.
const manPages = "docs/man/*.1"

// packageFor makes the archives of the wanted platforms in out, and their sums and the
// manifest beside them.
func packageFor(ctx context.Context, wanted []platform, version, out string, log io.Writer) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	sums := map[string]string{}
	for _, p := range wanted {
		name := p.archive(version)
		archive, err := packageOne(ctx, root, p, version)
		if err != nil {
			return err
		}
		if err := write(log, filepath.Join(out, name), archive); err != nil {
			return err
		}
		sums[name] = sumOf(archive)
	}
	if err := write(log, filepath.Join(out, "checksums.txt"), checksums(sums)); err != nil {
		return err
	}
	return writeManifest(log, out, version, sums)
}

// packageOne builds the plugin for p and returns the archive of it.
func packageOne(ctx context.Context, root string, p platform, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", plugin+"-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	built := filepath.Join(dir, p.binary())
	if err := build(ctx, root, p, version, built); err != nil {
		return nil, err
	}
	binary, err := os.ReadFile(built)
	if err != nil {
		return nil, err
	}
	files, err := documents(root)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	err = writeArchive(&archive, p, append(files, file{p.binary(), 0o755, binary}))
	return archive.Bytes(), err
}

// documents are what an archive holds beside the plugin, sorted.
func documents(root string) ([]file, error) {
	pages, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(manPages)))
	if err != nil {
		return nil, err
	}
	var out []file
	for _, from := range append([]string{filepath.Join(root, licence), filepath.Join(root, thirdParties)}, pages...) {
		text, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(from)
		if name != licence && name != thirdParties {
			name = "man/" + name
		}
		out = append(out, file{name, 0o644, text})
	}
	return out, nil
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// checksums are the sums of files in the form that sha256sum -c reads.
func checksums(sums map[string]string) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&b, "%s  %s\n", sums[name], name)
	}
	return []byte(b.String())
}

// write writes a file and says so.
func write(log io.Writer, path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(log, "%s  %d bytes\n", path, len(data))
	return nil
}
