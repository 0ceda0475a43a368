package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fetch gets the bodies that answer q, and the version that they are in. A server
// that does not serve the version of the resource is asked for another one. No page
// size is one page only.
func (l *live) fetch(ctx context.Context, q Query, accept string, page int) (string, [][]byte, *failure) {
	r := q.Resource
	served := schema.GroupVersion{Group: r.Group, Version: r.Version}
	if v, ok := l.version.Load(served); ok {
		bodies, failure := l.pages(ctx, q, v.(string), accept, page)
		return v.(string), bodies, failure
	}
	bodies, failure := l.pages(ctx, q, r.Version, accept, page)
	other := r.other()
	if failure == nil || failure.reason != NotInstalled || failure.absent || other == "" {
		return r.Version, bodies, failure
	}
	bodies, failure = l.pages(ctx, q, other, accept, page)
	if failure == nil || failure.reason != NotInstalled {
		l.version.Store(served, other)
	}
	return other, bodies, failure
}

// other is the version to ask a server for that does not know the first: of an
// Istio before 1.22, an Antrea before 1.13, a network policy API after v1alpha2.
func (r Resource) other() string {
	switch {
	case r.Version == "v1" && (r.Group == groupSecurity || r.Group == groupNetworking), r == ClusterNetworkPolicies:
		return "v1beta1"
	case r.Group == AntreaNetworkPolicies.Group:
		return "v1alpha1"
	}
	return ""
}
