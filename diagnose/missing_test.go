package diagnose

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// TestMissingInOrder: missing facts stand in the order of the way, whatever their names:
// where the request goes, whether the network lets it pass, what arrives, who looks at it,
// and last what changes proxies in ways that nobody evaluates.
func TestMissingInOrder(t *testing.T) {
	hidden := []cluster.Resource{
		cluster.VirtualServices, cluster.NetworkPolicies, cluster.PeerAuthentications,
		cluster.RequestAuthentications, cluster.AuthorizationPolicies, cluster.EnvoyFilters,
	}
	r := &counter{Reader: files(t, workloads+ap("f", allowFrontend)), deny: func(q cluster.Query) *cluster.Unread {
		if !slices.Contains(hidden, q.Resource) || q.Namespace != "default" {
			return nil
		}
		return &cluster.Unread{Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Reason: cluster.Forbidden, Message: "no"}
	}}
	d, _, err := Ask(t.Context(), r, Question{Source: "frontend", Target: "http://httpbin.default:8000/get"})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, h := range hidden {
		want = append(want, h.Plural+" in namespace default (forbidden)")
	}
	if diff := cmp.Diff(want, d.Status.Missing); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
