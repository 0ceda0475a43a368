package lint

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// server is a Reader of files that says it is a running cluster, and counts.
type server struct {
	*cluster.Files
	rounds, queries int
	forbidden       string // a resource
}

func (s *server) Live() bool { return true }

func (s *server) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	s.rounds++
	s.queries += len(queries)
	out := s.Files.Read(ctx, queries)
	for i, q := range queries {
		if q.Resource.Plural == s.forbidden {
			out[i] = cluster.Result{Query: q, Unread: &cluster.Unread{Resource: q.Resource.Plural, Namespace: q.Namespace, Reason: cluster.Forbidden, Message: "no"}}
		}
	}
	return out
}

func live(t *testing.T, forbidden string, paths ...string) *server {
	t.Helper()
	files, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return &server{Files: files, forbidden: forbidden}
}

// TestLive: a running cluster is asked little, for a namespace and for all, and every
// fault of the files is found there too.
func TestLive(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "faults", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), "\n")
		world, want, _ := strings.Cut(strings.TrimPrefix(head, "# "), ": ")
		s := live(t, "", filepath.Join("testdata", world+".yaml"), file)
		for _, o := range []Options{{}, {Namespace: namespaceIn(rest)}} {
			s.rounds, s.queries = 0, 0
			var found []string
			for _, r := range Run(Read(t.Context(), s, o), o) {
				found = append(found, r.Code+" "+r.Field)
			}
			short := o.Namespace != "" && (strings.Contains(file, "root") || strings.Contains(file, "other-namespace"))
			if strings.Join(found, ", ") != want && !short {
				t.Errorf("%s in %q: got %v, want %s", file, o.Namespace, found, want)
			}
			if s.rounds > 2 || s.queries > 40 {
				t.Errorf("%s: %d queries in %d rounds", file, s.queries, s.rounds)
			}
		}
	}
}

func namespaceIn(text string) string {
	i := strings.LastIndex(text, "namespace: ") + len("namespace: ")
	return strings.FieldsFunc(text[i:], func(r rune) bool { return r == '\n' || r == ',' || r == '}' })[0]
}

// TestUnread: what could not be read is not taken for what is not there.
func TestUnread(t *testing.T) {
	for _, resource := range []string{"pods", "services", "namespaces", "serviceaccounts", "gateways", "configmaps"} {
		for _, world := range []string{"cluster", "ambient"} {
			s := live(t, resource, filepath.Join("testdata", world+".yaml"), filepath.Join("testdata", "correct", "waypoint"))
			if world == "cluster" {
				s = live(t, resource, filepath.Join("testdata", "cluster.yaml"))
			}
			for _, r := range Run(Read(t.Context(), s, Options{}), Options{}) {
				t.Errorf("without %s: %s %s: %s", resource, r.Code, r.Field, r.Message)
			}
		}
	}
}

// TestMany: the work grows with the number of policies and not with its square. What is
// allocated is counted, for the time depends on what else the machine does.
func TestMany(t *testing.T) {
	took := map[int]uint64{}
	for _, n := range []int{250, 2000} {
		var b strings.Builder
		b.WriteString("apiVersion: v1\nkind: Namespace\nmetadata: {name: many, labels: {istio-injection: enabled}}\n")
		for i := range n {
			fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: many, labels: {app: a%d}}\nspec: {containers: [{name: istio-proxy, image: x, args: [proxy, sidecar]}]}\n", i, i)
			fmt.Fprintf(&b, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a%d, namespace: many}\nspec: {selector: {matchLabels: {app: b%d}}, rules: [{from: [{source: {principals: [cluster.local/ns/many/sa/none%d]}}]}]}\n", i, i, i)
			fmt.Fprintf(&b, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: n%d, namespace: many}\nspec: {action: DENY, rules: [{from: [{source: {namespaces: [none%d]}}], to: [{operation: {methods: [get]}}]}]}\n", i, i)
			fmt.Fprintf(&b, "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: p%d, namespace: many}\nspec: {selector: {matchLabels: {app: a%d}}, mtls: {mode: PERMISSIVE}}\n", i, i)
		}
		files, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(b.String()), "default")
		if err != nil {
			t.Fatal(err)
		}
		s := Read(t.Context(), files, Options{})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if got := len(Run(s, Options{Manifests: true})); got < n {
			t.Errorf("%d results of %d policies", got, 3*n)
		}
		runtime.ReadMemStats(&after)
		took[n] = after.Mallocs - before.Mallocs
	}
	if took[2000] > 12*took[250] { // of eight times as many
		t.Errorf("250 of each took %v allocations, 2000 took %v", took[250], took[2000])
	}
}
