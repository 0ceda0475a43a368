package cmd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// endpoints are what a controller makes of the Service in mesh.yaml.
const endpoints = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: httpbin-1, namespace: default, labels: {kubernetes.io/service-name: httpbin}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: httpbin, namespace: default}}]
ports: [{name: http, port: 80, protocol: TCP}]
`

// servers are what scripts find at $KUBECONFIG: one that has the objects of mesh.yaml, and
// one, of the context slow, that never answers.
func servers(t testing.TB, mesh string) (kubeconfig string) {
	t.Helper()
	files, err := cluster.ReadFiles([]string{mesh, "-"}, strings.NewReader(endpoints), "default")
	if err != nil {
		t.Fatal(err)
	}
	good, slow := httptest.NewServer(meshServer{files}), httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}))
	for _, s := range []*httptest.Server{good, slow} {
		t.Cleanup(s.Close)
		t.Cleanup(s.CloseClientConnections)
	}
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"dev",
"clusters":[{"name":"main","cluster":{"server":%q}},{"name":"slow","cluster":{"server":%q}}],
"users":[{"name":"jane","user":{"token":"s3cret"}}],
"contexts":[{"name":"dev","context":{"cluster":"main","user":"jane"}},
{"name":"slow","context":{"cluster":"slow","user":"jane","namespace":"shop"}}]}`, good.URL, slow.URL)
}

// meshServer serves what is in files, as an API server does.
type meshServer struct{ files *cluster.Files }

func (s meshServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/apis" {
		fmt.Fprint(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"security.istio.io","versions":[{"groupVersion":"security.istio.io/v1","version":"v1"}]}]}`)
		return
	}
	q, ok := queryOf(r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","status":"Failure","reason":"NotFound","code":404}`)
		return
	}
	items := s.files.Read(r.Context(), []cluster.Query{q})[0].Items
	switch {
	case q.Name != "" && len(items) == 0:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"kind":"Status","status":"Failure","reason":"NotFound","code":404,"details":{"name":%q}}`, q.Name)
	case q.Name != "":
		_, _ = w.Write(running(items[0]))
	default:
		all := []json.RawMessage{}
		for _, item := range items {
			if item.Object.GetAnnotations()[cluster.PredictedAnnotation] == "" {
				all = append(all, running(item))
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]any{}, "items": all})
	}
}

// running is an object; a Pod runs, as those of manifests do.
func running(item cluster.Item) json.RawMessage {
	if item.Resource != cluster.Pods {
		return item.Raw
	}
	return append(item.Raw[:len(item.Raw)-1:len(item.Raw)-1], `,"status":{"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}]}}`...)
}

// queryOf reads the path of a request: /api/v1/namespaces/NAMESPACE/PLURAL/NAME and the like.
func queryOf(r *http.Request) (cluster.Query, bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	if parts[0] == "apis" && len(parts) > 2 {
		group, parts = parts[1], parts[1:]
	}
	parts = parts[min(2, len(parts)):]
	q := cluster.Query{Fields: r.URL.Query().Get("fieldSelector"), Labels: r.URL.Query().Get("labelSelector")}
	if len(parts) > 2 && parts[0] == "namespaces" {
		q.Namespace, parts = parts[1], parts[2:]
	}
	if len(parts) == 0 {
		return q, false
	}
	if len(parts) > 1 {
		q.Name = parts[1]
	}
	all := cluster.Resources()
	i := slices.IndexFunc(all, func(c cluster.Resource) bool { return c.Group == group && c.Plural == parts[0] })
	if i < 0 {
		return q, false
	}
	q.Resource = all[i]
	return q, true
}
