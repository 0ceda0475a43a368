package kmesh_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// TestMain tests with the platforms that the program has.
func TestMain(m *testing.M) {
	plugins.Install()
	os.Exit(m.Run())
}

// files are the cluster that package diagnose is tested on, and more.
func files(t *testing.T, more string) cluster.Reader {
	t.Helper()
	base, err := os.ReadFile("../../diagnose/testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(string(base)+"\n---\n"+more), "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func podYAML(namespace, name, labels, annotations, extra, ip string) string {
	return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + namespace + ", labels: {" + labels + "}, annotations: {" + annotations +
		"}}\nspec: {" + extra + "containers: [{name: app, image: x, ports: [{containerPort: 80, name: web}]}]}\nstatus: {phase: Running, podIP: " + ip + "}\n"
}

func object(kind, namespace, name, spec string) string {
	group := map[string]string{"Service": "v1"}[kind]
	if group == "" {
		group = "security.istio.io/v1"
	}
	return "\n---\napiVersion: " + group + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: " + spec + "\n"
}

func onServer(spec string) string { return object("AuthorizationPolicy", "foo", "p", "{"+spec+"}") }

// codeTest is a question of the client about the server, and the finding of its answer.
type codeTest struct {
	name, source, more string
	request            diagnose.Request
	verdict            diagnose.Verdict
	want               string   // a code that is to be found; "": none but those that say what denies
	says               []string // parts of its message
}

// causes are the codes that say what decides.
var causes = []string{"AD0102", "AD0201", "AD0202", "AD0203"}

func (tt codeTest) run(t *testing.T) {
	t.Helper()
	source := tt.source
	if source == "" {
		source = "client.foo"
	}
	d := ask(t, files(t, tt.more), diagnose.Question{Source: source, Target: "http://server.foo:8000/get", Request: tt.request})
	if d.Status.Verdict != tt.verdict {
		t.Errorf("verdict %s, want %s: %s", d.Status.Verdict, tt.verdict, d.Status.Summary)
	}
	i := slices.IndexFunc(d.Status.Findings, func(f diagnose.Finding) bool { return f.Code == tt.want })
	if i < 0 {
		if tt.want != "" {
			t.Errorf("no %s in %+v", tt.want, d.Status.Findings)
		}
		for _, f := range d.Status.Findings {
			if !slices.Contains(causes, f.Code) {
				t.Errorf("%s is found: %s", f.Code, f.Message)
			}
		}
		return
	}
	f := d.Status.Findings[i]
	for _, part := range tt.says {
		if !strings.Contains(f.Message, part) {
			t.Errorf("the message lacks %q: %s", part, f.Message)
		}
	}
	if !slices.Contains(causes, f.Code) && (len(f.Objects) == 0 || len(f.Help) == 0) {
		t.Errorf("no object or no help: %+v", f)
	}
}

func ask(t *testing.T, r cluster.Reader, q diagnose.Question) *diagnose.Diagnosis {
	t.Helper()
	d, _, err := diagnose.Ask(t.Context(), r, q)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// server answers queries as a server does, counts them, and may refuse some.
type server struct {
	cluster.Reader
	rounds  int
	queries []cluster.Query
	deny    func(cluster.Query) *cluster.Unread
}

func (s *server) Live() bool { return true }

func (s *server) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	s.rounds++
	s.queries = append(s.queries, queries...)
	results := s.Reader.Read(ctx, queries)
	for i := range results {
		if u := s.deny(results[i].Query); u != nil {
			results[i].Items, results[i].Unread = nil, u
		}
	}
	return results
}

const (
	// waypointPod is a waypoint in foo that the server's Service may use.
	waypointPod = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: foo, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: Hostname, value: wp.foo.svc.cluster.local}], conditions: [{type: Programmed, status: "True", reason: Programmed, message: "", lastTransitionTime: "2026-01-01T00:00:00Z"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wp-1, namespace: foo, labels: {gateway.networking.k8s.io/gateway-name: wp, gateway.istio.io/managed: istio.io-mesh-controller}}
spec: {serviceAccountName: wp, containers: [{name: istio-proxy, image: x, args: [proxy, waypoint], ports: [{containerPort: 15008}]}]}
status: {phase: Running, podIP: 10.0.1.20, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: wp, namespace: foo, labels: {gateway.istio.io/managed: istio.io-mesh-controller}}
spec: {clusterIP: 10.96.0.20, selector: {gateway.networking.k8s.io/gateway-name: wp}, ports: [{name: mesh, port: 15008}]}
`
	useWaypoint = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: foo, labels: {istio.io/use-waypoint: wp}}\n"
)
