package fix

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// server is a Reader of files that answers as an API server does: there is more than
// what it was asked for.
type server struct{ cluster.Reader }

func (server) Live() bool  { return true }
func (server) Whole() bool { return false }

// TestServer repairs a Service that selects nobody where a controller writes endpoints:
// no Pod is found by the Service, and its EndpointSlice is empty.
func TestServer(t *testing.T) {
	text := strings.Replace(replicas, "selector: {app: web}", "selector: {app: wbe}", 1) + `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: []
ports: []
`
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Propose(t.Context(), server{r}, diagnose.Question{Source: "pod/sleep-2.front", Target: "http://web.shop/", Request: diagnose.Request{Exact: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(p.Diagnosis.Status.Summary)
	if len(p.Candidates) == 0 || p.Candidates[0].Kind != Endpoints || !strings.Contains(p.Candidates[0].Title, "app=web in place of wbe") {
		t.Errorf("%s: %v", p.Why, p.Candidates)
	}
	for _, c := range p.Candidates {
		for _, change := range c.Changes {
			if change.Kind == "EndpointSlice" {
				t.Errorf("%s edits what a controller writes", c.Title)
			}
		}
	}
}
