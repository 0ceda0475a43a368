package matrix_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// compare holds every cell of a matrix against the question that it stands for.
func compare(t *testing.T, r cluster.Reader, o matrix.Options) (pairs, asked, merged int) {
	t.Helper()
	o.Namespace = "default"
	m, err := matrix.New(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	s := diagnose.NewSession(r)
	for ci, c := range m.Columns {
		merged += len(c.Targets) - 1
		for _, target := range c.Targets {
			for ri, row := range m.Rows {
				for _, i := range row.Members {
					source := m.Sources[i]
					want, why := pair(t, s, source, m.Targets[target])
					pairs++
					if got := m.Cell(ri, ci).Verdict; got != want {
						t.Errorf("%s → %s: %s, and asked alone %s: %s", source.Name, m.Targets[target].Name, got, want, why)
					}
				}
			}
		}
	}
	return pairs, m.Asked, merged
}

// pair asks about one source and one target.
func pair(t *testing.T, s *diagnose.Session, source matrix.Source, target matrix.Target) (diagnose.Verdict, string) {
	t.Helper()
	q := diagnose.Question{Source: source.Name, Target: target.Name, Namespace: "default", AnyPath: true}
	if source.Stranger() {
		q.Source = diagnose.Strangers
	}
	d, err := s.Ask(t.Context(), q)
	if err != nil {
		return diagnose.Undetermined, err.Error()
	}
	if source.Stranger() {
		v, _ := d.VerdictOf(source.Name)
		return v, d.Status.Summary
	}
	return d.Status.Verdict, d.Status.Summary
}

// Every cluster of the examples has, pair by pair, the answers of single questions.
func TestExamples(t *testing.T) {
	root := filepath.Join("..", "..", "examples")
	var folders []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "cluster.yaml" {
			folders = append(folders, filepath.Dir(path))
		}
		return err
	})
	if err != nil || len(folders) < 20 {
		t.Fatal(folders, err)
	}
	scenarios, _ := filepath.Glob(filepath.Join(root, "scenarios", "*"))
	for _, folder := range slices.Compact(slices.Sorted(slices.Values(append(folders, scenarios...)))) {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			yaml, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
			for _, set := range [][]string{yaml, {filepath.Join(folder, "cluster.yaml")}} {
				files := slices.DeleteFunc(slices.Clone(set), func(f string) bool { return strings.Contains(f, "mutants") })
				r, err := cluster.ReadFiles(files, nil, "default")
				if err != nil {
					t.Skip(err)
				}
				compare(t, r, matrix.Options{})
			}
		})
	}
}

