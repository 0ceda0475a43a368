package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingistio "istio.io/client-go/pkg/apis/networking/v1"
	securityistio "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func named(namespace, name string, labels map[string]string) Item {
	o := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}}
	return Item{Resource: Pods, Object: o}
}

func names[T Object](objects []T) []string {
	out := []string{}
	for _, o := range objects {
		out = append(out, o.GetNamespace()+"/"+o.GetName())
	}
	return out
}

func TestSnapshotNil(t *testing.T) {
	var s *Snapshot
	if _, ok := Get[*corev1.Pod](s, "a", "b"); ok {
		t.Error("has a Pod")
	}
	if _, ok := s.Missing(Pods, "a", ""); ok || s.Asked(Query{Resource: Pods}) {
		t.Error("was asked")
	}
	if len(List[*corev1.Pod](s, ""))+len(s.Items())+len(s.Unread())+len(s.Queries())+len(s.Origin()) > 0 {
		t.Error("is not empty")
	}
	first, second := rewrite(t, s)
	if first != second || !strings.HasSuffix(first, "origin: \"\"\nqueries: []\nunread: []\nitems: []\n") {
		t.Errorf("%s\n%s", first, second)
	}
}

func TestSnapshotPlus(t *testing.T) {
	var none *Snapshot
	list := Query{Resource: Pods, Namespace: "foo"}
	one := none.Plus("here", []Result{
		{Query: list, Items: []Item{named("foo", "b", nil), named("foo", "a", nil), named("foo", "a", map[string]string{"last": "yes"})}},
		{Query: Query{Resource: Pods, Namespace: "bar", Name: "z"}, Items: []Item{named("bar", "z", nil)}},
	})
	if diff := cmp.Diff([]string{"bar/z", "foo/a", "foo/b"}, names(List[*corev1.Pod](one, ""))); diff != "" {
		t.Error(diff)
	}
	if pod, ok := Get[*corev1.Pod](one, "foo", "a"); !ok || pod.Labels["last"] != "yes" {
		t.Error("the last of a name does not count")
	}
	two := one.Plus("there", []Result{
		{Query: list, Items: []Item{named("foo", "b", map[string]string{"new": "yes"})}},
		{Query: Query{Resource: Pods, Namespace: "bar"}, Unread: &Unread{Resource: "pods", Namespace: "bar", Reason: Forbidden}},
	})
	if diff := cmp.Diff([]string{"bar/z", "foo/b"}, names(List[*corev1.Pod](two, ""))); diff != "" {
		t.Error("an answer does not replace what it no longer shows: " + diff)
	}
	if diff := cmp.Diff([]string{"foo/a", "foo/b"}, names(List[*corev1.Pod](one, "foo"))); diff != "" {
		t.Error("the former snapshot changed: " + diff)
	}
	gone := two.Plus("there", []Result{{Query: Query{Resource: Pods, Namespace: "foo", Name: "b"}}})
	if _, ok := Get[*corev1.Pod](gone, "foo", "b"); ok {
		t.Error("a named object that does not exist is still held")
	}
	if got := gone.Origin(); got != "here and there" {
		t.Error(got)
	}
}

func TestSnapshotMissing(t *testing.T) {
	forbidden := func(q Query) Result { return Result{Query: q, Unread: q.normal().unread(Forbidden, "no")} }
	var s *Snapshot
	s = s.Plus("", []Result{
		{Query: Query{Resource: Pods, Namespace: "foo"}},
		forbidden(Query{Resource: Pods, Namespace: "bar"}),
		forbidden(Query{Resource: Pods, Namespace: "part", Labels: "app=a"}),
		forbidden(Query{Resource: Pods, Namespace: "held", Labels: "app=a"}),
		{Query: Query{Resource: Pods, Namespace: "held", Name: "x"}, Items: []Item{named("held", "x", nil)}},
		forbidden(Query{Resource: ConfigMaps, Namespace: "istio-system", Name: "istio"}),
		forbidden(Query{Resource: Services}),
		{Query: Query{Resource: Services, Namespace: "foo"}},
		forbidden(Query{Resource: Namespaces, Namespace: "ignored", Name: "foo"}),
	})
	for _, tt := range []struct {
		r               Resource
		namespace, name string
		want            bool
	}{
		{Pods, "foo", "", false},
		{Pods, "foo", "x", false},
		{Pods, "bar", "", true},
		{Pods, "bar", "x", true},
		{Pods, "", "", true},
		{Pods, "part", "", true},
		{Pods, "held", "x", false},
		{Pods, "held", "y", true},
		{Pods, "never asked", "", false},
		{ConfigMaps, "istio-system", "istio", true},
		{ConfigMaps, "istio-system", "other", false},
		{ConfigMaps, "istio-system", "", false},
		{Services, "bar", "x", true},
		{Services, "foo", "x", false},
		{Namespaces, "", "foo", true},
		{Namespaces, "", "bar", false},
	} {
		unread, got := s.Missing(tt.r, tt.namespace, tt.name)
		if got != tt.want || got && unread.Reason != Forbidden {
			t.Errorf("%s %s/%s: got %v", tt.r, tt.namespace, tt.name, got)
		}
	}
	for q, want := range map[Query]bool{
		{Resource: Pods, Namespace: "foo", Labels: "a=b"}:           true,
		{Resource: Pods, Namespace: "bar"}:                          true,
		{Resource: Pods, Namespace: "bar", Name: "x"}:               false,
		{Resource: Namespaces, Namespace: "whatever", Name: "foo"}:  true,
		{Resource: Services, Namespace: "bar"}:                      false,
		{Resource: ConfigMaps, Namespace: "istio-system", Name: ""}: false,
	} {
		if got := s.Asked(q); got != want {
			t.Errorf("asked %+v: got %v", q, got)
		}
	}
	want := []Unread{
		{Resource: "configmaps", Namespace: "istio-system", Name: "istio", Reason: Forbidden, Message: "no"},
		{Resource: "namespaces", Name: "foo", Reason: Forbidden, Message: "no"},
		{Resource: "pods", Namespace: "bar", Reason: Forbidden, Message: "no"},
		{Resource: "pods", Namespace: "held", Reason: Forbidden, Message: "no"},
		{Resource: "pods", Namespace: "part", Reason: Forbidden, Message: "no"},
		{Resource: "services", Reason: Forbidden, Message: "no"},
	}
	if diff := cmp.Diff(want, s.Unread()); diff != "" {
		t.Error(diff)
	}
}

// Kinds of the same name are told apart by their type.
func TestGateways(t *testing.T) {
	f := mustLoad(t, `
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: istio}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: api}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: class, namespace: none}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p}}
`)
	var s *Snapshot
	s = s.Plus(f.Origin(), f.Read(t.Context(), []Query{{Resource: IstioGateways}, {Resource: Gateways}, {Resource: GatewayClasses}, {Resource: AuthorizationPolicies}}))
	if diff := cmp.Diff([]string{"default/istio"}, names(List[*networkingistio.Gateway](s, ""))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"default/api"}, names(List[*gatewayv1.Gateway](s, "default"))); diff != "" {
		t.Error(diff)
	}
	if _, ok := Get[*gatewayv1.GatewayClass](s, "whatever", "class"); !ok {
		t.Error("no class")
	}
	if _, ok := Get[*securityistio.AuthorizationPolicy](s, "default", "p"); !ok {
		t.Error("no policy")
	}
	if got := IstioGateways.String() + " " + Pods.String(); got != "gateways.networking.istio.io pods" {
		t.Error(got)
	}
}
