// Package plugin builds the plugin and runs it as its users do, through kubectl.
package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Name is the file name by which kubectl knows the plugin.
const Name = "kubectl-authz_doctor"

// Plugin is an installed plugin.
type Plugin struct {
	// Binary is the program itself.
	Binary  string
	kubectl string
}

// Install builds the plugin into dir, as it is released.
func Install(ctx context.Context, l *lab.Lab, dir string) (*Plugin, error) {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plugin{Binary: filepath.Join(dir, Name), kubectl: l.Tools["kubectl"]}
	flags, cgo := []string{"build", "-trimpath", "-ldflags", "-s -w"}, "CGO_ENABLED=0"
	if os.Getenv("AUTHZ_DOCTOR_RACE") != "" { // a race ends the program with a status of its own
		flags, cgo = append(flags, "-race"), "CGO_ENABLED=1"
	}
	cmd := exec.CommandContext(ctx, "go", append(flags, "-o", p.Binary, ".")...)
	cmd.Dir = filepath.Dir(here)
	cmd.Env = append(os.Environ(), "GOWORK=off", cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the plugin: %w\n%s", err, out)
	}
	return p, nil
}

// Answer is what one run left behind.
type Answer struct {
	Stdout, Stderr string
	Exit           int
	Took           time.Duration
	// PeakRSS is the largest resident set of the process that answered, in bytes.
	// It is an upper bound: on Linux a new process inherits the mark of the one
	// that started it.
	PeakRSS int64
}

// Ask runs `kubectl authz-doctor args…`. HOME is where caches go: an empty
// directory makes it the first question ever.
func (p *Plugin) Ask(ctx context.Context, kubeconfig, home string, args ...string) (Answer, error) {
	return p.RunOther(ctx, kubeconfig, home, p.kubectl, append([]string{"authz-doctor"}, args...)...)
}

// Run runs the plugin's program itself, for those who measure it.
func (p *Plugin) Run(ctx context.Context, kubeconfig, home string, args ...string) (Answer, error) {
	return p.RunOther(ctx, kubeconfig, home, p.Binary, args...)
}

// RunIn is Run with more in the environment, each NAME=VALUE.
func (p *Plugin) RunIn(ctx context.Context, env []string, kubeconfig, home string, args ...string) (Answer, error) {
	return p.run(ctx, env, kubeconfig, home, p.Binary, args...)
}

// RunOther runs another program as the plugin is run, to compare the two.
func (p *Plugin) RunOther(ctx context.Context, kubeconfig, home, program string, args ...string) (Answer, error) {
	return p.run(ctx, nil, kubeconfig, home, program, args...)
}

func (p *Plugin) run(ctx context.Context, env []string, kubeconfig, home, program string, args ...string) (Answer, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{
		"PATH=" + filepath.Dir(p.Binary) + string(filepath.ListSeparator) + filepath.Dir(p.kubectl),
		"HOME=" + home, "KUBECONFIG=" + kubeconfig,
		"TERM=dumb", "LANG=C.UTF-8",
	}, env...)
	cmd.Dir = home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	a := Answer{Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(began)}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return a, fmt.Errorf("running %s: %w", filepath.Base(program), err)
	}
	a.Exit = cmd.ProcessState.ExitCode()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		a.PeakRSS = peakRSS(usage)
	}
	return a, nil
}