// Random clusters have, pair by pair, the answers of single questions.
func TestRandom(t *testing.T) {
	n := 400
	if testing.Short() {
		n = 40
	}
	pairs, asked, merged := 0, 0, 0
	for seed := range n {
		text := random(rand.New(rand.NewPCG(7, uint64(seed)))) //nolint:gosec // a test
		r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
		if err != nil {
			t.Fatal(seed, err, text)
		}
		p, a, c := compare(t, r, matrix.Options{})
		compare(t, r, matrix.Options{Target: "svc/" + strings.Replace(strings.TrimPrefix(service.FindString(text), "kind: Service\nmetadata: {name: "), ", namespace: ", ".", 1) + ":80", AnyPath: true})
		pairs, asked, merged = pairs+p, asked+a, merged+c
		if t.Failed() {
			_ = os.WriteFile(filepath.Join(os.TempDir(), "matrix-failed.yaml"), []byte(text), 0o600)
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d pairs, %d questions, %d columns saved", pairs, asked, merged)
}

// service is the first of a cluster's.
var service = regexp.MustCompile(`kind: Service\nmetadata: \{name: \w+, namespace: [\w-]+`)

// dice makes a random cluster.
type dice struct {
	*rand.Rand
	strings.Builder
	pods  [][2]string // namespace and app of each
	hosts []string    // of the Services
	// proxies is what Pods of a namespace run beside the application.
	proxies map[string]string
}

func (d *dice) one(of ...string) string { return of[d.IntN(len(of))] }

func (d *dice) chance(percent int) bool { return d.IntN(100) < percent }

func (d *dice) object(version, kind, ns, name, rest string) {
	fmt.Fprintf(d, "---\napiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s}\n%s\n", version, kind, name, ns, rest)
}

var (
	namespaces = []string{"a", "b", "c", "istio-system"}
	accounts   = []string{"one", "two", "default"}
	apps       = []string{"x", "w", "z"}
)

func random(r *rand.Rand) string {
	d := &dice{Rand: r, proxies: map[string]string{}}
	for _, ns := range namespaces {
		d.proxies[ns] = d.one("", ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}", ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}")
		labels := "{team: " + d.one("red", "blue") + d.one("", ", istio-injection: enabled", ", istio.io/dataplane-mode: ambient") + "}"
		fmt.Fprintf(d, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: %s}\n", ns, labels)
	}
	for i := range 10 + d.IntN(14) {
		d.pod(i)
	}
	if d.chance(50) {
		d.street()
	} else {
		for i := range 3 + d.IntN(5) {
			d.service(i)
		}
	}
	for i := range max(0, d.IntN(6)-1) {
		d.authorization(i)
	}
	for i := range max(0, d.IntN(7)-4) {
		d.network(i)
	}
	if d.chance(40) {
		d.object("security.istio.io/v1", "PeerAuthentication", d.one(namespaces...), "mtls", "spec: {"+d.one("", "selector: {matchLabels: {app: x}}, ")+"mtls: {mode: "+d.one("STRICT", "PERMISSIVE", "DISABLE")+"}}")
	}
	if d.chance(15) {
		d.object("security.istio.io/v1", "RequestAuthentication", d.one(namespaces...), "jwt", "spec: {jwtRules: [{issuer: me, jwks: '{}'}]}")
	}
	d.routes()
	return d.String()
}

func (d *dice) pod(i int) {
	ns, app := d.one(namespaces...), d.one(apps...)
	d.pods = append(d.pods, [2]string{ns, app})
	proxy := d.proxies[ns]
	if d.chance(5) {
		proxy = ""
	}
	more := ""
	if d.chance(3) {
		more = "hostNetwork: true, "
	}
	if d.chance(60) {
		more += "nodeName: " + d.one("n1", "n2") + ", "
	}
	status := ""
	if d.chance(95) {
		status = fmt.Sprintf("status: {phase: Running, podIP: 10.0.%d.%d}", d.IntN(3), i+1)
	}
	annotations := ""
	if d.chance(8) {
		annotations = ", annotations: {" + d.one("ambient.istio.io/redirection: enabled", "sidecar.istio.io/inject: 'false'", "traffic.sidecar.istio.io/excludeInboundPorts: '80'") + "}"
	}
	fmt.Fprintf(d, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: %s, labels: {app: %s, version: %s%s}%s}\nspec: {%sserviceAccountName: %s, containers: [{name: c, image: x, ports: [{containerPort: %s, name: web}]}%s]}\n%s\n",
		i, ns, app, d.one("v1", "v2"), d.one("", "", "", "", ", security.istio.io/tlsMode: istio"), annotations, more, d.one(accounts...), d.one("80", "80", "80", "81"), proxy, status)
}

func (d *dice) service(i int) {
	ns, selector := d.one(namespaces...), "app: "+d.one(apps...)
	if d.chance(90) {
		pod := d.pods[d.IntN(len(d.pods))]
		ns, selector = pod[0], "app: "+pod[1]
	}
	d.hosts = append(d.hosts, fmt.Sprintf("s%d.%s.svc.cluster.local", i, ns))
	if d.chance(20) {
		selector += ", version: v1"
	}
	annotations := ""
	if d.chance(10) {
		annotations = ", annotations: {networking.istio.io/exportTo: " + d.one("'.'", "a", "'*'") + "}"
	}
	ip := fmt.Sprintf("clusterIP: 10.9.0.%d, ", i+1)
	if d.chance(15) {
		ip = "clusterIP: None, "
	}
	fmt.Fprintf(d, "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%d, namespace: %s%s}\nspec: {%sselector: {%s}, ports: [{name: %s, port: 80%s}%s]}\n",
		i, ns, annotations, ip, selector, d.one("http", "http", "tcp", "web", "https-x"), d.one("", "", ", targetPort: web", ", targetPort: 81"), d.one("", ", {name: tcp-db, port: 81}"))
}

