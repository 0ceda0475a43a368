package diagnose

import (
	"context"
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
