package repair

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/regression"
)

// manifest is the cluster of a case. What stands first is oldest, as istiod has it too.
func manifest(c *Case) (string, error) {
	objects, err := regression.Objects(c.World)
	if err != nil {
		return "", err
	}
	for i := range c.Sources {
		x := &c.Sources[i]
		if x.Pod == nil {
			continue
		}
		if x.Owned {
			objects = append(objects, deployment(x))
		}
		objects = append(objects, x.Pod)
	}
	var out strings.Builder
	for i, o := range objects {
		if m, ok := o.(metav1.Object); ok {
			m.SetCreationTimestamp(metav1.NewTime(time.Unix(int64(1_000_000+i), 0)))
		}
		text, err := yaml.Marshal(o)
		if err != nil {
			return "", fmt.Errorf("world %d: %w", c.N, err)
		}
		out.WriteString("---\n" + strings.ReplaceAll(string(text), "status: {}\n", ""))
	}
	return out.String(), nil
}

// deployment makes the Pod of a source.
func deployment(x *Source) *appsv1.Deployment {
	name, _, _ := strings.Cut(strings.TrimPrefix(x.Asks, "deploy/"), ".")
	selected := map[string]string{"app": x.Pod.Labels["app"]}
	d := &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}}
	d.Name, d.Namespace = name, x.Namespace
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: selected}
	d.Spec.Template.Labels = selected
	d.Spec.Template.Spec = x.Pod.Spec
	return d
}
