// Command lab starts a real Kubernetes control plane without containers, puts a
// mesh with a blocked caller on it, and keeps it until Ctrl-C.
//
//	go run ./lab/cmd/lab          start it
//	go run ./lab/cmd/lab build    only build its programs
//	go run ./lab/cmd/lab istiod   build istiod, which only the conformance suites run
//	go run ./lab/cmd/lab istioctl build istioctl, which only the benchmarks run
//	go run ./lab/cmd/lab krew     build krew, which installs what is released
//	go run ./lab/cmd/lab linter   build golangci-lint and print where it is
//	go run ./lab/cmd/lab ko       build ko and print where it is
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(ctx, out, log)
	case len(args) == 1 && args[0] == "build":
		_, err := lab.Build(ctx, log)
		return err
	case len(args) == 1 && args[0] == "istiod":
		_, err := lab.BuildIstiod(ctx, log)
		return err
	case len(args) == 1 && args[0] == "istioctl":
		return tell(out)(lab.BuildIstioctl(ctx, log))
	case len(args) == 1 && args[0] == "krew":
		_, err := lab.BuildKrew(ctx, log)
		return err
	case len(args) == 1 && args[0] == "linter":
		return tell(out)(lab.BuildLinter(ctx, log))
	case len(args) == 1 && args[0] == "ko":
		return tell(out)(lab.BuildKo(ctx, log))
	}
	return fmt.Errorf("usage: lab [build | istiod | istioctl | krew | linter | ko]")
}

// tell prints where a program was built.
func tell(out io.Writer) func(string, error) error {
	return func(path string, err error) error {
		if err == nil {
			fmt.Fprintln(out, path)
		}
		return err
	}
}

func serve(ctx context.Context, out, log io.Writer) error {
	l, err := lab.Start(ctx, lab.Options{Log: log})
	if err != nil {
		return err
	}
	s, err := furnish(ctx, l)
	if err != nil {
		return errors.Join(err, l.Stop())
	}
	fmt.Fprintf(out, "export KUBECONFIG=%s\n", l.Kubeconfig)
	fmt.Fprintf(out, "export PATH=%s:$PATH\n", filepath.Dir(l.Tools["kubectl"]))
	fmt.Fprintf(log, "lab: ask it  kubectl authz-doctor deploy/sleep.%s http://httpbin.%s:8000/get\n", s.Far, s.Near)
	fmt.Fprintln(log, "lab: Ctrl-C ends it")
	<-ctx.Done()
	fmt.Fprintln(log, "lab: stopping")
	return l.Stop()
}

// furnish puts the scene of the tests on the lab: sleep calls httpbin, which
// admits only the frontend.
func furnish(ctx context.Context, l *lab.Lab) (*scene.Scene, error) {
	if err := scene.InstallMesh(ctx, l); err != nil {
		return nil, err
	}
	s, err := scene.Set(ctx, l, "lab")
	if err != nil {
		return nil, err
	}
	return s, s.Policy(ctx, "allow-frontend")
}
