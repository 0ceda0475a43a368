package cluster

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// widgets are of a platform, in three versions.
var widgets = ExtraKind{
	Resource: Resource{Group: "shop.example.com", Version: "v2", Plural: "widgets", Kind: "Widget", Namespaced: true},
	Older:    []string{"v2alpha1", "v1beta1"},
}

// serving is a server that has widgets in some versions, and writes down the paths.
type serving struct {
	versions []string
	groups   string // what it answers /apis with; empty: nothing
	mu       sync.Mutex
	paths    []string
}

func (s *serving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, r.URL.Path)
	if r.URL.Path == "/apis" && s.groups != "" {
		says(200, s.groups)(w, r)
		return
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/apis/shop.example.com/"), "/")
	if slices.Contains(s.versions, version) {
		says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"w","namespace":"foo"}}]}`)(w, r)
		return
	}
	says(404, noSuchResource)(w, r)
}

// TestLiveVersions reads what a server has in other versions than the first: it is asked in
// turn, or at once in the right one where its groups are known.
func TestLiveVersions(t *testing.T) {
	addForTest(t, widgets)
	groups := func(versions ...string) string {
		return `{"kind":"APIGroupList","groups":[{"name":"shop.example.com","versions":[{"version":"` + strings.Join(versions, `"},{"version":"`) + `"}]}]}`
	}
	path := func(versions ...string) (out []string) {
		for _, v := range versions {
			out = append(out, "/apis/shop.example.com/"+v+"/namespaces/foo/widgets")
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		served []string
		groups string
		want   []string // the paths of two reads
	}{
		{"the first", []string{"v1beta1", "v2", "v2alpha1"}, "", path("v2", "v2")},
		{"the second", []string{"v1beta1", "v2alpha1"}, "", path("v2", "v2alpha1", "v2alpha1")},
		{"the last", []string{"v1beta1"}, "", path("v2", "v2alpha1", "v1beta1", "v1beta1")},
		{"the last, and it says so", []string{"v1beta1"}, groups("v1alpha1", "v1beta1"), path("v1beta1", "v1beta1")},
		{"of the group another kind only", []string{"v1beta1"}, groups("v2", "v1beta1"), path("v2", "v1beta1", "v1beta1")},
		{"none", nil, groups("v3"), path("v2", "v2")},
		{"none, and it does not say", nil, "", path("v2", "v2alpha1", "v1beta1", "v2", "v2alpha1", "v1beta1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &serving{versions: tt.served, groups: tt.groups}
			l, _ := serve(t, s, 0)
			if tt.groups != "" {
				readOne(t, l, Query{Resource: APIGroups})
				s.paths = nil
			}
			for range 2 {
				got := readOne(t, l, Query{Resource: widgets.Resource, Namespace: "foo"})
				if installed := got.Unread == nil && len(got.Items) == 1; installed != (len(tt.served) > 0) {
					t.Errorf("%+v", got)
				}
				if got.Unread != nil && got.Unread.Reason != NotInstalled {
					t.Errorf("%+v", got.Unread)
				}
			}
			if diff := cmp.Diff(tt.want, s.paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLiveVersionGoes: a server that stops to serve a version is asked for another.
func TestLiveVersionGoes(t *testing.T) {
	addForTest(t, widgets)
	s := &serving{versions: []string{"v1beta1"}}
	l, _ := serve(t, s, 0)
	for _, served := range []string{"v1beta1", "v2", "v2alpha1"} {
		s.mu.Lock()
		s.versions = []string{served}
		s.mu.Unlock()
		got := readOne(t, l, Query{Resource: widgets.Resource, Namespace: "foo"})
		if got.Unread != nil || len(got.Items) != 1 || !strings.Contains(string(got.Items[0].Raw), "shop.example.com/"+served) {
			t.Errorf("%s: %+v", served, got)
		}
	}
}

// addForTest adds a kind until the test ends.
func addForTest(t *testing.T, k ExtraKind) {
	t.Helper()
	before := slices.Clone(kinds)
	AddKinds(k)
	t.Cleanup(func() {
		kinds = before
		delete(byResource, k.Resource)
		delete(byName, k.Resource.String())
	})
}
