package cluster

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

func TestPolicyResources(t *testing.T) {
	for words, want := range map[string][2][]Resource{
		"":                                  {},
		"apps v1":                           {},
		"cilium.io":                         {nil, {CiliumNetworkPolicies, CiliumClusterwideNetworkPolicies}},
		"cilium.io v3":                      {},
		"crd.projectcalico.org v1":          {nil, {CalicoStoredNetworkPolicies, CalicoStoredGlobalNetworkPolicies}},
		"crd.antrea.io v1alpha1":            {nil, {AntreaNetworkPolicies, AntreaClusterNetworkPolicies}},
		"networking.gke.io v1":              {},
		"policy.networking.k8s.io":          {{AdminNetworkPolicies, BaselineAdminNetworkPolicies, ClusterNetworkPolicies}, nil},
		"policy.networking.k8s.io v1alpha1": {{AdminNetworkPolicies, BaselineAdminNetworkPolicies}, nil},
		"policy.networking.k8s.io v1beta1":  {{ClusterNetworkPolicies}, nil},
		"projectcalico.org v3,crd.projectcalico.org v1":         {nil, {CalicoNetworkPolicies, CalicoGlobalNetworkPolicies}},
		"networking.k8s.aws v1alpha1,k8s.ovn.org v1":            {nil, {EgressFirewalls, AWSApplicationPolicies, AWSClusterNetworkPolicies}},
		"network.openshift.io v1,networking.gke.io v1alpha1 v1": {nil, {EgressNetworkPolicies, FQDNNetworkPolicies}},
	} {
		var groups []*APIGroup
		for _, g := range strings.Split(words, ",") {
			name := strings.Fields(g)
			if len(name) > 0 {
				groups = append(groups, &APIGroup{ObjectMeta: metav1.ObjectMeta{Name: name[0]}, Versions: name[1:]})
			}
		}
		admin, foreign := PolicyResources(groups)
		if diff := cmp.Diff(want, [2][]Resource{admin, foreign}); diff != "" {
			t.Errorf("%s: %s", words, diff)
		}
	}
}

// Policies without a type come from everywhere, whole.
func TestForeignPolicies(t *testing.T) {
	const text = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: foo}
spec: {endpointSelector: {matchLabels: {app: a}}, ingress: [{fromPorts: [{num: 1, f: 1.5}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: c}
specs: [{endpointSelector: {}}]
---
apiVersion: crd.antrea.io/v1alpha1
kind: ClusterNetworkPolicy
metadata: {name: c}
---
apiVersion: crd.antrea.io/v1beta1
kind: NetworkPolicy
metadata: {name: c, namespace: bar}
`
	f := mustLoad(t, text)
	if len(f.Skipped()) > 0 || len(f.Unknown()) > 0 {
		t.Errorf("skipped %v, unknown %v", f.Skipped(), f.Unknown())
	}
	queries := []Query{{Resource: CiliumNetworkPolicies}, {Resource: CiliumClusterwideNetworkPolicies}, {Resource: AntreaNetworkPolicies}, {Resource: AntreaClusterNetworkPolicies}}
	var s *Snapshot
	s = s.Plus("", f.Read(t.Context(), queries))
	first, second := rewrite(t, s)
	if first != second {
		t.Errorf("%s\n%s", first, second)
	}
	if got := len(s.Objects(CiliumNetworkPolicies, "foo")) + len(s.Objects(AntreaNetworkPolicies, "")) + len(s.Objects(AntreaClusterNetworkPolicies, "foo")); got != 3 {
		t.Errorf("%d objects", got)
	}
	var none *Snapshot
	if len(s.Objects(CiliumNetworkPolicies, "bar"))+len(none.Objects(CiliumNetworkPolicies, ""))+len(List[*unstructured.Unstructured](s, "")) > 0 {
		t.Error("objects of another namespace, of no snapshot, or of no resource")
	}
	l, _ := serve(t, answers{"/apis/cilium.io/v2/namespaces/foo/ciliumnetworkpolicies": says(200, `{"kind":"List","apiVersion":"v1","items":[
		{"metadata":{"name":"c","namespace":"foo"},"spec":{"endpointSelector":{"matchLabels":{"app":"a"}},"ingress":[{"fromPorts":[{"num":1,"f":1.5}]}]}}]}`)}, 0)
	live := readOne(t, l, Query{Resource: CiliumNetworkPolicies, Namespace: "foo"})
	if live.Unread != nil || len(live.Items) != 1 {
		t.Fatalf("%+v", live)
	}
	if diff := cmp.Diff(s.Objects(CiliumNetworkPolicies, "foo")[0], live.Items[0].Object); diff != "" {
		t.Error(diff)
	}
}

func TestLiveAdminPolicies(t *testing.T) {
	asked := map[string]int{}
	a := answers{
		"/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies": says(200, `{"kind":"List","apiVersion":"v1","items":[
			{"metadata":{"name":"new"},"spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{"matchLabels":{"a":"b"}}}]}]}},
			{"metadata":{"name":"old"},"spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{"namespaceSelector":{}}}]}]}}]}`),
		"/apis/policy.networking.k8s.io/v1beta1/clusternetworkpolicies": says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"c"},"spec":{"tier":"Admin"}}]}`),
	}
	l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		a.ServeHTTP(w, r)
	}), 0)
	got := readOne(t, l, Query{Resource: AdminNetworkPolicies})
	if got.Unread == nil || got.Unread.Reason != Failed || !strings.HasPrefix(got.Unread.Message, "AdminNetworkPolicy old: spec.ingress[0].from[0].namespaces.namespaceSelector: unknown field") {
		t.Errorf("%+v", got.Unread)
	}
	if p, ok := got.Items[0].Object.(*policyv1alpha1.AdminNetworkPolicy); !ok || len(got.Items) != 1 || p.Spec.Ingress[0].Action != "Deny" {
		t.Errorf("%+v", got.Items)
	}
	for range 2 {
		got = readOne(t, l, Query{Resource: ClusterNetworkPolicies})
		if p, ok := got.Items[0].Object.(*policyv1alpha2.ClusterNetworkPolicy); !ok || got.Unread != nil || p.Spec.Tier != "Admin" || p.APIVersion != "policy.networking.k8s.io/v1alpha2" {
			t.Errorf("%+v", got)
		}
	}
	if asked["/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies"] != 1 {
		t.Errorf("%v", asked)
	}
	if got = readOne(t, l, Query{Resource: AntreaNetworkPolicies}); got.Unread == nil || got.Unread.Reason != NotInstalled || asked["/apis/crd.antrea.io/v1alpha1/networkpolicies"] != 1 {
		t.Errorf("%+v %v", got, asked)
	}
}
