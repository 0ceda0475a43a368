package cluster

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	securityistio "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
)

const (
	forbidden = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,
		"message":"authorizationpolicies.security.istio.io is forbidden: User \"jane\" cannot list resource \"authorizationpolicies\"\n in the namespace \"foo\""}`
	noSuchPod = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,
		"message":"pods \"x\" not found","details":{"name":"x","kind":"pods"}}`
	noSuchResource = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,
		"message":"the server could not find the requested resource","details":{}}`
	gone = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"too old"}`
)

// answers is an API server: what it says to each path.
type answers map[string]http.HandlerFunc

func says(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if strings.HasPrefix(body, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		w.Header().Set("Warning", `299 - "this goes nowhere"`)
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handle, ok := a[r.URL.Path]; ok {
		handle(w, r)
		return
	}
	http.Error(w, "404 page not found", http.StatusNotFound)
}

// serve returns a reader of the server, and the server's name.
func serve(t *testing.T, a http.Handler, timeout time.Duration) (Reader, string) {
	t.Helper()
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	l, err := NewLive(&rest.Config{Host: s.URL, Timeout: timeout}, `context "test"`)
	if err != nil {
		t.Fatal(err)
	}
	return l, s.URL
}

func readOne(t *testing.T, r Reader, q Query) Result {
	t.Helper()
	results := r.Read(t.Context(), []Query{q})
	if len(results) != 1 {
		t.Fatalf("%d results", len(results))
	}
	return results[0]
}

func TestLiveUnread(t *testing.T) {
	for name, tt := range map[string]struct {
		code  int
		body  string
		query Query
		want  *Unread // the server's name is SERVER
	}{
		"forbidden": {403, forbidden, Query{Resource: AuthorizationPolicies, Namespace: "foo"}, &Unread{
			Resource: "authorizationpolicies", Group: "security.istio.io", Namespace: "foo", Reason: Forbidden,
			Message: `SERVER: User "jane" cannot list resource "authorizationpolicies" in the namespace "foo"`,
		}},
		"forbidden in plain words": {
			403, "go away",
			Query{Resource: Pods, Namespace: "foo"},
			&Unread{Resource: "pods", Namespace: "foo", Reason: Forbidden, Message: "SERVER: go away"},
		},
		"unauthorized": {
			401, `{"kind":"Status","code":401}`,
			Query{Resource: Pods, Namespace: "foo", Name: "x"},
			&Unread{Resource: "pods", Namespace: "foo", Name: "x", Reason: Unauthorized, Message: "SERVER does not accept the credentials"},
		},
		"no such object": {404, noSuchPod, Query{Resource: Pods, Namespace: "foo", Name: "x"}, nil},
		"no such resource": {404, noSuchResource, Query{Resource: Gateways, Namespace: "foo"}, &Unread{
			Resource: "gateways", Group: "gateway.networking.k8s.io", Namespace: "foo", Reason: NotInstalled,
			Message: "SERVER has no gateways.gateway.networking.k8s.io",
		}},
		"no such resource, of a named object": {404, "404 page not found\n", Query{Resource: Sidecars, Namespace: "foo", Name: "x"}, &Unread{
			Resource: "sidecars", Group: "networking.istio.io", Namespace: "foo", Name: "x", Reason: NotInstalled,
			Message: "SERVER has no sidecars.networking.istio.io",
		}},
		"not an API server": {404, "<html>", Query{Resource: Namespaces}, &Unread{
			Resource: "namespaces", Reason: Failed, Message: "SERVER has no namespaces: it does not look like a Kubernetes API server",
		}},
		"timeout of the server": {504, "", Query{Resource: Namespaces}, &Unread{Resource: "namespaces", Reason: TimedOut, Message: "SERVER: the request timed out"}},
		"broken":                {500, `{"kind":"Status","code":500,"message":"etcd is\ngone"}`, Query{Resource: Namespaces}, &Unread{Resource: "namespaces", Reason: Failed, Message: "SERVER: etcd is gone"}},
		"not JSON":              {200, "<html>", Query{Resource: Namespaces}, &Unread{Resource: "namespaces", Reason: Failed, Message: "SERVER answered something else than JSON"}},
		"a name no server has":  {403, forbidden, Query{Resource: Pods, Namespace: "foo", Name: "../../secrets"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l, url := serve(t, says(tt.code, tt.body), 0)
			got := readOne(t, l, tt.query)
			if got.Unread != nil {
				got.Unread.Message = strings.ReplaceAll(got.Unread.Message, url, "SERVER")
			}
			if diff := cmp.Diff(Result{Query: tt.query, Unread: tt.want}, got); diff != "" {
				t.Error(diff)
			}
			if names := l.Names(t.Context(), tt.query.Resource, tt.query.Namespace); names != nil {
				t.Errorf("names: %q", names)
			}
		})
	}
}

func TestLiveSilence(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := httptest.NewServer(says(200, "{}"))
	defer plain.Close()
	untrusted := httptest.NewUnstartedServer(says(200, "{}"))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hangs.Close()
	defer close(release)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"kind":"List","apiVersion":"v1","items":[`)
	}))
	defer cut.Close()

	for name, tt := range map[string]struct {
		host    string
		reason  Reason
		message string
		timeout time.Duration
	}{
		"refused":   {"http://" + closed.Addr().String(), Unreachable, "SERVER refuses the connection", 0},
		"no TLS":    {"https://" + plain.Listener.Addr().String(), Unreachable, "SERVER cannot be reached: server gave HTTP response to HTTPS client", 0},
		"untrusted": {untrusted.URL, Unreachable, "SERVER: its certificate is not trusted: certificate signed by unknown authority", 0},
		"no name":   {"http://no-such-host.invalid", Unreachable, "SERVER: the name no-such-host.invalid cannot be resolved", 0},
		"hangs":     {hangs.URL, TimedOut, "SERVER did not answer within 300ms", 300 * time.Millisecond},
		"cut":       {cut.URL, Unreachable, "SERVER closed the connection before the answer was complete", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := NewLive(&rest.Config{Host: tt.host, Timeout: tt.timeout}, "test")
			if err != nil {
				t.Fatal(err)
			}
			got := readOne(t, l, Query{Resource: Pods})
			if got.Unread == nil {
				t.Fatal("no Unread")
			}
			got.Unread.Message = strings.ReplaceAll(got.Unread.Message, tt.host, "SERVER")
			want := &Unread{Resource: "pods", Reason: tt.reason, Message: tt.message}
			if diff := cmp.Diff(want, got.Unread); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLiveEndsWithContext(t *testing.T) {
	release := make(chan struct{})
	l, url := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }), time.Minute)
	defer close(release)

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	got := l.Read(ctx, []Query{{Resource: Pods}, {Resource: Namespaces}})
	for _, r := range got {
		if r.Unread == nil || r.Unread.Message != "cancelled before "+url+" answered" {
			t.Errorf("%+v", r.Unread)
		}
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got := l.Read(ctx, []Query{{Resource: Pods}}); got[0].Unread == nil || got[0].Unread.Reason != TimedOut {
		t.Errorf("%+v", got[0].Unread)
	}
}

func TestLiveReadsLists(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	list := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, r.URL.Query().Encode())
			mu.Unlock()
			says(200, body)(w, r)
		}
	}
	l, _ := serve(t, answers{
		"/api/v1/namespaces/foo/pods": list(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[
			{"metadata":{"name":"a","namespace":"foo","managedFields":[{"manager":"kubectl"}],"labels":{"app":"<a>"}},"spec":{"later":1}}]}`),
		"/apis/security.istio.io/v1/authorizationpolicies": list(`{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"p","namespace":"foo"},"spec":{"selector":{}}}]}`),
		"/api/v1/namespaces/foo":                           list(`{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"foo"}}`),
	}, 0)
	queries := []Query{
		{Resource: Pods, Namespace: "foo", Labels: "app in (a,b)", Fields: "status.podIP=1.2.3.4"},
		{Resource: AuthorizationPolicies},
		{Resource: Namespaces, Namespace: "ignored", Name: "foo"},
	}
	got := l.Read(t.Context(), queries)
	var raws []string
	for _, r := range got {
		if r.Unread != nil || len(r.Items) != 1 {
			t.Fatalf("%+v", r)
		}
		raws = append(raws, string(r.Items[0].Raw))
	}
	want := []string{
		`{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"app":"<a>"},"name":"a","namespace":"foo"},"spec":{"later":1}}`,
		`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"p","namespace":"foo"},"spec":{"selector":{}}}`,
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"foo"}}`,
	}
	if diff := cmp.Diff(want, raws); diff != "" {
		t.Error(diff)
	}
	if pod, ok := got[0].Items[0].Object.(*corev1.Pod); !ok || pod.Kind != "Pod" || pod.Labels["app"] != "<a>" {
		t.Errorf("%#v", got[0].Items[0].Object)
	}
	for _, query := range []string{"", "limit=500", "fieldSelector=status.podIP%3D1.2.3.4&labelSelector=app+in+%28a%2Cb%29&limit=500"} {
		if !strings.Contains(strings.Join(asked, "\n"), query) {
			t.Errorf("%q was not asked: %q", query, asked)
		}
	}
	if l.Origin() != `context "test"` || !l.Live() {
		t.Error("origin or live")
	}
}

func TestLivePages(t *testing.T) {
	expire := false
	l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch query := r.URL.Query(); {
		case query.Get("limit") == "":
			says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"all"}}]}`)(w, r)
		case query.Get("continue") == "":
			says(200, `{"kind":"List","apiVersion":"v1","metadata":{"continue":"next"},"items":[{"metadata":{"name":"a"}}]}`)(w, r)
		case expire:
			says(410, gone)(w, r)
		default:
			says(200, `{"kind":"List","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"b"}}]}`)(w, r)
		}
	}), 0)
	for _, want := range [][]string{{"a", "b"}, {"all"}} {
		var got []string
		for _, item := range readOne(t, l, Query{Resource: Namespaces}).Items {
			got = append(got, item.Object.GetName())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		expire = true
	}
	if diff := cmp.Diff([]string{"a"}, l.Names(t.Context(), Namespaces, "")); diff != "" {
		t.Error("names: " + diff)
	}
}

