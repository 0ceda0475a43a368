package ztunnel

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/util/protomarshal"
	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/ambient"
)

// pairs reads the inputs of Istio's tests of its conversion, in place, with the
// policies that those tests expect, and compares over a grid of connections.
func pairs(ctx context.Context, out *suite.Result) error {
	cmd := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "istio.io/istio/pilot/pkg/serviceregistry/ambient")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	dir, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("finding Istio's inputs: %w", err)
	}
	inputs, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "*-in.yaml"))
	if err != nil {
		return err
	}
	for _, in := range inputs {
		if err := pair(out, in); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(in), err)
		}
		out.Worlds++
	}
	return nil
}

func pair(out *suite.Result, in string) error {
	w, err := input(in)
	if err != nil {
		return err
	}
	expected := strings.TrimSuffix(in, "-in.yaml") + ".yaml"
	text, err := os.ReadFile(expected)
	if err != nil {
		return err
	}
	given := ambient.Sent{Listed: ambient.Listed(w.namespace, w.labels, w.pas)}
	if len(strings.TrimSpace(string(text))) > 0 {
		a := &security.Authorization{}
		if err := protomarshal.ApplyYAMLStrict(string(text), a); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(expected), err)
		}
		given.Policies = append(given.Policies, a)
	}
	if len(w.pas) > 0 {
		given.Policies = append(given.Policies, ambient.Strict())
	}
	j, err := newJudge(w, &given)
	if err != nil {
		return err
	}
	for _, c := range grid(given.Policies) {
		j.compare(out, &c)
	}
	return nil
}

// input is the world of a file: its workload is the one that the file is about.
func input(file string) (*world, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	objects, _, err := crd.ParseInputs(string(text))
	if err != nil {
		return nil, err
	}
	w := &world{name: strings.TrimSuffix(filepath.Base(file), "-in.yaml"), domain: "cluster.local", labels: map[string]string{}}
	for _, o := range objects {
		if w.namespace == "" || w.namespace == ambient.Root {
			w.namespace = o.Namespace
		}
		switch spec := o.Spec.(type) {
		case *securityv1beta1.AuthorizationPolicy:
			w.policies = append(w.policies, authz.Policy{Namespace: o.Namespace, Name: o.Name, Spec: spec})
		case *securityv1beta1.PeerAuthentication:
			pa := &securityv1.PeerAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}}
			pa.Spec.Selector, pa.Spec.Mtls, pa.Spec.PortLevelMtls = spec.Selector, spec.Mtls, spec.PortLevelMtls
			w.pas = append(w.pas, pa)
			for k, v := range spec.GetSelector().GetMatchLabels() {
				w.labels[k] = v
			}
		default:
			return nil, fmt.Errorf("%s %s is no policy", o.GroupVersionKind.Kind, o.Name)
		}
	}
	return w, nil
}
