package lab

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// kymaCRDs are Kyma's resources. Kmesh has none: labels, annotations and a DaemonSet are
// all that there is of it.
//
//go:embed crds/kyma.yaml
var kymaCRDs string

// installCRDs teaches the API server the mesh's resources, in the versions the
// plugin itself is built with, and Kyma's.
func (l *Lab) installCRDs(ctx context.Context) error {
	began := time.Now()
	here, err := ModuleDir(ctx)
	if err != nil {
		return err
	}
	root := filepath.Dir(here)
	istio, err := sourceOf(ctx, root, "istio.io/api")
	if err != nil {
		return err
	}
	gateway, err := sourceOf(ctx, root, "sigs.k8s.io/gateway-api")
	if err != nil {
		return err
	}
	files := []string{
		filepath.Join(istio, "kubernetes", "customresourcedefinitions.gen.yaml"),
		filepath.Join(gateway, "config", "crd", "standard"),
	}
	args := []string{"apply", "--server-side"}
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return fmt.Errorf("custom resource definitions: %w", err)
		}
		args = append(args, "-f", f)
	}
	if _, err := l.Kubectl(ctx, "", args...); err != nil {
		return err
	}
	if err := l.Apply(ctx, kymaCRDs); err != nil {
		return err
	}
	if _, err := l.Kubectl(ctx, "", "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"); err != nil {
		return err
	}
	l.log.printf("custom resources of Istio, the Gateway API and Kyma after %s", since(began))
	return nil
}

const nodes = `
{apiVersion: v1, kind: Node, metadata: {name: node-0, annotations: {kwok.x-k8s.io/node: fake}, labels: {kubernetes.io/hostname: node-0}}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-1, annotations: {kwok.x-k8s.io/node: fake}, labels: {kubernetes.io/hostname: node-1}}}
`

func (l *Lab) createNodes(ctx context.Context) error {
	if err := l.Apply(ctx, nodes); err != nil {
		return err
	}
	_, err := l.Kubectl(ctx, "", "wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
	return err
}

// Apply gives manifests to the API server.
func (l *Lab) Apply(ctx context.Context, manifests string) error {
	_, err := l.Kubectl(ctx, manifests, "apply", "--server-side", "--force-conflicts", "-f", "-")
	return err
}

// Kubectl runs the lab's kubectl as the administrator and returns its output.
func (l *Lab) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, l.Tools["kubectl"], args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+l.Kubeconfig, "HOME="+l.Dir)
	cmd.Stdin = strings.NewReader(stdin)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", errors.Join(fmt.Errorf("kubectl %s: %w", args[0], err), errors.New(complaint.String()))
	}
	return string(out), nil
}

// kwokStages are the files that say how a simulated Pod or Node grows up: at once.
func kwokStages(ctx context.Context, log journal) ([]string, error) {
	here, err := ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	source, err := sourceOf(ctx, filepath.Join(here, kwok.dir), "sigs.k8s.io/kwok")
	if err != nil {
		return nil, err
	}
	var stages []string
	for _, kind := range []string{"pod", "node"} {
		files, err := filepath.Glob(filepath.Join(source, "kustomize", "stage", kind, "fast", kind+"-*.yaml"))
		if err != nil {
			return nil, err
		}
		stages = append(stages, files...)
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("no kwok stages in %s", source)
	}
	log.printf("kwok plays %d stages", len(stages))
	return stages, nil
}

// sourceOf is the directory of a module that the module in dir requires,
// downloaded if need be.
func sourceOf(ctx context.Context, dir, module string) (string, error) {
	out, err := goCommand(ctx, dir, "mod", "download", "-json", module)
	if err != nil {
		return "", fmt.Errorf("module %s: %w", module, err)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return "", fmt.Errorf("module %s: %w", module, err)
	}
	return found.Dir, nil
}
