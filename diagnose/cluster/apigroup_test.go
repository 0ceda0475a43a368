package cluster

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	plainGroups = `{"kind":"APIGroupList","apiVersion":"v1","groups":[
		{"name":"cilium.io","versions":[{"groupVersion":"cilium.io/v2","version":"v2"},{"groupVersion":"cilium.io/v2alpha1","version":"v2alpha1"}],"preferredVersion":{"groupVersion":"cilium.io/v2","version":"v2"}},
		{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]}]}`
	aggregatedGroups = `{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
		{"metadata":{"name":"apps","creationTimestamp":null},"versions":[{"version":"v1","resources":[{"resource":"deployments"}],"freshness":"Current"}]},
		{"metadata":{"name":"cilium.io"},"versions":[{"version":"v2"},{"version":"v2alpha1"}]}]}`
)

// groupWords are the groups and their versions: cilium.io v2 v2alpha1.
func groupWords(items []Item) []string {
	out := []string{}
	for _, item := range items {
		g := item.Object.(*APIGroup)
		out = append(out, strings.Join(append([]string{g.Name}, g.Versions...), " "))
	}
	return out
}

func TestLiveGroups(t *testing.T) {
	for name, body := range map[string]string{"plain": plainGroups, "aggregated": aggregatedGroups} {
		asked := 0
		l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			answers{"/apis": says(200, body)}.ServeHTTP(w, r)
		}), 0)
		got := readOne(t, l, Query{Resource: APIGroups, Namespace: "ignored"})
		if diff := cmp.Diff([]string{"apps v1", "cilium.io v2 v2alpha1"}, groupWords(got.Items)); diff != "" || got.Unread != nil || asked != 1 {
			t.Errorf("%s: %s %+v, %d requests", name, diff, got.Unread, asked)
		}
		if raw := string(got.Items[1].Raw); raw != `{"apiVersion":"v1","kind":"APIGroup","metadata":{"name":"cilium.io"},"versions":["v2","v2alpha1"]}` {
			t.Errorf("%s: %s", name, raw)
		}
		one := readOne(t, l, Query{Resource: APIGroups, Name: "cilium.io"})
		none := readOne(t, l, Query{Resource: APIGroups, Name: "crd.antrea.io"})
		if len(one.Items) != 1 || one.Unread != nil || len(none.Items) != 0 || none.Unread != nil {
			t.Errorf("%s, by name: %+v %+v", name, one, none)
		}
		if diff := cmp.Diff([]string{"apps", "cilium.io"}, l.Names(t.Context(), APIGroups, "")); diff != "" {
			t.Errorf("%s, names: %s", name, diff)
		}
	}
}

