package kyma_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

func TestMain(m *testing.M) {
	plugins.Install()
	os.Exit(m.Run())
}

// strategy is the cluster of examples/kyma-strategies with one APIRule and what is made of
// it. What is changed are pairs: the text that goes, and the one that comes.
func strategy(t *testing.T, name string, changed ...string) string {
	t.Helper()
	text := ""
	for _, file := range []string{"cluster.yaml", name + ".yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "examples", "kyma-strategies", file))
		if err != nil {
			t.Fatal(err)
		}
		text += string(data) + "\n---\n"
	}
	for i := 0; i < len(changed); i += 2 {
		if !strings.Contains(text, changed[i]) {
			t.Fatalf("%s has no %q", name, changed[i])
		}
		text = strings.ReplaceAll(text, changed[i], changed[i+1])
	}
	return text
}

// without is a text of several objects without the one that has a mark.
func without(text, mark string) string {
	all := strings.Split(text, "\n---\n")
	return strings.Join(slices.DeleteFunc(all, func(object string) bool { return strings.Contains(object, mark) }), "\n---\n")
}

func read(t *testing.T, text string) cluster.Reader {
	t.Helper()
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// endpoints are those of a Service, which servers have and files may leave out.
func endpoints(namespace, service, address string, port int) string {
	return fmt.Sprintf(`
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[2]s-x, namespace: %[1]s, labels: {kubernetes.io/service-name: %[2]s}}
addressType: IPv4
ports: [{name: %[5]s, port: %[4]d}]
endpoints: [{addresses: [%[3]s], conditions: {ready: true}}]
`, namespace, service, address, port, map[bool]string{true: "https", false: "http"}[port == 8443])
}

// outside is a question of somebody outside, inside one of a Pod with a sidecar.
func outside(method, path string, claims map[string]any) diagnose.Question {
	return diagnose.Question{Source: "ip/203.0.113.7", Target: "https://httpbin.example.com" + path, Request: diagnose.Request{Method: method, Claims: claims, Exact: true}}
}

func inside(method, path string) diagnose.Question {
	return diagnose.Question{Source: "pod/client.inside", Target: "http://httpbin.default:8000" + path, Request: diagnose.Request{Method: method, Exact: true}}
}

func ask(t *testing.T, r cluster.Reader, q diagnose.Question) *diagnose.Diagnosis {
	t.Helper()
	d, _, err := diagnose.Ask(t.Context(), r, q)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// message is that of a finding; empty if it is not among them.
func message(d *diagnose.Diagnosis, code string) string {
	for _, f := range d.Status.Findings {
		if f.Code == code {
			return f.Message
		}
	}
	return ""
}

// server is a Reader of files that answers as an API server does, but for what it hides.
type server struct {
	cluster.Reader
	hides cluster.Resource
	asked *int
}

func (server) Live() bool  { return true }
func (server) Whole() bool { return false }

func (s server) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	*s.asked += len(queries)
	out := s.Reader.Read(ctx, queries)
	for i, q := range queries {
		if q.Resource == s.hides {
			out[i] = cluster.Result{Query: q, Unread: &cluster.Unread{
				Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Name: q.Name, Reason: cluster.Forbidden, Message: "forbidden",
			}}
		}
	}
	return out
}
