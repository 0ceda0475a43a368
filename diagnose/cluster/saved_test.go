package cluster

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	securityistio "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
)

// rewrite writes the snapshot, reads it back, and writes it again.
func rewrite(t *testing.T, s *Snapshot) (first, second string) {
	t.Helper()
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	first = out.String()
	f, err := ReadFiles([]string{"-"}, strings.NewReader(first), "")
	if err != nil {
		t.Fatalf("%v in\n%s", err, first)
	}
	var back *Snapshot
	back = back.Plus(f.Origin(), f.Read(t.Context(), f.Queries()))
	out.Reset()
	if err := back.Write(&out); err != nil {
		t.Fatal(err)
	}
	second = out.String()
	sameAsJSON(t, back, second)
	return first, second
}

// sameAsJSON writes the snapshot as JSON, reads it back, and writes it as YAML.
func sameAsJSON(t *testing.T, s *Snapshot, want string) {
	t.Helper()
	var out bytes.Buffer
	if err := s.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if lines := 2 + len(s.Items()); strings.Count(out.String(), "\n") != lines {
		t.Errorf("want an object in a line, and %d lines:\n%s", lines, &out)
	}
	f, err := ReadFiles([]string{"-"}, strings.NewReader(out.String()), "")
	if err != nil {
		t.Fatalf("%v in\n%s", err, &out)
	}
	out.Reset()
	var back *Snapshot
	if err := back.Plus(f.Origin(), f.Read(t.Context(), f.Queries())).Write(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

const world = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: foo, labels: {app: "yes", v: "1.10"}, annotations: {text: "two\nlines\n", odd: "  x\n\n y", more: "\t- a: b # c"}}
spec: {serviceAccountName: sleep, nodeName: n1}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: foo}
---
{apiVersion: security.istio.io/v1beta1, kind: AuthorizationPolicy, metadata: {name: empty, namespace: foo}, spec: {selector: {}}}
---
{apiVersion: security.istio.io/v1beta1, kind: AuthorizationPolicy, metadata: {name: none, namespace: foo}, spec: {}}
`

func TestSavedForm(t *testing.T) {
	f := mustLoad(t, world)
	queries := []Query{
		{Resource: Pods, Namespace: "foo"},
		{Resource: AuthorizationPolicies, Namespace: "foo"},
		{Resource: Namespaces, Name: "foo"},
		{Resource: Pods, Namespace: "bar", Labels: "app=x"},
	}
	q := Query{Resource: Services, Namespace: "foo", Labels: "a=b"}
	var s *Snapshot
	s = s.Plus(`context "kind-dev"`, append(f.Read(t.Context(), queries), Result{Query: q, Unread: q.unread(Forbidden, "may not")}))
	first, second := rewrite(t, s)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		"apiVersion: authz-doctor.dev/v1alpha1\nkind: Snapshot\nmetadata:\n  name: snapshot\norigin: context \"kind-dev\"\nqueries:\n",
		"- name: foo\n  resource: namespaces\n",
		"unread:\n- labels: a=b\n  message: may not\n  namespace: foo\n  reason: Forbidden\n  resource: services\n",
		"  kind: AuthorizationPolicy\n  metadata:\n    name: empty\n    namespace: foo\n  spec:\n    selector: {}\n",
		"  kind: AuthorizationPolicy\n  metadata:\n    name: none\n    namespace: foo\n  spec: {}\n",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("%s\nis not in\n%s", want, first)
		}
	}

	saved, err := ReadFiles([]string{"-"}, strings.NewReader(first), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range saved.Read(t.Context(), queries) {
		if diff := cmp.Diff(titles(f.Read(t.Context(), queries)[i].Items), titles(r.Items)); diff != "" || r.Unread != nil {
			t.Errorf("%v %s", r.Unread, diff)
		}
	}
	item := saved.Read(t.Context(), []Query{{Resource: Pods, Namespace: "foo", Name: "a"}})[0].Items[0]
	if diff := cmp.Diff(f.Read(t.Context(), queries[:1])[0].Items[0].Object, item.Object); diff != "" {
		t.Error(diff)
	}
	if saved.Origin() != `snapshot of context "kind-dev"` || saved.Live() {
		t.Error(saved.Origin())
	}
}

func TestSavedAnswers(t *testing.T) {
	const saved = `
