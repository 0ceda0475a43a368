// Package golden makes worlds of the inputs of Istio's own tests, read in place
// from the module that Istio's code comes from.
package golden

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	securityv1beta1 "istio.io/api/security/v1beta1"

	"istio.io/istio/pilot/pkg/config/kube/crd"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// input is one case of Istio's builder_test.go: a file, and the mesh it is for.
type input struct {
	file      string
	domain    string // the trust domain; empty is the default
	aliases   []string
	providers map[string]bool
	invalid   bool // the mesh's provider is one that istiod rejects
}

var (
	overGRPC = map[string]bool{"default": true}
	overHTTP = map[string]bool{"default": false}
)

// inputs are the cases of TestGenerator_GenerateHTTP and TestGenerator_GenerateTCP,
// in their order. Those with a provider stand for it once with an authorizer that
// refuses and once with one that does not.
var inputs = []input{
	{file: "http/allow-empty-rule-in.yaml"},
	{file: "http/allow-full-rule-in.yaml"},
	{file: "http/allow-nil-rule-in.yaml"},
	{file: "http/allow-path-in.yaml"},
	{file: "http/audit-full-rule-in.yaml"},
	{file: "http/custom-simple-http-in.yaml", providers: overGRPC},
	{file: "http/custom-simple-http-in.yaml", providers: overHTTP},
	{file: "http/custom-bad-multiple-providers-in.yaml", providers: overHTTP},
	{file: "http/custom-simple-http-in.yaml", invalid: true},
	{file: "http/deny-and-allow-in.yaml"},
	{file: "http/deny-empty-rule-in.yaml"},
	{file: "http/dry-run-allow-and-deny-in.yaml"},
	{file: "http/dry-run-allow-in.yaml"},
	{file: "http/dry-run-mix-in.yaml"},
	{file: "http/multiple-policies-in.yaml"},
	{file: "http/single-policy-in.yaml"},
	{file: "http/simple-policy-td-aliases-in.yaml", domain: "td1", aliases: []string{"cluster.local"}},
	{file: "http/simple-policy-multiple-td-aliases-in.yaml", domain: "td1", aliases: []string{"cluster.local", "some-td"}},
	{file: "http/simple-policy-principal-with-wildcard-in.yaml", domain: "td1", aliases: []string{"foobar"}},
	{file: "http/td-aliases-source-principal-in.yaml", domain: "new-td", aliases: []string{"old-td", "some-trustdomain"}},
	{file: "http/trust-domains-in.yaml"},
	{file: "http/allow-host-before-111-in.yaml"},
	{file: "tcp/allow-both-http-tcp-in.yaml"},
	{file: "tcp/allow-only-http-in.yaml"},
	{file: "tcp/audit-both-http-tcp-in.yaml"},
	{file: "tcp/custom-both-http-tcp-in.yaml", providers: overGRPC},
	{file: "tcp/custom-only-http-in.yaml", providers: overHTTP},
	{file: "tcp/deny-both-http-tcp-in.yaml"},
	{file: "tcp/dry-run-mix-in.yaml"},
}

// ports are those that the inputs name, most of them the system's own.
var ports = []uint16{80, 90, 91, 92, 8080, 9000, 9001, 9101, 9112}

// Worlds returns the world of every input.
func Worlds(ctx context.Context) ([]*trial.World, error) {
	dir, err := testdata(ctx)
	if err != nil {
		return nil, err
	}
	var out []*trial.World
	for i, in := range inputs {
		w, err := in.world(dir)
		if err != nil {
			return nil, err
		}
		w.Name = fmt.Sprintf("golden-%d-%s", i, strings.TrimSuffix(filepath.Base(in.file), "-in.yaml"))
		w.Address = netip.AddrFrom4([4]byte{127, 1, 255, byte(i + 1)})
		w.RequestAuthentications = random.Issuers(w)
		out = append(out, w)
	}
	return out, nil
}

// testdata finds the inputs in the module cache.
func testdata(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "istio.io/istio/pilot/pkg/security/authz/builder")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("finding Istio's inputs: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "testdata"), nil
}

func (in input) world(dir string) (*trial.World, error) {
	w := &trial.World{Config: mesh.DefaultConfig(), ForeignTrust: true, Extra: ports}
	if in.domain != "" {
		w.Config.TrustDomain, w.Config.TrustDomainAliases = in.domain, in.aliases
	}
	w.Config.Providers = in.providers
	if in.invalid {
		w.Extensions = []*meshv1alpha1.MeshConfig_ExtensionProvider{invalid()}
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(in.file)))
	if err != nil {
		return nil, err
	}
	objects, _, err := crd.ParseInputs(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.file, err)
	}
	for _, o := range objects {
		spec, ok := o.Spec.(*securityv1beta1.AuthorizationPolicy)
		if !ok {
			return nil, fmt.Errorf("%s: %s %s is no AuthorizationPolicy", in.file, o.GroupVersionKind.Kind, o.Name)
		}
		w.Policies = append(w.Policies, authz.Policy{
			Namespace: o.Namespace, Name: o.Name, Labels: o.Labels, Annotations: o.Annotations, Spec: spec,
		})
	}
	return w, nil
}

// invalid is meshConfigInvalid of builder_test.go.
func invalid() *meshv1alpha1.MeshConfig_ExtensionProvider {
	return &meshv1alpha1.MeshConfig_ExtensionProvider{
		Name: "default",
		Provider: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExtAuthzHttp{
			EnvoyExtAuthzHttp: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationHttpProvider{
				Service: "foo/my-custom-ext-authz", Port: 999999, PathPrefix: "check", StatusOnError: "999",
			},
		},
	}
}
