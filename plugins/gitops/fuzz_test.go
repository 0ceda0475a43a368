package gitops

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FuzzOwner reads the marks that tools leave on objects: who is told of has a name, and the
// mark that tells is one that is there.
func FuzzOwner(f *testing.F) {
	for _, v := range []string{"app:apps/Deployment:ns/name", "ns_app:a/b:c/d", ":", "a:", "_:x", "_", "a_:b", "\x1b[31m:x", strings.Repeat("a", 300)} {
		f.Add(argoTracking, v, "x")
	}
	f.Add("meta.helm.sh/release-name", "web", "meta.helm.sh/release-namespace")
	f.Add("kustomize.toolkit.fluxcd.io/name", "web", "kustomize.toolkit.fluxcd.io/namespace")
	f.Add(argoInstance, "a_b", "x")
	f.Fuzz(func(t *testing.T, key, value, other string) {
		marks := map[string]string{key: value, other: value}
		o, ok := Platform{}.Owner(&metav1.ObjectMeta{Labels: marks, Annotations: marks})
		if !ok {
			return
		}
		_, mark, _ := strings.Cut(o.Evidence, " ")
		if o.Name == "" || o.Manager == "" || marks[mark] == "" || !strings.Contains(value, o.Name) {
			t.Errorf("%q: %+v", marks, o)
		}
	})
}