// street adds Services that are much alike, each with a Pod or two of its own, and what
// may tell one of them from the others.
func (d *dice) street() {
	ns := d.one(namespaces...)
	for i := range 3 + d.IntN(4) {
		port := d.one("80", "80", "80", "80", "81")
		for j := range 1 + d.IntN(2) {
			fmt.Fprintf(d, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: k%d-%d, namespace: %s, labels: {app: k%d%s}}\nspec: {serviceAccountName: k%d, containers: [{name: c, image: x, ports: [{containerPort: %s, name: web}]}%s]}\nstatus: {phase: Running, podIP: 10.0.3.%d}\n",
				i, j, ns, i, d.one("", "", ", tier: back"), i, port, d.proxies[ns], 10*i+j)
		}
		d.hosts = append(d.hosts, fmt.Sprintf("s%d.%s.svc.cluster.local", i, ns))
		fmt.Fprintf(d, "---\napiVersion: v1\nkind: Service\nmetadata: {name: s%d, namespace: %s}\nspec: {clusterIP: 10.9.0.%d, selector: {app: k%d}, ports: [{name: http, port: 80, targetPort: web}]}\n", i, ns, i+1, i)
	}
	selector := d.one("selector: {matchLabels: {app: k1}}, ", "selector: {matchLabels: {tier: back}}, ", "")
	switch d.IntN(8) {
	case 0:
		d.object("security.istio.io/v1", "AuthorizationPolicy", ns, "k", "spec: {"+selector+"action: "+d.one("ALLOW", "DENY")+", rules: [{from: [{source: {"+d.source()+"}}]}]}")
	case 1:
		d.object("security.istio.io/v1", "PeerAuthentication", ns, "k", "spec: {"+selector+"mtls: {mode: "+d.one("STRICT", "DISABLE")+"}}")
	case 2:
		d.object("networking.k8s.io/v1", "NetworkPolicy", d.one(namespaces...), "k", "spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {"+d.one("app: k1", "tier: back")+"}}}]}]}")
	case 4: // each for another
		for i := range 2 {
			d.object("security.istio.io/v1", "AuthorizationPolicy", ns, fmt.Sprint("k", i), fmt.Sprintf("spec: {selector: {matchLabels: {app: k%d}}, rules: [{from: [{source: {%s}}]}]}", i, d.source()))
		}
	case 5:
		d.object("networking.k8s.io/v1", "NetworkPolicy", d.one(namespaces...), "k", "spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.3.0/28}}]}]}")
	case 6: // an older Service on the port says what is spoken there
		fmt.Fprintf(d, "---\napiVersion: v1\nkind: Service\nmetadata: {name: aaa, namespace: %s}\nspec: {clusterIP: 10.9.1.1, selector: {app: k1}, ports: [{name: tcp, port: 80, targetPort: web}]}\n", ns)
		d.object("security.istio.io/v1", "AuthorizationPolicy", ns, "k", "spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}")
	case 3:
		d.object("networking.k8s.io/v1", "NetworkPolicy", ns, "k", "spec: {podSelector: {matchLabels: {app: k1}}, policyTypes: [Ingress]}")
	}
}

func (d *dice) source() string {
	return d.one(
		"principals: [cluster.local/ns/"+d.one(namespaces...)+"/sa/"+d.one(accounts...)+"]",
		"principals: ['"+d.one("*", "cluster.local/ns/a/*", "*/sa/one", "*/ns/b/sa/two", "cluster.local/ns/a/sa/t*", "*ne")+"']",
		"notPrincipals: [cluster.local/ns/"+d.one(namespaces...)+"/sa/"+d.one(accounts...)+"]",
		"namespaces: ['"+d.one("a", "b", "*", "istio*", "*c")+"']",
		"notNamespaces: ["+d.one(namespaces...)+"]",
		"serviceAccounts: ['"+d.one("one", "a/one", "b/default")+"']",
		"ipBlocks: ["+d.one("10.0.0.0/24", "10.0.1.0/24", "10.0.0.1", "10.0.0.0/29")+"]",
		"notIpBlocks: ["+d.one("10.0.0.0/24", "10.0.1.4/30")+"]",
		"remoteIpBlocks: ["+d.one("10.0.0.0/24", "10.0.2.0/24")+"]",
		"principals: [cluster.local/ns/a/sa/one], namespaces: [a, b]",
	)
}

func (d *dice) authorization(i int) {
	selector := d.one("", "selector: {matchLabels: {app: "+d.one(apps...)+"}}, ", "selector: {matchLabels: {app: x, version: v1}}, ")
	rules := "rules: [{"
	if d.chance(85) {
		rules += "from: [{source: {" + d.source() + "}}" + d.one("", ", {source: {"+d.source()+"}}") + "], "
	}
	rules += d.one("", "to: [{operation: {methods: [GET]}}], ", "to: [{operation: {ports: ['80']}}], ", "to: [{operation: {paths: [/x*], hosts: [s1.a]}}], ")
	rules += d.one("", "", "when: [{key: source.ip, values: [10.0.0.0/25]}], ", "when: [{key: source.namespace, notValues: [a]}], ", "when: [{key: source.principal, values: ['*/sa/two']}], ", "when: [{key: 'request.headers[x]', values: [q]}], ")
	rules += "}" + d.one("", ", {from: [{source: {"+d.source()+"}}]}") + "]"
	d.object("security.istio.io/v1", "AuthorizationPolicy", d.one(namespaces...), fmt.Sprint("z", i), "spec: {"+selector+"action: "+d.one("ALLOW", "ALLOW", "DENY")+", "+rules+"}")
}

