package diagnose

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// kymaServer is a server that serves Kyma's group beside what it has.
type kymaServer struct{ counter }

func (k *kymaServer) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	results := k.counter.Read(ctx, queries)
	for i := range results {
		if results[i].Query.Resource == cluster.APIGroups {
			group := &cluster.APIGroup{ObjectMeta: metav1.ObjectMeta{Name: "gateway.kyma-project.io"}, Versions: []string{"v2"}}
			results[i].Items = append(results[i].Items, cluster.Item{Resource: cluster.APIGroups, Object: group, Raw: []byte("{}")})
		}
	}
	return results
}

// TestPlatformsHaveTheirTurn: what a platform looks at is known last, and is read all the
// same, within what a question may cost.
func TestPlatformsHaveTheirTurn(t *testing.T) {
	for _, source := range []string{"test-internal.curl-test", "pod/test-internal.curl-test", "sa/default.curl-test", "ip/203.0.113.7"} {
		t.Run(source, func(t *testing.T) {
			files, err := cluster.ReadFiles([]string{"../examples/kyma-in-cluster/cluster.yaml"}, nil, "default")
			if err != nil {
				t.Fatal(err)
			}
			r := &kymaServer{counter{Reader: files}}
			q := Question{Source: source, Target: "http://httpbin.default:8000/get"}
			if _, _, err := Ask(t.Context(), r, q); err != nil {
				t.Fatal(err)
			}
			checkCost(t, &r.counter)
			seen := func(q cluster.Query) bool {
				return q.Resource.Kind == "APIRule" && q.Namespace == "default" && (q.Name == "" || q.Name == "httpbin")
			}
			if !slices.ContainsFunc(r.queries, seen) {
				t.Errorf("the APIRule is not among the %d queries", len(r.queries))
			}
		})
	}
}

// TestThroughKymasGateway: somebody outside asks for the host of an APIRule. What that takes
// is read, the APIRule with it, and there is room for a network plugin of its own.
func TestThroughKymasGateway(t *testing.T) {
	calico := `
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: default.others, namespace: third}
spec: {selector: all(), ingress: [{action: Allow}]}
`
	for _, tt := range []struct {
		name, more string
		queries    int // without what is only nice to know
		rule       bool
	}{
		{"alone", "", 22, true},
		{"with Calico", calico, 25, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			more := filepath.Join(t.TempDir(), "more.yaml")
			if err := os.WriteFile(more, []byte(tt.more), 0o600); err != nil {
				t.Fatal(err)
			}
			files, err := cluster.ReadFiles([]string{"../examples/kyma-in-cluster/cluster.yaml", more}, nil, "default")
			if err != nil {
				t.Fatal(err)
			}
			r := &kymaServer{counter{Reader: files}}
			d, _, err := Ask(t.Context(), r, Question{Source: "ip/203.0.113.7", Target: "https://httpbin.example.com/get", Request: Request{Method: "GET"}})
			if err != nil {
				t.Fatal(err)
			}
			checkCost(t, &r.counter)
			if d.Status.Verdict != Allowed {
				t.Errorf("verdict %s: %s", d.Status.Verdict, d.Status.Summary)
			}
			needed := 0
			for _, q := range r.queries {
				if !nice(q) {
					needed++
				}
			}
			if needed != tt.queries {
				t.Errorf("%d queries, want %d", needed, tt.queries)
			}
			if got := slices.ContainsFunc(r.queries, func(q cluster.Query) bool { return q.Resource.Kind == "APIRule" }); got != tt.rule {
				t.Errorf("the APIRule is read: %t", got)
			}
		})
	}
}

// nice are queries without which the answer is the same here.
func nice(q cluster.Query) bool {
	return q.Resource.Kind == "APIRule" || slices.Contains([]cluster.Query{
		list(cluster.IstioGateways, "default"), list(cluster.VirtualServices, "istio-system"),
	}, q)
}
