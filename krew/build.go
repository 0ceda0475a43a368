package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// module is the plugin's.
const module = "github.com/authz-doctor/kubectl-authz_doctor"

// buildFlags are those of a release, the Makefile's with VERSION. No path and no state of a
// checkout gets into the plugin: a tarball of the source makes the same one.
func buildFlags(version string) []string {
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X " + module + "/cmd.version=" + version}
}

// everywhere is what keeps out whatever the environment could change in every build.
var everywhere = []string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off"}

// buildEnvironment makes Go build for p, for the oldest processors of its kind.
func buildEnvironment(p platform) []string {
	return slices.Concat(os.Environ(), everywhere, []string{"GOOS=" + p.os, "GOARCH=" + p.arch, "GOAMD64=v1", "GOARM64=v8.0"})
}

// build makes the plugin in the module at root and writes it to out.
func build(ctx context.Context, root string, p platform, version, out string) error {
	args := append([]string{"build", "-o", out}, buildFlags(version)...)
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir, cmd.Env = root, buildEnvironment(p)
	if said, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("building for %s: %w", p, err), errors.New(strings.TrimSpace(string(said))))
	}
	return nil
}

// moduleRoot is the directory of the plugin's module, of which the working directory is a part.
func moduleRoot(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("this is run inside a checkout of %s: %w", module, err)
	}
	return strings.TrimSpace(string(out)), nil
}