func (d *dice) peer() string {
	return d.one(
		"{podSelector: {matchLabels: {app: "+d.one(apps...)+"}}}", "{podSelector: {}}",
		"{namespaceSelector: {matchLabels: {team: "+d.one("red", "blue")+"}}}", "{namespaceSelector: {}}",
		"{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "+d.one(namespaces...)+"}}, podSelector: {matchExpressions: [{key: version, operator: "+d.one("In", "NotIn")+", values: [v1]}]}}",
		"{ipBlock: {cidr: 10.0.0.0/16, except: ["+d.one("10.0.1.0/24", "10.0.0.0/30")+"]}}", "{ipBlock: {cidr: 10.0.2.0/24}}",
		"{podSelector: {matchExpressions: [{key: app, operator: "+d.one("Exists", "DoesNotExist")+"}]}}",
	)
}

func (d *dice) network(i int) {
	selector := d.one("{}", "{matchLabels: {app: "+d.one(apps...)+"}}", "{matchExpressions: [{key: version, operator: NotIn, values: [v1]}]}")
	port := d.one("", ", ports: [{port: 80}]", ", ports: [{port: web}]", ", ports: [{port: 15008}, {port: 80}]")
	rule := ""
	if d.chance(50) {
		rule += "policyTypes: [Ingress], ingress: [" + d.one("", "{from: ["+d.peer()+d.one("", ", "+d.peer())+"]"+port+"}") + "]"
	} else {
		rule += "policyTypes: [Egress], egress: [" + d.one("", "{to: ["+d.peer()+d.one("", ", "+d.peer())+"]"+port+"}") + "]"
	}
	d.object("networking.k8s.io/v1", "NetworkPolicy", d.one(namespaces...), fmt.Sprint("n", i), "spec: {podSelector: "+selector+", "+rule+"}")
}

// routes adds what changes the client's side.
func (d *dice) routes() {
	host := func() string { return d.one(append([]string{"s0"}, d.hosts...)...) }
	if d.chance(30) {
		d.object("networking.istio.io/v1", "VirtualService", d.one(namespaces...), "v", "spec: {hosts: ["+host()+"], "+d.one("", "exportTo: ['.'], ", "exportTo: [a], ")+"http: ["+
			d.one("", "{match: [{sourceLabels: {version: v1}}], fault: {abort: {httpStatus: 403, percentage: {value: 100}}}, route: [{destination: {host: "+host()+"}}]}, ",
				"{match: [{sourceNamespace: b}], directResponse: {status: 403}}, ", "{match: [{uri: {prefix: /x}}], route: [{destination: {host: "+host()+"}}]}, ")+
			"{route: [{destination: {host: "+host()+"}}]}]}")
	}
	if d.chance(30) {
		d.object("networking.istio.io/v1", "DestinationRule", d.one(namespaces...), "d", "spec: {host: '"+d.one(host(), "*.a.svc.cluster.local", "*.local")+"', "+d.one("", "exportTo: ['.'], ", "", "workloadSelector: {matchLabels: {app: x}}, ")+"trafficPolicy: {tls: {mode: "+d.one("DISABLE", "ISTIO_MUTUAL", "SIMPLE")+"}}}")
	}
	if d.chance(12) {
		d.object("networking.istio.io/v1", "Sidecar", d.one(namespaces...), "s", "spec: {"+d.one("", "workloadSelector: {labels: {app: w}}, ")+"outboundTrafficPolicy: {mode: "+d.one("REGISTRY_ONLY", "ALLOW_ANY")+"}, egress: [{hosts: ['"+d.one("./*", "*/*", "a/*", "istio-system/*")+"']}]}")
	}
	if d.chance(12) { // the same in two namespaces, and each means its own by it
		for _, ns := range strings.Fields(d.one("a b", "a b c", "istio-system")) {
			d.object("networking.istio.io/v1", "Sidecar", ns, "own", "spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: ['./*']}]}")
		}
	}
	if d.chance(10) {
		d.object("networking.istio.io/v1alpha3", "EnvoyFilter", d.one(namespaces...), "e", "spec: {"+d.one("", "workloadSelector: {labels: {app: z}}, ")+"configPatches: [{applyTo: HTTP_FILTER, match: {context: "+d.one("SIDECAR_OUTBOUND", "SIDECAR_INBOUND", "ANY")+"}, patch: {operation: INSERT_BEFORE, value: {name: lua}}}]}")
	}
	if d.chance(4) {
		d.object("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "x", "anp", "spec: {priority: 5, subject: {namespaces: {matchLabels: {team: red}}}, ingress: [{action: Deny, name: r, from: [{namespaces: {matchLabels: {team: blue}}}]}]}")
	}
}
