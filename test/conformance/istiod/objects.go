package istiod

import (
	"time"

	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/gvk"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// configs are the world's objects as istiod stores them. The order in which they
// were created is that of the lists.
func configs(w *trial.World) []config.Config {
	var out []config.Config
	add := func(kind config.GroupVersionKind, namespace, name string, labels, annotations map[string]string, spec config.Spec) {
		out = append(out, config.Config{
			Meta: config.Meta{
				GroupVersionKind: kind, Namespace: namespace, Name: name,
				Labels: labels, Annotations: annotations,
				CreationTimestamp: time.Unix(int64(1_000_000+len(out)), 0),
			},
			Spec: spec,
		})
	}
	for _, p := range w.Policies {
		add(gvk.AuthorizationPolicy, p.Namespace, p.Name, p.Labels, p.Annotations, p.Spec)
	}
	for _, p := range w.PeerAuthentications {
		add(gvk.PeerAuthentication, p.Namespace, p.Name, p.Labels, p.Annotations, &p.Spec)
	}
	for _, p := range w.RequestAuthentications {
		add(gvk.RequestAuthentication, p.Namespace, p.Name, p.Labels, p.Annotations, &p.Spec)
	}
	return out
}
