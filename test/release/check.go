package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/authz-doctor/kubectl-authz_doctor/test/krew"
)

// check makes a release but for signing and publishing, compares it with what `make package`
// makes, and has krew install it for every platform.
func (m *maker) check(ctx context.Context) error {
	if err := m.goreleaser(ctx, "check"); err != nil {
		return fmt.Errorf("goreleaser check: %w", err)
	}
	if err := m.goreleaser(ctx, "release", "--snapshot", "--clean", "--skip=sign"); err != nil {
		return fmt.Errorf("goreleaser: %w", err)
	}
	version, err := m.version()
	if err != nil {
		return err
	}
	packed := filepath.Join(m.root, "dist")
	if err := m.command(ctx, "go", "run", "./krew", "package", "-version", version, "-o", packed).Run(); err != nil {
		return fmt.Errorf("krew package: %w", err)
	}
	archives, err := same(m.made(), packed, version)
	if err != nil {
		return err
	}
	if err := m.manifest(ctx, version); err != nil {
		return fmt.Errorf("krew manifest: %w", err)
	}
	return install(ctx, filepath.Join(m.made(), "authz-doctor.yaml"), archives)
}

// version is that of what goreleaser made, as it is tagged.
func (m *maker) version() (string, error) {
	text, err := os.ReadFile(filepath.Join(m.made(), "metadata.json"))
	if err != nil {
		return "", err
	}
	var metadata struct{ Version string }
	err = json.Unmarshal(text, &metadata)
	return "v" + metadata.Version, err
}

// same returns the archives in made, each of which must be the one of that name in packed.
func same(made, packed, version string) (archives []string, err error) {
	for _, end := range []string{"tar.gz", "zip"} {
		found, err := filepath.Glob(filepath.Join(made, "*_"+version+"_*."+end))
		if err != nil {
			return nil, err
		}
		archives = append(archives, found...)
	}
	var wrong []error
	for _, a := range archives {
		name := filepath.Base(a)
		published, err := os.ReadFile(a)
		if err != nil {
			return nil, err
		}
		again, err := os.ReadFile(filepath.Join(packed, name))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(published, again) {
			wrong = append(wrong, fmt.Errorf("%s of goreleaser is another one than that of make package", name))
			continue
		}
		fmt.Println("the same, byte for byte:", name)
	}
	if len(archives) == 0 {
		wrong = append(wrong, fmt.Errorf("goreleaser made no archive in %s", made))
	}
	return archives, errors.Join(wrong...)
}

// platform finds what an archive is for in its name.
var platform = regexp.MustCompile(`_([a-z]+)_([a-z0-9]+)\.(tar\.gz|zip)$`)

// install has krew validate the manifest, and install each archive by it.
func install(ctx context.Context, manifest string, archives []string) error {
	for i, a := range archives {
		if err := installOne(ctx, manifest, a, i == 0); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(a), err)
		}
	}
	return nil
}

func installOne(ctx context.Context, manifest, archive string, validate bool) error {
	home, err := os.MkdirTemp("", "krew-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	k, err := krew.New(ctx, home, os.Stderr)
	if err != nil {
		return err
	}
	if validate {
		if err := k.Validate(ctx, manifest); err != nil {
			return err
		}
		fmt.Println("valid to krew's index:", filepath.Base(manifest))
	}
	found := platform.FindStringSubmatch(archive)
	if found == nil {
		return errors.New("the name has no platform")
	}
	if err := k.Install(ctx, found[1], found[2], manifest, archive); err != nil {
		return err
	}
	fmt.Println("installed by krew:", filepath.Base(archive))
	return nil
}
