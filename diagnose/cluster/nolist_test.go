package cluster

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNoList makes sure that what is no list of what was asked for is not taken for an
// empty one: nothing would be denied by policies that are not there.
func TestNoList(t *testing.T) {
	for name, body := range map[string]string{
		"an empty object":         `{}`,
		"null":                    `null`,
		"nothing":                 ``,
		"a text":                  `"ok"`,
		"a list of another group": `{"kind":"PodList","apiVersion":"v1","items":[]}`,
		"an object":               `{"kind":"AuthorizationPolicy","apiVersion":"security.istio.io/v1","metadata":{"name":"a"}}`,
		"an error":                `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no"}`,
		"items alone":             `{"items":[]}`,
		"half a list":             `{"kind":"AuthorizationPolicyList","apiVersion":"security.istio.io/v1","items":[{"meta`,
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := serve(t, says(200, body), time.Second)
			for _, q := range []Query{{Resource: AuthorizationPolicies}, {Resource: AuthorizationPolicies, Namespace: "foo", Name: "b"}} {
				r := l.Read(t.Context(), []Query{q})[0]
				if r.Unread == nil || r.Unread.Reason != Failed || len(r.Items) > 0 || !strings.Contains(r.Unread.Message, "answered something else than ") {
					t.Errorf("%+v: %v, %+v", q, r.Items, r.Unread)
				}
			}
			pager := l.(Pager)
			if u := pager.Pages(t.Context(), Query{Resource: AuthorizationPolicies}, func(items []Item) { t.Errorf("a page: %v", items) }); u == nil {
				t.Error("pages: no error")
			}
			if names := l.Names(t.Context(), AuthorizationPolicies, "foo"); names != nil {
				t.Errorf("names: %v", names)
			}
		})
	}
}

// TestSamePage makes sure that a list ends whose next page is always the same.
func TestSamePage(t *testing.T) {
	l, _ := serve(t, says(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"again"},"items":[]}`), time.Second)
	r := l.Read(t.Context(), []Query{{Resource: Pods}})[0]
	if r.Unread == nil || !strings.Contains(r.Unread.Message, "the same page of the list again and again") {
		t.Errorf("%+v", r.Unread)
	}
}

// TestBusy makes sure that a server which is busy for long is not waited for.
func TestBusy(t *testing.T) {
	for _, after := range []string{"3600", "-1", "Wed, 21 Oct 2099 07:28:00 GMT", "NaN", "1e300"} {
		l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":429,"message":"too many requests"}`)
		}), time.Second)
		r := l.Read(t.Context(), []Query{{Resource: Pods}})[0]
		if r.Unread == nil || r.Unread.Reason != Failed || !strings.Contains(r.Unread.Message, "too many requests") {
			t.Errorf("%s: %+v", after, r.Unread)
		}
	}
}