func TestLiveGroupsUnread(t *testing.T) {
	for name, tt := range map[string]struct {
		code  int
		body  string
		query Query
		want  Unread
	}{
		"forbidden": {
			403, `{"kind":"Status","code":403,"message":"forbidden: User \"jane\" cannot get path \"/apis\""}`,
			Query{},
			Unread{Resource: "apigroups", Reason: Forbidden, Message: `SERVER: forbidden: User "jane" cannot get path "/apis"`},
		},
		"not a Kubernetes API server": {404, "", Query{Name: "x"}, Unread{Resource: "apigroups", Name: "x", Reason: Failed, Message: "SERVER has no apigroups: it does not look like a Kubernetes API server"}},
		"something else":              {200, `{"kind":"PodList"}`, Query{}, Unread{Resource: "apigroups", Reason: Failed, Message: "SERVER answered /apis with something else than a list of groups"}},
		"not JSON":                    {200, "<html>", Query{}, Unread{Resource: "apigroups", Reason: Failed, Message: "SERVER answered /apis with something else than a list of groups"}},
		"a bad selector":              {200, plainGroups, Query{Labels: "a=="}, Unread{}},
		"a field that selects nothing": {200, plainGroups, Query{Fields: "spec.x=1"}, Unread{
			Resource: "apigroups", Reason: Failed, Message: `field selector "spec.x=1": apigroups cannot be selected by spec.x`,
		}},
	} {
		l, url := serve(t, says(tt.code, tt.body), 0)
		tt.query.Resource = APIGroups
		got := readOne(t, l, tt.query)
		if name == "a bad selector" {
			if got.Unread != nil || len(got.Items) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if got.Unread == nil || len(got.Items) != 0 {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		got.Unread.Message = strings.ReplaceAll(got.Unread.Message, url, "SERVER")
		if diff := cmp.Diff(tt.want, *got.Unread); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if names := l.Names(t.Context(), APIGroups, ""); names != nil && tt.code != 200 {
			t.Errorf("%s: names %q", name, names)
		}
	}
}

func TestFilesGroups(t *testing.T) {
	crd := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: crd.antrea.io, versions: [{name: v1beta1, served: true}, {name: v1alpha1, served: false}]}\n"
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"the core group is none":        {pod, []string{}},
		"of what is read and skipped":   {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\napiVersion: example.org/v1\nkind: Thing\n---\napiVersion: example.org/v2\nkind: Thing\n", []string{"apps v1", "example.org v1 v2"}},
		"of an empty list":              {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicyList\nitems: []\n---\n" + pod, []string{"cilium.io v2"}},
		"of a definition":               {crd, []string{"apiextensions.k8s.io v1", "crd.antrea.io v1beta1"}},
		"of a definition that is wrong": {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: 1}\n", []string{"apiextensions.k8s.io v1"}},
		"declared":                      {"apiVersion: v1\nkind: APIGroup\nmetadata: {name: cilium.io}\nversions: [v2]\n---\napiVersion: cilium.io/v1\nkind: Old\n", []string{"cilium.io v2"}},
		"the doctor's own":              {"apiVersion: authz-doctor.dev/v1alpha1\nkind: TrafficTest\nmetadata: {name: t}\n", []string{}},
	} {
		f := mustLoad(t, tt.text)
		got := f.Read(t.Context(), []Query{{Resource: APIGroups}})[0]
		if diff := cmp.Diff(tt.want, groupWords(got.Items)); diff != "" || got.Unread != nil {
			t.Errorf("%s: %s %+v", name, diff, got.Unread)
		}
	}
}

// What a snapshot saw of groups comes back from it, and what it did not see is not
// made up from the objects that it holds.
func TestSavedGroups(t *testing.T) {
	f := mustLoad(t, "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: foo}\nspec: {endpointSelector: {}}\n")
	policies, groups := Query{Resource: CiliumNetworkPolicies, Namespace: "foo"}, Query{Resource: APIGroups}
	var s *Snapshot
	first, second := rewrite(t, s.Plus("here", f.Read(t.Context(), []Query{policies, groups})))
	if first != second || !strings.Contains(first, "kind: APIGroup\n") {
		t.Errorf("%s\n%s", first, second)
	}
	back := mustLoad(t, first+"---\napiVersion: cilium.io/v3\nkind: More\n---\napiVersion: apps/v1\nkind: More\n")
	if diff := cmp.Diff([]string{"apps v1", "cilium.io v2 v3"}, groupWords(back.Read(t.Context(), []Query{groups})[0].Items)); diff != "" {
		t.Error(diff)
	}
	without, _ := rewrite(t, s.Plus("here", f.Read(t.Context(), []Query{policies})))
	if got := mustLoad(t, without).Read(t.Context(), []Query{groups})[0]; got.Unread == nil || got.Unread.Reason != NotInSnapshot || len(got.Items) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestAPIGroupCopies(t *testing.T) {
	g := groupItem("a", []string{"v1"}).Object.(*APIGroup)
	c := g.DeepCopyObject().(*APIGroup)
	if diff := cmp.Diff(g, c); diff != "" {
		t.Error(diff)
	}
	if c.Versions[0] = "v2"; g.Versions[0] != "v1" {
		t.Error("shares its versions")
	}
}
