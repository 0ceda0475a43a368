package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// delay holds each request back, so that rounds of requests stand apart.
const delay = 200 * time.Millisecond

// record asks once through a proxy and writes down what was fetched, round by
// round.
func (b *bench) record(ctx context.Context) error {
	proxy, err := tap.Open(b.lab, tap.Slow(delay))
	if err != nil {
		return err
	}
	defer proxy.Close()
	kubeconfig := filepath.Join(b.lab.Dir, "recorded.kubeconfig")
	if err := proxy.WriteKubeconfig(kubeconfig, lab.Admin); err != nil {
		return err
	}
	a, err := b.plugin.Run(ctx, kubeconfig, b.lab.Dir, b.question...)
	if err != nil {
		return err
	}
	if a.Exit != exitDenied {
		return fmt.Errorf("the question: exit %d, want %d: %s", a.Exit, exitDenied, a.Stderr)
	}
	var rounds [][]string
	for _, wave := range tap.Waves(proxy.Requests(), delay/2) {
		var paths []string
		for _, r := range wave {
			paths = append(paths, r.URL)
		}
		rounds = append(rounds, paths)
	}
	b.say("a question is %d requests in %d rounds", len(proxy.Requests()), len(rounds))
	text, err := json.Marshal(rounds)
	if err != nil {
		return err
	}
	b.plan = filepath.Join(b.lab.Dir, "plan.json")
	return os.WriteFile(b.plan, text, 0o600)
}

// build builds a program of this directory in the way the plugin is built.
func (b *bench) build(ctx context.Context, name string) (string, error) {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return "", err
	}
	out := filepath.Join(b.lab.Dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "./bench/"+name)
	cmd.Dir = here
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, text)
	}
	return out, nil
}
