package block

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// desk are the files and folders that the pages speak of without saying which they are,
// each with what it is of the repository. The later ones are laid over the earlier.
var desk = [][2]string{
	{"manifests", "examples/no-sidecar"},
	{"manifests/shop.yaml", "docs/testdata/shop.yaml"},
	{"policies", "examples/no-sidecar"},
	{"tests", "examples/no-sidecar"},
	{"tests/httpbin.yaml", "examples/no-sidecar/traffic-test.yaml"},
	{"workloads", "examples/no-sidecar"},
	{"main", "examples/no-sidecar"},
	{"main/kustomization.yaml", "docs/testdata/kustomization.yaml"},
	{"branch", "examples/no-sidecar"},
	{"branch/policies.yaml", "docs/testdata/branch.yaml"},
	{"branch/kustomization.yaml", "docs/testdata/kustomization.yaml"},
	{"kustomization.yaml", "docs/testdata/folders.yaml"},
	{"new.yaml", "examples/kyma-in-cluster/allow-internal.yaml"},
	{"policy.yaml", "examples/kyma-in-cluster/allow-internal.yaml"},
	{"proxy.log", "examples/no-sidecar/httpbin.log"},
}

// copied are the folders of the repository that commands of the pages read.
var copied = []string{"examples", "docs", "diagnose/lint/testdata", "diagnose/report/testdata"}

// Lay makes a directory what the pages take the current one to be: a copy of the parts of
// the repository that they read, and the files that they speak of.
func Lay(repository, dir string) error {
	for _, folder := range copied {
		if err := lay(repository, folder, dir, folder); err != nil {
			return err
		}
	}
	for _, d := range desk {
		if err := lay(repository, d[1], dir, d[0]); err != nil {
			return err
		}
	}
	return nil
}

// lay copies a file or a folder of the repository over what is there.
func lay(repository, source, dir, name string) error {
	return fs.WalkDir(os.DirFS(repository), source, func(path string, entry fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(name+strings.TrimPrefix(path, source)))
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(to, 0o755))
		}
		text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(path)))
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}
