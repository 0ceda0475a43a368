package released

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestReproducible packages the plugin twice: here, and in a copy of the source that is
// elsewhere, knows no git, and compiles everything anew, by another clock. The archives and
// so the binaries must be the same, byte for byte.
func TestReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles everything anew")
	}
	root := repository(t)
	here := pack(t, root)
	there := pack(t, copyOf(t, root), "GOCACHE="+t.TempDir(), "TZ=Pacific/Auckland")
	for _, name := range []string{archive(), "checksums.txt", "authz-doctor.yaml"} {
		first, second := read(t, here, name), read(t, there, name)
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs: %d bytes here, %d bytes there", name, len(first), len(second))
		}
	}
}

// copyOf copies the source of the plugin's module.
func copyOf(t *testing.T, root string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "a place with a longer name", "source")
	// In a worktree, .git is a file.
	without := []string{".git", "bin", "dist", "test"}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case slices.Contains(without, name):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