func TestLiveOlderIstio(t *testing.T) {
	var mu sync.Mutex
	paths := map[string]int{}
	a := answers{
		"/apis/security.istio.io/v1beta1/namespaces/foo/authorizationpolicies": says(200, `{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"p","namespace":"foo"},"spec":{"action":"DENY"}}]}`),
	}
	l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		paths[r.URL.Path]++
		mu.Unlock()
		a.ServeHTTP(w, r)
	}), 0)
	q := Query{Resource: AuthorizationPolicies, Namespace: "foo"}
	for range 2 {
		got := readOne(t, l, q)
		if got.Unread != nil || len(got.Items) != 1 {
			t.Fatalf("%+v", got)
		}
		policy, ok := got.Items[0].Object.(*securityistio.AuthorizationPolicy)
		if !ok || policy.Spec.Action.String() != "DENY" || policy.APIVersion != "security.istio.io/v1" {
			t.Errorf("%v", got.Items[0].Object)
		}
		if want := `{"apiVersion":"security.istio.io/v1beta1",`; !strings.HasPrefix(string(got.Items[0].Raw), want) {
			t.Errorf("raw: %s", got.Items[0].Raw)
		}
	}
	want := map[string]int{
		"/apis/security.istio.io/v1/namespaces/foo/authorizationpolicies":      1,
		"/apis/security.istio.io/v1beta1/namespaces/foo/authorizationpolicies": 2,
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if got := readOne(t, l, Query{Resource: VirtualServices}); got.Unread == nil || got.Unread.Reason != NotInstalled {
		t.Errorf("%+v", got.Unread)
	}
}

