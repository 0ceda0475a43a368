package cluster

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pagesOf serves two pages of a list; with expire the second one is gone, and the whole
// list is had without a limit.
func pagesOf(expire *bool, accepts *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*accepts = append(*accepts, r.Header.Get("Accept"))
		switch query := r.URL.Query(); {
		case query.Get("limit") == "":
			says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}`)(w, r)
		case query.Get("continue") == "":
			says(200, `{"kind":"List","apiVersion":"v1","metadata":{"continue":"next"},"items":[{"metadata":{"name":"a","labels":{"app":"x"}},"spec":{"ports":[{"port":80}]}}]}`)(w, r)
		case *expire:
			says(410, gone)(w, r)
		default:
			says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"b"}}]}`)(w, r)
		}
	}
}

func TestPages(t *testing.T) {
	expire, accepts := false, []string{}
	l, _ := serve(t, pagesOf(&expire, &accepts), 0)
	pager := l.(Pager)
	for _, want := range []string{"a | b", "a | a b"} {
		var whole, heads []string
		u := pager.Pages(t.Context(), Query{Resource: Services}, func(items []Item) {
			names := ""
			for _, item := range items {
				names += " " + item.Object.(*corev1.Service).Name
			}
			whole = append(whole, strings.TrimSpace(names))
		})
		v := pager.Heads(t.Context(), Query{Resource: Pods}, func(page []metav1.ObjectMeta) {
			names := ""
			for _, head := range page {
				names += " " + head.Name
			}
			heads = append(heads, strings.TrimSpace(names))
		})
		if u != nil || v != nil {
			t.Fatal(u, v)
		}
		if diff := cmp.Diff([]string{want, want}, []string{strings.Join(whole, " | "), strings.Join(heads, " | ")}); diff != "" {
			t.Error(diff)
		}
		expire = true
	}
	if accepts[0] != acceptJSON || accepts[2] != acceptNames {
		t.Errorf("asked for %q", accepts)
	}
}

// A page is handed out before the next one is asked for.
func TestPagesAtOnce(t *testing.T) {
	first := make(chan struct{})
	l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			says(200, `{"kind":"List","apiVersion":"v1","metadata":{"continue":"next"},"items":[{"metadata":{"name":"a"}}]}`)(w, r)
			return
		}
		<-first
		says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"b"}}]}`)(w, r)
	}), 0)
	pages := 0
	u := l.(Pager).Heads(t.Context(), Query{Resource: Pods}, func([]metav1.ObjectMeta) {
		if pages++; pages == 1 {
			close(first)
		}
	})
	if pages != 2 || u != nil {
		t.Errorf("%d pages, %v", pages, u)
	}
}

func TestPagesUnread(t *testing.T) {
	for name, tt := range map[string]struct {
		code int
		body string
		want string
	}{
		"forbidden":      {403, forbidden, `SERVER: User "jane" cannot list resource "authorizationpolicies" in the namespace "foo"`},
		"not JSON":       {200, "<html>", "SERVER answered something else than JSON"},
		"not understood": {200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"x"},"spec":{"ports":7}}]}`, "Service x: spec.ports: wants a list, got the number 7"},
	} {
		t.Run(name, func(t *testing.T) {
			l, url := serve(t, says(tt.code, tt.body), 0)
			u := l.(Pager).Pages(t.Context(), Query{Resource: Services}, func([]Item) {})
			if u == nil {
				t.Fatal("no Unread")
			}
			if got := strings.ReplaceAll(u.Message, url, "SERVER"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
