// Package krew installs the plugin with krew itself, and asks the validator of its index
// about the manifest.
package krew

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Krew is a home directory with a kubectl and with krew, where nothing is installed yet.
type Krew struct {
	// Home is the directory. What krew keeps is in .krew below, which is its default.
	Home  string
	tools lab.Tools
}

// New builds krew if need be. home is an empty directory.
func New(ctx context.Context, home string, log io.Writer) (*Krew, error) {
	tools, err := lab.BuildKrew(ctx, log)
	return &Krew{Home: home, tools: tools}, err
}

// Validate asks what krew's index asks of a manifest. The archives are not downloaded.
func (k *Krew) Validate(ctx context.Context, manifest string) error {
	return complete(k.Command(ctx, k.tools["validate-krew-manifest"], "-manifest", manifest, "-skip-install"))
}

// Install installs what the manifest has for the platform, from the archive.
func (k *Krew) Install(ctx context.Context, goos, goarch, manifest, archive string) error {
	cmd := k.Kubectl(ctx, "krew", "install", "--manifest="+manifest, "--archive="+archive)
	cmd.Env = append(cmd.Env, "KREW_OS="+goos, "KREW_ARCH="+goarch)
	return complete(cmd)
}

// Installed is the directory of what is installed.
func (k *Krew) Installed(plugin, version string) string {
	return filepath.Join(k.Home, ".krew", "store", plugin, version)
}

// Kubectl is the command `kubectl args…` of somebody who has krew.
func (k *Krew) Kubectl(ctx context.Context, args ...string) *exec.Cmd {
	return k.Command(ctx, k.tools["kubectl"], args...)
}

// Command is a command in that home, with kubectl, krew and what it installs on the PATH.
func (k *Krew) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	path := []string{filepath.Join(k.Home, ".krew", "bin"), filepath.Dir(k.tools["kubectl-krew"]), filepath.Dir(k.tools["kubectl"]), os.Getenv("PATH")}
	cmd.Env = []string{
		"PATH=" + strings.Join(path, string(filepath.ListSeparator)), "HOME=" + k.Home,
		"KUBECONFIG=" + filepath.Join(k.Home, "none"), "KREW_NO_UPGRADE_CHECK=1",
		"TERM=dumb", "LANG=C.UTF-8", "NO_COLOR=1",
	}
	return cmd
}

// complete runs a command of which only a failure is of interest.
func complete(cmd *exec.Cmd) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err), errors.New(strings.TrimSpace(said.String())))
	}
	return nil
}
