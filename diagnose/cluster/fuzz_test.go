package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// answering is a server that answers everything with the same, once: what follows is gone.
type answering struct {
	code int
	body []byte
	left int
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.left--; a.left < 0 {
		return nil, errors.New("it is gone")
	}
	return &http.Response{
		StatusCode: a.code, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// FuzzAnswer reads whatever a server answers: an answer that is not understood is unread, with
// a reason in one line; only a list of what was asked for can be empty.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"b"}}]}`,
		`{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"x"},"items":[]}`, `{"kind":"PodList","apiVersion":"v1","items":null}`,
		`{"kind":"AuthorizationPolicyList","apiVersion":"security.istio.io/v1","items":[{"metadata":{"name":"p"},"spec":{"action":"WHAT"}},null,1,"x"]}`,
		`{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"a","versions":[{"version":"v1"}]}]}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name"}],"rows":[{"cells":["a"]},{"cells":[]}]}`,
		`{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[{"metadata":{"name":"a"}}]}`,
		`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no\nway","reason":"NotFound","details":{"name":"a"}}`,
		`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"b"}}`, `{}`, `null`, ``, `<html>`, `[`, "\x1b[2J",
	} {
		for _, code := range []int{200, 403, 404, 410, 500} {
			f.Add([]byte(body), code)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, code int) {
		if code < 200 || code > 599 || code/100 == 3 || code == 204 {
			return
		}
		fresh := func() Reader {
			l, err := NewLive(&rest.Config{Host: "http://server", Timeout: time.Second, Transport: &answering{code, body, 1}}, "server")
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		for _, q := range []Query{{Resource: Pods, Namespace: "b"}, {Resource: AuthorizationPolicies}, {Resource: Pods, Namespace: "b", Name: "a"}, {Resource: APIGroups}} {
			r := fresh().Read(t.Context(), []Query{q})[0]
			told(t, q, r.Unread)
			var head struct{ Kind string }
			if list := q.Name == "" && q.Resource != APIGroups; r.Unread == nil && list && (json.Unmarshal(body, &head) != nil || !strings.HasSuffix(head.Kind, "List")) {
				t.Errorf("%v is answered by %q", q, body)
			}
			for _, item := range r.Items {
				if item.Resource != q.Resource || item.Object == nil || q.Name != "" && item.Object.GetName() != q.Name {
					t.Errorf("%v is answered by %v", q, item)
				}
			}
		}
		pager := fresh().(Pager)
		told(t, Query{}, pager.Pages(t.Context(), Query{Resource: Services}, func([]Item) {}))
		told(t, Query{}, fresh().(Pager).Heads(t.Context(), Query{Resource: Pods}, func([]metav1.ObjectMeta) {}))
		if names := fresh().Names(t.Context(), Pods, "b"); len(names) > maxNames {
			t.Errorf("%d names", len(names))
		}
		_, u := fresh().(Namer).AllNames(t.Context(), Query{Resource: Pods, Namespace: "b"}, 0)
		told(t, Query{}, u)
	})
}

// told checks that a reason is one line of bearable length.
func told(t *testing.T, q Query, u *Unread) {
	t.Helper()
	if u != nil && (u.Message == "" || u.Reason == "" || len(u.Message) > 1000 || strings.ContainsAny(u.Message, "\n\r")) {
		t.Errorf("%s: %q", fmt.Sprint(q), u.Message)
	}
}
