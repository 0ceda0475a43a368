// Command release makes a release with goreleaser, which it builds if need be.
//
//	go run ./release check      one that is not published, and compare it with `make package`
//	go run ./release publish    that of the tag which is checked out
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: release check, or release publish")
	}
	m, err := newMaker(ctx)
	if err != nil {
		return err
	}
	switch args[0] {
	case "check":
		return m.check(ctx)
	case "publish":
		return m.publish(ctx)
	}
	return fmt.Errorf("usage: release check, or release publish; not %s", args[0])
}

// A maker makes releases of the checkout at root.
type maker struct {
	root  string
	tools lab.Tools
}

func newMaker(ctx context.Context) (*maker, error) {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	tools, err := lab.BuildRelease(ctx, os.Stderr)
	return &maker{root: filepath.Dir(here), tools: tools}, err
}

// made is where goreleaser writes to (.goreleaser.yaml).
func (m *maker) made() string { return filepath.Join(m.root, "dist", "goreleaser") }

// goreleaser runs it with the program that lists contents on the PATH. The zone is one
// everywhere, for a zip has local times.
func (m *maker) goreleaser(ctx context.Context, args ...string) error {
	cmd := m.command(ctx, m.tools["goreleaser"], args...)
	path := filepath.Dir(m.tools["cyclonedx-gomod"]) + string(filepath.ListSeparator) + os.Getenv("PATH")
	cmd.Env = append(cmd.Env, "PATH="+path, "TZ=UTC")
	return cmd.Run()
}

// command is a command at the root, whose output is ours.
func (m *maker) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = m.root, append(os.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd
}

// publish makes the release of a tag and the manifest for it. Who may publish is said by
// $GITHUB_TOKEN, who signs by the workflow that runs it.
func (m *maker) publish(ctx context.Context) error {
	if err := m.goreleaser(ctx, "release", "--clean"); err != nil {
		return fmt.Errorf("goreleaser: %w", err)
	}
	version, err := m.version()
	if err != nil {
		return err
	}
	return m.manifest(ctx, version)
}

// manifest writes the manifest of what goreleaser made beside it.
func (m *maker) manifest(ctx context.Context, version string) error {
	return m.command(ctx, "go", "run", "./krew", "manifest", "-version", version, "-dir", m.made()).Run()
}