// A server that knows a version and lacks the object is not asked for an older one.
func TestLiveNoSuchObject(t *testing.T) {
	asked := 0
	l, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		says(404, noSuchPod)(w, r)
	}), 0)
	got := readOne(t, l, Query{Resource: AuthorizationPolicies, Namespace: "foo", Name: "x"})
	if got.Unread != nil || len(got.Items) != 0 || asked != 1 {
		t.Errorf("%+v after %d requests", got, asked)
	}
}

// An object that this version cannot understand must not look like no object.
func TestLiveNotUnderstood(t *testing.T) {
	l, _ := serve(t, says(200, `{"kind":"List","apiVersion":"v1","items":[
		{"metadata":{"name":"new","namespace":"foo"},"spec":{"action":"ASK"}},
		{"metadata":{"name":"old","namespace":"foo"},"spec":{"action":"DENY"}}, null]}`), 0)
	got := readOne(t, l, Query{Resource: AuthorizationPolicies})
	want := &Unread{
		Resource: "authorizationpolicies", Group: "security.istio.io", Reason: Failed,
		Message: `AuthorizationPolicy foo/new: spec.action: wants one of ALLOW, DENY, AUDIT, CUSTOM, got the text "ASK"`,
	}
	if diff := cmp.Diff(want, got.Unread); diff != "" {
		t.Error(diff)
	}
	if len(got.Items) != 1 || got.Items[0].Object.GetName() != "old" {
		t.Errorf("%+v", got.Items)
	}
}

func TestNewLiveRefuses(t *testing.T) {
	for _, config := range []*rest.Config{
		{Host: "http://x y"},
		{Host: "https://x", TLSClientConfig: rest.TLSClientConfig{CAFile: "/no/such/file"}},
	} {
		if _, err := NewLive(config, "test"); err == nil || !strings.HasPrefix(err.Error(), "cannot set up a client for test: ") {
			t.Errorf("%v: %v", config.Host, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	var raws []string
	for i := range 1000 {
		raws = append(raws, fmt.Sprintf(`{"metadata":{"name":"p%d","namespace":"foo","labels":{"app":"a"},"managedFields":[{"manager":"kubelet","fieldsV1":{"f:status":{"f:conditions":{}}}}]},
			"spec":{"containers":[{"name":"app","image":"app:1","ports":[{"containerPort":80}],"env":[{"name":"A","value":"B"}]}]},"status":{"podIP":"10.0.0.1","phase":"Running"}}`, i))
	}
	body := `{"kind":"List","apiVersion":"v1","items":[` + strings.Join(raws, ",") + `]}`
	l, err := func() (Reader, error) {
		s := httptest.NewServer(says(200, body))
		b.Cleanup(s.Close)
		return NewLive(&rest.Config{Host: s.URL}, "test")
	}()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if r := l.Read(b.Context(), []Query{{Resource: Pods}}); len(r[0].Items) != 1000 {
			b.Fatal(r[0].Unread)
		}
	}
}
