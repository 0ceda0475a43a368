// Package scene puts workloads and policies on a lab: httpbin, those who call
// it, and if need be a crowd around them.
package scene

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

//go:embed scene.yaml
var sceneYAML string

//go:embed policies.yaml
var policiesYAML string

//go:embed mesh.yaml
var meshYAML string

// RootNamespace is where the mesh keeps its configuration.
const RootNamespace = "istio-system"

// Scene is a pair of namespaces that nobody else uses.
type Scene struct {
	Near string // httpbin, and frontend with a sidecar
	Far  string // sleep, without one
	lab  *lab.Lab
}

// InstallMesh creates the root namespace with the mesh's configuration.
func InstallMesh(ctx context.Context, l *lab.Lab) error { return l.Apply(ctx, meshYAML) }

// Set creates the scene, its namespaces named after name, and waits until every
// Pod runs and httpbin has endpoints. It has no policies yet.
func Set(ctx context.Context, l *lab.Lab, name string) (*Scene, error) {
	s := &Scene{Near: name + "-near", Far: name + "-far", lab: l}
	text, err := s.render(sceneYAML)
	if err != nil {
		return nil, err
	}
	if err := l.Apply(ctx, text); err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(l.Config(lab.Admin))
	if err != nil {
		return nil, err
	}
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		return s.standing(ctx, client)
	})
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", name, err)
	}
	return s, nil
}

// standing reports whether the scene's four Pods run and two of them are
// httpbin's endpoints.
func (s *Scene) standing(ctx context.Context, client kubernetes.Interface) (bool, error) {
	running := 0
	for _, ns := range []string{s.Near, s.Far} {
		pods, err := client.CoreV1().Pods(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		for i := range pods.Items {
			if pods.Items[i].Status.Phase == corev1.PodRunning && pods.Items[i].Status.PodIP != "" {
				running++
			}
		}
	}
	slices, err := client.DiscoveryV1().EndpointSlices(s.Near).List(ctx,
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=httpbin"})
	if err != nil {
		return false, err
	}
	endpoints := 0
	for i := range slices.Items {
		endpoints += len(slices.Items[i].Endpoints)
	}
	return running == 4 && endpoints == 2, nil
}

// Policy creates the policy of this name from policies.yaml.
func (s *Scene) Policy(ctx context.Context, name string) error {
	text, err := s.render(policiesYAML)
	if err != nil {
		return err
	}
	for doc := range strings.SplitSeq(text, "\n---\n") {
		if strings.Contains(doc, "{name: "+name+",") {
			return s.lab.Apply(ctx, doc)
		}
	}
	return fmt.Errorf("policies.yaml has no policy %q", name)
}

// RemovePolicy deletes the policy again.
func (s *Scene) RemovePolicy(ctx context.Context, name string) error {
	_, err := s.lab.Kubectl(ctx, "", "delete", "authorizationpolicies.security.istio.io", name, "-n", s.Near)
	return err
}

// Strike removes the scene. It does not wait for the namespaces to be gone.
func (s *Scene) Strike(ctx context.Context) error {
	_, err := s.lab.Kubectl(ctx, "", "delete", "namespace", s.Near, s.Far, "--wait=false")
	return err
}

func (s *Scene) render(text string) (string, error) {
	t, err := template.New("").Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, s)
	return out.String(), err
}
