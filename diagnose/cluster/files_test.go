package cluster

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"
)

// load reads the text as if it were the file cluster.yaml.
func load(t *testing.T, text string) (*Files, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "cluster.yaml", text)
	return ReadFiles([]string{"cluster.yaml"}, nil, "")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, text string) *Files {
	t.Helper()
	f, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// titles are the objects in one word each: Kind namespace/name.
func titles(items []Item) []string {
	out := []string{}
	for _, item := range items {
		out = append(out, item.Resource.Kind+" "+nameOf(item.Raw))
	}
	return out
}

// all are the objects of the files.
func (f *Files) all() []string {
	var queries []Query
	for _, r := range Resources() {
		if r != APIGroups { // they follow from the others
			queries = append(queries, Query{Resource: r})
		}
	}
	var s *Snapshot
	return titles(s.Plus(f.Origin(), f.Read(context.Background(), queries)).Items())
}

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: foo}\n"

func TestReadFilesForms(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"comments besides":          {"# nothing\n---\n# Source: chart/a.yaml\n---\n" + pod, []string{"Namespace foo", "Pod foo/a"}},
		"a Pod":                     {pod, []string{"Namespace foo", "Pod foo/a"}},
		"Windows, with a BOM":       {"\ufeff" + strings.ReplaceAll("---\n"+pod+"---\n"+pod, "\n", "\r\n"), []string{"Namespace foo", "Pod foo/a"}},
		"markers with comments":     {"%YAML 1.2\n--- # first\n" + pod + "...\n# second\n---\nnull\n", []string{"Namespace foo", "Pod foo/a"}},
		"content at the marker":     {"--- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n", []string{"Namespace default", "Pod default/a"}},
		"several JSON values":       {`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}`, []string{"Namespace default", "Pod default/a", "Pod default/b"}},
		"YAML that looks like JSON": {"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n" + pod, []string{"Namespace default", "Namespace foo", "Pod default/a", "Pod foo/a"}},
		"a List":                    {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]}\n", []string{"Namespace default", "Pod default/a", "Pod default/b"}},
		"a typed list":              {"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicyList\nitems: [{metadata: {name: p, namespace: foo}}]\n", []string{"Namespace foo", "AuthorizationPolicy foo/p"}},
		"declared namespaces":       {"apiVersion: v1\nkind: Namespace\nmetadata: {name: foo, namespace: nonsense}\n---\n" + pod, []string{"Namespace foo", "Pod foo/a"}},
		"a generated name":          {"apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", []string{"Namespace default", "Pod default/a"}},
		"an anchor":                 {"apiVersion: v1\nkind: Pod\nmetadata: {name: &n a, labels: {app: *n}}\n", []string{"Namespace default", "Pod default/a"}},
		"values of a chart":         {"image: x\n---\n" + pod, []string{"Namespace foo", "Pod foo/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, mustLoad(t, tt.text).all()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadFilesVersions(t *testing.T) {
	for apiVersion, want := range map[string]bool{
		"security.istio.io/v1 AuthorizationPolicy": true, "security.istio.io/v1beta1 PeerAuthentication": true,
		"networking.istio.io/v1alpha3 Gateway": true, "networking.istio.io/v1beta1 Sidecar": true,
		"networking.istio.io/v1alpha3 EnvoyFilter": true, "networking.istio.io/v1 EnvoyFilter": false,
		"gateway.networking.k8s.io/v1beta1 Gateway": true, "gateway.networking.k8s.io/v1 HTTPRoute": true,
		"gateway.networking.k8s.io/v1 GRPCRoute": true, "gateway.networking.k8s.io/v1alpha2 GRPCRoute": true,
		"gateway.networking.k8s.io/v1 TLSRoute": true, "gateway.networking.k8s.io/v1alpha3 TLSRoute": true,
		"gateway.networking.k8s.io/v1 TCPRoute": true, "gateway.networking.k8s.io/v1alpha2 TCPRoute": true,
		"gateway.networking.k8s.io/v1beta1 ReferenceGrant": true, "gateway.networking.k8s.io/v1 ReferenceGrant": true,
		"gateway.networking.k8s.io/v1 UDPRoute": false, "gateway.networking.k8s.io/v1beta1 TLSRoute": false,
		"discovery.k8s.io/v1 EndpointSlice": true, "batch/v1 CronJob": true,
		"discovery.k8s.io/v1beta1 EndpointSlice": false, "extensions/v1beta1 NetworkPolicy": false,
		"security.istio.io/v9 AuthorizationPolicy": false, "v1 Secret": false, "v1 Gateway": false,
	} {
		version, kind, _ := strings.Cut(apiVersion, " ")
		f := mustLoad(t, "apiVersion: "+version+"\nkind: "+kind+"\nmetadata: {name: a}\n")
		wantSkipped := []SkippedKind{{version, kind, 1}}
		if want {
			wantSkipped = nil
		}
		if diff := cmp.Diff(wantSkipped, f.Skipped()); diff != "" {
			t.Error(apiVersion, diff)
		}
	}
	f := mustLoad(t, "apiVersion: networking.istio.io/v1alpha3\nkind: Gateway\nmetadata: {name: a}\n")
	item := f.Read(t.Context(), []Query{{Resource: IstioGateways}})[0].Items[0]
	if got := item.Object.GetObjectKind().GroupVersionKind().Version; got != "v1" {
		t.Errorf("typed: %s", got)
	}
	if !strings.Contains(string(item.Raw), "v1alpha3") {
		t.Errorf("raw: %s", item.Raw)
	}
}

func TestEnvoyFilters(t *testing.T) {
	f := mustLoad(t, "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: a}\nspec: {configPatches: [{applyTo: HTTP_FILTER}]}\n")
	var s *Snapshot
	s = s.Plus("", f.Read(t.Context(), []Query{{Resource: EnvoyFilters, Namespace: "default"}}))
	filter, ok := Get[*networkingv1alpha3.EnvoyFilter](s, "default", "a")
	if !ok || len(filter.Spec.GetConfigPatches()) != 1 || EnvoyFilters.String() != "envoyfilters.networking.istio.io" {
		t.Errorf("got %v, %s", filter, EnvoyFilters)
	}
}

func TestReadFilesSkips(t *testing.T) {
	f := mustLoad(t, `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: eA==}}
- {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
apiVersion: example.org/v1
kind: ThingList
items: [{metadata: {name: a}}]
---
replicas: 1
`)
	want := []SkippedKind{{"", "", 1}, {"example.org/v1", "Thing", 1}, {"v1", "Secret", 2}}
	if diff := cmp.Diff(want, f.Skipped()); diff != "" {
		t.Error(diff)
	}
}

func TestReadFilesErrors(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"indentation":                {pod + "---\n# Source: x\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n labels: {}\nspec: {}\n", `document 2, line 10: did not find expected key`},
		"a colon":                    {pod + "---\na: b: c\n", `document 2, line 5: mapping values are not allowed in this context`},
		"a tab":                      {"a:\n\t- b\n", `document 1, line 2: found character that cannot start any token`},
		"a marker that is glued on":  {"# Source: x\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: a}}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n", `document 1, line 3: more follows the object that is in braces: a marker --- begins a line`},
		"words behind an object":     {"{apiVersion: v1, kind: Namespace, metadata: {name: a}} b\n", `document 1, line 1: more follows the object that is in braces`},
		"a bracket":                  {"a: 1\nb: [1,2\nc: 3\nd: 4\n", `document 1, line 2: did not find expected ',' or ']'`},
		"an anchor":                  {"a: 1\nb: *x\n", `document 1, line 2: unknown anchor 'x' referenced`},
		"an endless anchor":          {"a: 1\nb: &a [*a]\n", `document 1, line 1: anchor 'a' value contains itself`},
		"a template":                 {pod + "---\na: 1\nname: {{ .Values.x }}\n", `document 2, line 6: a key is not a name (this looks like a template: render it first)`},
		"a template's start":         {"{{- if .x }}\na: 1\n", `document 1, line 1: did not find expected node content (this looks like a template: render it first)`},
		"text":                       {"hello\n", `document 1, line 1: is not an object`},
		"a list":                     {"# x\n- a\n", `document 1, line 2: is not an object`},
		"no kind":                    {"apiVersion: v1\nmetadata: {name: a}\n", `document 1, line 1: has no kind`},
		"no apiVersion":              {"kind: Pod\n", `document 1, line 1: has no apiVersion`},
		"neither":                    {"metadata: {name: a}\n", `document 1, line 1: has no apiVersion and no kind`},
		"an odd kind":                {"apiVersion: v1\n\nkind: [Pod]\n", `document 1, line 3: kind: wants text, got a list`},
		"an odd apiVersion":          {"apiVersion: a/b/c\nkind: Pod\n", `document 1, line 1: apiVersion: unexpected GroupVersion string: a/b/c`},
		"no name":                    {"apiVersion: v1\nkind: Pod\nmetadata: {}\n", `document 1, line 1: Pod has no metadata.name`},
		"an odd name":                {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: 7\n", `document 1, line 4: Pod: metadata.name: wants text, got the number 7, which must be quoted`},
		"a name like a flag":         {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: n\n", `document 1, line 4: Pod: metadata.name: wants text, got false, which must be quoted: YAML takes y, yes, on, n, no, off for true or false`},
		"a namespace beyond numbers": {"{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"metadata\": {\"name\": \"a\", \"namespace\": 1e999}}", `document 1, line 2: Pod: metadata.namespace cannot be read`},
		"a kind like a flag":         {"apiVersion: v1\nkind: off\n", `document 1, line 2: kind: wants text, got false, which must be quoted`},
		"a value like a flag":        {"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - when:\n    - key: on\n", `document 1, line 7: AuthorizationPolicy default/p: spec.rules[0].when[0].key: wants text, got true, which must be quoted`},
		"odd metadata":               {"apiVersion: v1\nkind: Pod\nmetadata: x\n", `document 1, line 3: Pod: metadata: wants an object`},
		"the wrong type":             {pod + "---\n" + pod + "spec:\n  containers:\n  - name: a\n  - name: b\n    ports: abc\n", `document 2, line 12: Pod foo/a: spec.containers[1].ports: wants a list, got the text "abc"`},
		"in a list":                  {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: s}\n  spec:\n    ports:\n    - port: 80.5\n", `document 1, line 9: Service default/s: spec.ports[0].port: wants a whole number, got the number 80.5`},
		"a label":                    {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    a/b: yes\n", `document 1, line 6: Pod default/a: metadata.labels["a/b"]: wants text, got true, which must be quoted`},
		"an Istio enum":              {"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\nspec:\n  action: Deny\n", `document 1, line 5: AuthorizationPolicy default/p: spec.action: wants one of ALLOW, DENY, AUDIT, CUSTOM, got the text "Deny"`},
		"an Istio field":             {"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - from:\n    - source:\n        principals: sleep\n", `document 1, line 8: AuthorizationPolicy default/p: spec.rules[0].from[0].source.principals: wants a list, got the text "sleep"`},
		"a time":                     {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: noon}\n", `document 1, line 3: Pod default/a: metadata.creationTimestamp: wants a Time, got the text "noon"`},
		"JSON":                       {"\n{\"apiVersion\": \"v1\",\n \"kind\": \"Pod\",\n \"metadata\": {\"name\": \"a\"},\n \"spec\": {\"containers\": 1}}", `document 1, line 5: Pod default/a: spec.containers: wants a list, got the number 1`},
		"a broken snapshot":          {"apiVersion: authz-doctor.dev/v1alpha1\nkind: Snapshot\nqueries: 1\n", `document 1, line 1: this Snapshot cannot be read: `},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tt.text)
			if err == nil || !strings.HasPrefix(err.Error(), "cluster.yaml: "+tt.want) {
				t.Errorf("got  %v\nwant cluster.yaml: %s", err, tt.want)
			}
		})
	}
}