apiVersion: authz-doctor.dev/v1alpha1
kind: Snapshot
origin: context "kind-dev"
queries:
- {resource: pods, namespace: foo}
- {resource: pods, namespace: bar, labels: app=x}
- {resource: services, namespace: foo}
- {resource: gateways.gateway.networking.k8s.io, namespace: foo}
- {resource: teapots, namespace: foo}
unread:
- {resource: services, namespace: foo, reason: Forbidden, message: may not}
- {resource: gateways, group: gateway.networking.k8s.io, namespace: foo, reason: NotInstalled, message: no such}
- {resource: teapots, reason: Forbidden, message: short and stout}
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: foo}}
- {apiVersion: v1, kind: Pod, metadata: {name: x, namespace: bar, labels: {app: x}}}
- {apiVersion: v1, kind: Secret, metadata: {name: x, namespace: bar}}
`
	const policy = "apiVersion: v1\nkind: Service\nmetadata: {name: new, namespace: foo}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: foo, labels: {changed: x}}\n"
	t.Chdir(t.TempDir())
	write(t, "saved.yaml", saved)
	write(t, "new.yaml", policy)
	f, err := ReadFiles([]string{"new.yaml", "saved.yaml"}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := `snapshot of context "kind-dev" and 1 file`; f.Origin() != want {
		t.Error(f.Origin())
	}
	for _, tt := range []struct {
		query  Query
		items  []string
		reason Reason
	}{
		{Query{Resource: Pods, Namespace: "foo"}, []string{"Pod foo/a"}, ""},
		{Query{Resource: Pods, Namespace: "foo", Name: "none"}, []string{}, ""},
		{Query{Resource: Pods, Namespace: "foo", Labels: "changed=x"}, []string{"Pod foo/a"}, ""},
		{Query{Resource: Pods, Namespace: "bar", Labels: "app=x"}, []string{"Pod bar/x"}, ""},
		{Query{Resource: Pods, Namespace: "bar", Name: "x"}, []string{"Pod bar/x"}, ""},
		{Query{Resource: Pods, Namespace: "bar"}, []string{"Pod bar/x"}, NotInSnapshot},
		{Query{Resource: Pods, Namespace: "bar", Name: "y"}, []string{}, NotInSnapshot},
		{Query{Resource: Services, Namespace: "foo"}, []string{"Service foo/new"}, Forbidden},
		{Query{Resource: Services, Namespace: "foo", Name: "new"}, []string{"Service foo/new"}, ""},
		{Query{Resource: Gateways, Namespace: "other"}, []string{}, NotInstalled},
		{Query{Resource: ConfigMaps, Namespace: "istio-system", Name: "istio"}, []string{}, NotInSnapshot},
		{Query{Resource: Pods, Labels: "!!"}, []string{}, Failed},
		{Query{Resource: Pods, Fields: "spec.x=y"}, []string{}, Failed},
		{Query{Resource: Pods, Fields: "x"}, []string{}, Failed},
	} {
		got := readOne(t, f, tt.query)
		var reason Reason
		if got.Unread != nil {
			reason = got.Unread.Reason
		}
		if diff := cmp.Diff(tt.items, titles(got.Items)); diff != "" || reason != tt.reason {
			t.Errorf("%+v: %q %s", tt.query, reason, diff)
		}
	}
	want := `snapshot of context "kind-dev" and 1 file does not hold configmaps "istio" in namespace istio-system: ask the cluster, or save a snapshot of this question`
	if got := readOne(t, f, Query{Resource: ConfigMaps, Namespace: "istio-system", Name: "istio"}).Unread.Message; got != want {
		t.Error(got)
	}
	if names := f.Names(t.Context(), ConfigMaps, "x"); names != nil {
		t.Error("names that are not known")
	}
	if diff := cmp.Diff([]string{"a"}, f.Names(t.Context(), Pods, "foo")); diff != "" {
		t.Error(diff)
	}
}

func TestWords(t *testing.T) {
	for want, q := range map[string]Query{
		"pods with a=b,status.podIP=1.2.3.4 of all namespaces": {Resource: Pods, Labels: "a=b", Fields: "status.podIP=1.2.3.4"},
		"pods in namespace foo":                                {Resource: Pods, Namespace: "foo"},
		`namespaces "foo"`:                                     {Resource: Namespaces, Name: "foo"},
	} {
		if got := q.words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What the doctor made has no JSON of its own, and is written all the same.
func TestWriteMade(t *testing.T) {
	policy := &securityistio.AuthorizationPolicy{}
	policy.Namespace, policy.Name = "foo", "made"
	var s *Snapshot
	s = s.Plus("", []Result{{Query: Query{Resource: AuthorizationPolicies}, Items: []Item{{Resource: AuthorizationPolicies, Object: policy}}}})
	first, second := rewrite(t, s)
	if first != second || !strings.Contains(first, "- apiVersion: security.istio.io/v1\n  kind: AuthorizationPolicy\n") {
		t.Errorf("%s\n%s", first, second)
	}
	broken := s.Plus("", []Result{{Query: Query{Resource: Pods}, Items: []Item{{Pods, &corev1.Pod{}, []byte("{")}}}})
	if err := broken.Write(&bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "cannot write Pod /: ") {
		t.Errorf("got %v", err)
	}
	if err := s.Write(full{}); err == nil || err.Error() != "cannot write the snapshot: disk full" {
		t.Errorf("got %v", err)
	}
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
