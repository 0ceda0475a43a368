package lab

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
	"time"
)

// Tools maps the name of a program to where it was built.
type Tools map[string]string

// Build makes the programs of the lab that the cache does not hold yet and
// returns all of them. The first time takes minutes, every other time nothing.
func Build(ctx context.Context, log io.Writer) (Tools, error) {
	return build(ctx, newJournal(log), etcd, kubernetes, kwok)
}

// BuildIstiod makes istiod in the same way and returns where it is.
func BuildIstiod(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), istiod)
	return tools["pilot-discovery"], err
}

// BuildIstioctl makes istioctl in the same way and returns where it is.
func BuildIstioctl(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), istioctl)
	return tools["istioctl"], err
}

// BuildLinter makes golangci-lint in the same way and returns where it is.
func BuildLinter(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), linter)
	return tools["golangci-lint"], err
}

// BuildGremlins makes gremlins in the same way and returns where it is.
func BuildGremlins(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), gremlins)
	return tools["gremlins"], err
}

// BuildKrew makes krew and the validator of its index in the same way, and the lab's
// kubectl, which runs krew.
func BuildKrew(ctx context.Context, log io.Writer) (Tools, error) {
	return build(ctx, newJournal(log), kubernetes, krew)
}

// BuildRelease makes in the same way what a release is made with.
func BuildRelease(ctx context.Context, log io.Writer) (Tools, error) {
	return build(ctx, newJournal(log), goreleaser, cyclonedx)
}

// BuildKo makes ko in the same way and returns where it is.
func BuildKo(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), ko)
	return tools["ko"], err
}

// BuildGovulncheck makes govulncheck in the same way and returns where it is.
func BuildGovulncheck(ctx context.Context, log io.Writer) (string, error) {
	tools, err := build(ctx, newJournal(log), govulncheck)
	return tools["govulncheck"], err
}

func build(ctx context.Context, log journal, components ...component) (Tools, error) {
	dir, err := ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	tools := Tools{}
	for _, c := range components {
		bin, err := c.binDir(dir)
		if err != nil {
			return nil, err
		}
		for _, p := range c.programs {
			out := filepath.Join(bin, p.name)
			tools[p.name] = out
			if _, err := os.Stat(out); err == nil {
				continue
			}
			log.printf("building %s (once; the first time takes minutes)", p.name)
			began := time.Now()
			if err := goBuild(ctx, filepath.Join(dir, c.dir), c.ldflags, p.pkg, out); err != nil {
				return nil, fmt.Errorf("building %s: %w", p.name, err)
			}
			log.printf("built %s in %s", p.name, since(began))
		}
	}
	return tools, nil
}

// goBuild builds next to the destination and renames, so that an interrupted
// build leaves no half of a program behind.
func goBuild(ctx context.Context, dir, ldflags, pkg, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(out), ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	made := filepath.Join(temp, filepath.Base(out))
	if _, err := goCommand(ctx, "", "build", "-C", dir, "-trimpath", "-ldflags", ldflags, "-o", made, pkg); err != nil {
		return err
	}
	return os.Rename(made, out)
}

// module is this one, test/ of the repository.
const module = "github.com/authz-doctor/kubectl-authz_doctor/test"

// ModuleDir is the directory of this module, found from the working directory: it is
// that of the module, or of one that requires it.
func ModuleDir(ctx context.Context) (string, error) {
	dir, err := goCommand(ctx, "", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", fmt.Errorf("the lab is started from inside the repository's test directory: %w", err)
	}
	return dir, nil
}

// goCommand runs the go command in dir and returns what it printed. The error
// of a failure is what it complained about.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", errors.Join(fmt.Errorf("go %s: %w", args[0], err), errors.New(strings.TrimSpace(complaint.String())))
	}
	return strings.TrimSpace(string(out)), nil
}