// Each document that cannot be read is named; what follows it is read.
func TestReadFilesAllErrors(t *testing.T) {
	_, err := load(t, "a: b: c\n---\n"+pod+"---\nhello\n")
	want := "cluster.yaml: document 1, line 1: mapping values are not allowed in this context\ncluster.yaml: document 3, line 7: is not an object"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if _, err = load(t, strings.Repeat("hello\n---\n", 12)); err == nil || !strings.HasSuffix(err.Error(), "and 2 more documents that cannot be read") {
		t.Errorf("got %v", err)
	}
}

func TestReadFilesJSONError(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}\n{\n \"a\": 1,\n}\n")
	_, err := ReadFiles([]string{"a.json"}, nil, "")
	if err == nil || !strings.HasPrefix(err.Error(), "a.json: document 2, line 4: invalid character '}'") {
		t.Errorf("got %v", err)
	}
}

func TestUnknown(t *testing.T) {
	f := mustLoad(t, `apiVersion: v1
kind: Pod
metadata: {name: a, lables: {x: y}}
spec:
  nodeName: n
  nodeName: m
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: x}
spec:
  host: a
  trafficPolicy: {tls: {mod: SIMPLE, client_certificate: b, sni: c}}
  subsets: [null]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: x, lables: {a: b}}
status: {anything: goes}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
Spec: {nodeName: k}
`)
	want := []string{
		`cluster.yaml: document 1: line 6: the key "nodeName" is given twice, the last one counts`,
		`cluster.yaml: document 1: Pod default/a: unknown field metadata.lables`,
		`cluster.yaml: document 2: DestinationRule default/x: unknown field spec.trafficPolicy.tls.client_certificate`,
		`cluster.yaml: document 2: DestinationRule default/x: unknown field spec.trafficPolicy.tls.mod`,
		`cluster.yaml: document 3: AuthorizationPolicy default/x: unknown field metadata.lables`,
		`cluster.yaml: document 3: AuthorizationPolicy default/x: unknown field status.anything`,
		`cluster.yaml: document 4: Pod default/a: unknown field Spec`,
		`cluster.yaml: document 4: Pod default/a is given twice, the last one counts`,
	}
	if diff := cmp.Diff(want, f.Unknown()); diff != "" {
		t.Error(diff)
	}
	results := f.Read(t.Context(), []Query{{Resource: DestinationRules}, {Resource: Pods}})
	item := results[0].Items[0]
	if !strings.Contains(string(item.Raw), "client_certificate") {
		t.Errorf("raw lacks what was written: %s", item.Raw)
	}
	if text := cmp.Diff("", item.Object); strings.Contains(text, `"b"`) || !strings.Contains(text, `"c"`) {
		t.Errorf("typed: %s", text)
	}
	if pod, ok := results[1].Items[0].Object.(*corev1.Pod); !ok || pod.Spec.NodeName != "" {
		t.Errorf("%+v", results[1].Items[0].Object)
	}
}

