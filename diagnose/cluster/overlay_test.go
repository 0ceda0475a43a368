package cluster

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const overlaid = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {app: b}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: z, labels: {app: a}}
`

func overlayBase(t *testing.T) *Files {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pods.yaml")
	if err := os.WriteFile(file, []byte(overlaid), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFiles([]string{file}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func podJSON(namespace, name, app string) json.RawMessage {
	return json.RawMessage(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `","namespace":"` + namespace + `","labels":{"app":"` + app + `"}}}`)
}

// TestOverlay: changed, created and deleted objects are where a server would show them.
func TestOverlay(t *testing.T) {
	o, err := NewOverlay(overlayBase(t), []Edit{
		{Pods, "x", "b", podJSON("x", "b", "wrong")}, // overruled below
		{Pods, "x", "b", podJSON("x", "b", "a")},
		{Pods, "z", "a", nil},
		{Pods, "x", "c", podJSON("x", "c", "c")},
		{Pods, "x", "none", nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		q    Query
		want string
	}{
		{Query{Resource: Pods}, "x/a=a x/b=a x/c=c"},
		{Query{Resource: Pods, Namespace: "x"}, "x/a=a x/b=a x/c=c"},
		{Query{Resource: Pods, Namespace: "z"}, ""},
		{Query{Resource: Pods, Namespace: "x", Labels: "app=a"}, "x/a=a x/b=a"},
		{Query{Resource: Pods, Namespace: "x", Labels: "app=b"}, ""},
		{Query{Resource: Pods, Namespace: "x", Name: "c"}, "x/c=c"},
		{Query{Resource: Pods, Namespace: "z", Name: "a"}, ""},
		{Query{Resource: Services, Namespace: "x"}, ""},
		{Query{Resource: Pods, Labels: "app in ("}, ""},
	}
	for _, tt := range tests {
		var got []string
		for _, item := range o.Read(t.Context(), []Query{tt.q})[0].Items {
			got = append(got, item.Object.GetNamespace()+"/"+item.Object.GetName()+"="+item.Object.GetLabels()["app"])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%+v:\n%s", tt.q, diff)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, o.Names(t.Context(), Pods, "x")); diff != "" {
		t.Error(diff)
	}
	if o.Live() || !o.Whole() || o.Origin() == "" {
		t.Error(o.Live(), o.Whole(), o.Origin())
	}
}

// TestOverlayUnread: what is written by name is there, though nothing else can be read.
func TestOverlayUnread(t *testing.T) {
	o, err := NewOverlay(counted{}, []Edit{{Pods, "x", "a", podJSON("x", "a", "a")}})
	if err != nil {
		t.Fatal(err)
	}
	got := o.Read(t.Context(), []Query{{Resource: Pods, Namespace: "x", Name: "a"}, {Resource: Pods, Namespace: "x"}})
	if got[0].Unread != nil || len(got[0].Items) != 1 {
		t.Errorf("by name: %+v", got[0])
	}
	if got[1].Unread == nil || len(got[1].Items) != 1 {
		t.Errorf("the list: %+v", got[1])
	}
	if o.Whole() {
		t.Error("a server is not whole")
	}
}

func TestOverlayRefuses(t *testing.T) {
	for _, raw := range []string{`{"metadata":{"name":7}}`, `[]`, `{`} {
		if _, err := NewOverlay(overlayBase(t), []Edit{{Pods, "x", "a", json.RawMessage(raw)}}); err == nil {
			t.Errorf("%s is taken for a Pod", raw)
		}
	}
}

// counted is a server that permits nothing, and counts.
type counted struct{ asked *int }

func (c counted) Read(_ context.Context, queries []Query) []Result {
	out := make([]Result, len(queries))
	for i, q := range queries {
		if c.asked != nil {
			*c.asked++
		}
		out[i] = Result{Query: q, Unread: q.unread(Forbidden, "no")}
	}
	return out
}

func (counted) Names(context.Context, Resource, string) []string { return nil }
func (counted) Origin() string                                   { return "a server" }
func (counted) Live() bool                                       { return true }

// TestCache: each query is asked once, a query that was broken off is asked again.
func TestCache(t *testing.T) {
	asked := 0
	c := NewCache(counted{&asked})
	one, two := Query{Resource: Pods, Namespace: "x"}, Query{Resource: Services, Namespace: "x"}
	broken, cancel := context.WithCancel(t.Context())
	cancel()
	c.Read(broken, []Query{one})
	c.Read(t.Context(), []Query{one, two})
	got := c.Read(t.Context(), []Query{two, one, one})
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
	for i, q := range []Query{two, one, one} {
		if got[i].Query != q || got[i].Unread == nil {
			t.Errorf("%d: %+v", i, got[i])
		}
	}
	if c.Whole() || !c.Live() || c.Origin() != "a server" || c.Names(t.Context(), Pods, "x") != nil {
		t.Error("not what the base says")
	}
	if !NewCache(overlayBase(t)).Whole() {
		t.Error("files are whole")
	}
}

// tally counts what is asked of a reader.
type tally struct {
	Reader
	asked *int
}

func (r tally) Read(ctx context.Context, queries []Query) []Result {
	*r.asked += len(queries)
	return r.Reader.Read(ctx, queries)
}

// TestCacheOfLists: what a list shows that was read is not asked for.
func TestCacheOfLists(t *testing.T) {
	asked := 0
	c := NewCache(tally{overlayBase(t), &asked})
	c.Read(t.Context(), []Query{{Resource: Pods}})
	for q, want := range map[Query]int{
		{Resource: Pods, Namespace: "x"}:                  2,
		{Resource: Pods, Namespace: "x", Labels: "app=b"}: 1,
		{Resource: Pods, Namespace: "z", Name: "a"}:       1,
		{Resource: Pods, Namespace: "z", Name: "b"}:       0,
	} {
		if got := c.Read(t.Context(), []Query{q})[0]; len(got.Items) != want || got.Query != q {
			t.Errorf("%+v: %d items, want %d", q, len(got.Items), want)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// TestOverlayNames: objects of several kinds have one name.
func TestOverlayNames(t *testing.T) {
	files, err := ReadFiles([]string{"-"}, strings.NewReader(`
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {version: old}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {version: old}}
---
apiVersion: v1
kind: Service
metadata: {name: gone, namespace: shop}
`), "default")
	if err != nil {
		t.Fatal(err)
	}
	object := func(kind, name string) json.RawMessage {
		return json.RawMessage(`{"apiVersion":"v1","kind":"` + kind + `","metadata":{"name":"` + name + `","namespace":"shop","labels":{"version":"new"}}}`)
	}
	o, err := NewOverlay(NewCache(files), []Edit{
		{Resource: Services, Namespace: "shop", Name: "gone"},
		{Resource: Services, Namespace: "shop", Name: "web", After: object("Service", "other")}, // the latter counts
		{Resource: Services, Namespace: "shop", Name: "web", After: object("Service", "web")},
		{Resource: Pods, Namespace: "shop", Name: "web", After: object("Pod", "web")},
		{Resource: ConfigMaps, Namespace: "shop", Name: "web", After: object("ConfigMap", "web")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range o.Read(t.Context(), []Query{
		{Resource: Pods, Namespace: "shop"}, {Resource: Services, Namespace: "shop"}, {Resource: ConfigMaps, Namespace: "shop", Name: "web"}, {Resource: Pods, Namespace: "other"},
	}) {
		for _, item := range r.Items {
			got = append(got, item.Resource.Kind+" "+item.Object.GetName()+" "+item.Object.GetLabels()["version"])
		}
	}
	if diff := cmp.Diff([]string{"Pod web new", "Service web new", "ConfigMap web new"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := NewOverlay(files, []Edit{{Resource: Pods, Name: "x", After: json.RawMessage(`{"spec":1}`)}}); err == nil {
		t.Error("what is no Pod is taken for one")
	}
}