func TestSources(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "dir/b.yml", strings.ReplaceAll(pod, "name: a", "name: b"))
	write(t, "dir/sub/c.JSON", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}`)
	write(t, "dir/.git/d.yaml", "hello")
	write(t, "dir/README.md", "hello")
	write(t, "empty/README.md", "hello")
	write(t, "one.txt", pod)

	f, err := ReadFiles([]string{"dir", "one.txt", "-", "dir/b.yml"}, strings.NewReader("apiVersion: v1\nkind: Pod\nmetadata: {name: d}\n"), "bar")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Namespace bar", "Namespace foo", "Pod bar/c", "Pod bar/d", "Pod foo/a", "Pod foo/b"}
	if diff := cmp.Diff(want, f.all()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"bar", "foo"}, f.Namespaces()); diff != "" {
		t.Error(diff)
	}
	if f.Origin() != "4 files" || f.Live() {
		t.Error(f.Origin())
	}
	for path, want := range map[string]string{
		"empty": "empty: no *.yaml, *.yml or *.json file in this folder",
		"none":  "none: no such file or directory",
		"-":     "there is no stdin to read",
	} {
		if _, err := ReadFiles([]string{path}, nil, ""); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", path, err)
		}
	}
	for path, want := range map[string]string{"one.txt": "file one.txt", "-": "stdin"} {
		if f, err := ReadFiles([]string{path}, strings.NewReader(pod), ""); err != nil || f.Origin() != want {
			t.Errorf("%s: got %v, %v", path, f.Origin(), err)
		}
	}
}

func FuzzReadFiles(f *testing.F) {
	for _, seed := range []string{
		"", pod, "---\n# x\n---\n" + pod, "a: b: c", "{}{}", `{"kind":"List","apiVersion":"v1","items":[null,1]}`,
		"apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]", "a: &a [*a]", "? [x]\n: 1", "...\n%YAML 1.2\n---\n",
		"apiVersion: authz-doctor.dev/v1alpha1\nkind: Snapshot\norigin: x\nqueries: [{resource: pods}]\nunread: [{resource: nodes}]\nitems: [1]\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}}\n",
		"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c}\nspec: {endpointSelector: {}, x: [1.5, null]}\n",
		"apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: c}\nitems: [1]\n",
		"apiVersion: v1\nkind: APIGroup\nmetadata: {name: cilium.io}\nversions: [v2]\n",
		"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: p}\nspec: {portLevelMtls: {x: {mode: 1}}}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files, err := ReadFiles([]string{"-"}, strings.NewReader(text), "")
		if err != nil {
			return
		}
		var queries []Query
		for _, r := range Resources() {
			queries = append(queries, Query{Resource: r})
		}
		var s *Snapshot
		first, second := rewrite(t, s.Plus(files.Origin(), files.Read(t.Context(), queries)))
		if first != second {
			t.Errorf("written twice:\n%s\n%s", first, second)
		}
	})
}
