package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// serve returns a Writer of a server.
func serve(t *testing.T, handle http.HandlerFunc) *Writer {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	w, err := New(&rest.Config{Host: s.URL, Timeout: 300 * time.Millisecond}, "the test")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func failed(code int, reason, message, details string) http.HandlerFunc {
	return status(code, fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":%q,"details":{%s}}`, reason, code, message, details))
}

var made = fix.Change{
	Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: "shop", Name: "cart",
	After: []byte(`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"cart","namespace":"shop"},"spec":{}}`),
}

// TestWords has a server refuse to create an object in all the ways there are.
func TestWords(t *testing.T) {
	for name, tt := range map[string]struct {
		handle    http.HandlerFunc
		reason    Reason
		want      string // SERVER is the server
		detail    string
		uncertain bool
	}{
		"no right": {
			handle: failed(403, "Forbidden", `authorizationpolicies.security.istio.io is forbidden: User "jane" cannot create resource "authorizationpolicies" in API group "security.istio.io" in the namespace "shop"`, ``),
			reason: Forbidden,
			want: `User "jane" cannot create resource "authorizationpolicies" in API group "security.istio.io" in the namespace "shop": it needs the verb create on ` +
				`authorizationpolicies.security.istio.io in namespace shop; the ClusterRole authz-doctor-fixer in docs/rbac.yaml has what most fixes need`,
		},
		"a webhook": {
			handle: failed(400, "BadRequest", "admission webhook \"validation.istio.io\" denied the request: configuration is invalid:\n  line one\n  line two", ``),
			reason: Refused,
			want:   "admission refused it: admission webhook \"validation.istio.io\" denied the request: configuration is invalid:\n  line one\n  line two",
			detail: "admission webhook \"validation.istio.io\" denied the request: configuration is invalid:\n  line one\n  line two\n",
		},
		"a webhook that is away": {
			handle: failed(500, "InternalError", `Internal error occurred: failed calling webhook "validation.istio.io": no endpoints available for service "istiod"`, ``),
			reason: Refused,
			want:   `the server could not ask an admission webhook: Internal error occurred: failed calling webhook "validation.istio.io": no endpoints available for service "istiod"`,
		},
		"a policy": {
			handle: failed(422, "Invalid", `authorizationpolicies.security.istio.io "cart" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ask platform`, ``),
			reason: Refused,
			want:   `admission refused it: authorizationpolicies.security.istio.io "cart" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ask platform`,
		},
		"a quota": {
			handle: failed(403, "Forbidden", `authorizationpolicies.security.istio.io "cart" is forbidden: exceeded quota: few`, ``),
			reason: Refused, want: `admission refused it: authorizationpolicies.security.istio.io "cart" is forbidden: exceeded quota: few`,
		},
		"it is there": {
			handle: failed(409, "AlreadyExists", `authorizationpolicies.security.istio.io "cart" already exists`, `"name":"cart"`),
			reason: AlreadyExists, want: "there is one of that name already: nothing was changed: ask again, for it is part of the answer now",
		},
		"no namespace": {
			handle: failed(404, "NotFound", `namespaces "shop" not found`, `"name":"shop","kind":"namespaces"`),
			reason: NotFound, want: "there is no namespace shop",
		},
		"no such kind": {
			handle: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 page not found", 404) },
			reason: NotInstalled, want: "the server has no authorizationpolicies.security.istio.io in security.istio.io/v1",
		},
		"a bad object": {
			handle: failed(422, "Invalid", `AuthorizationPolicy.security.istio.io "cart" is invalid: spec.action: Unsupported value`, ``),
			reason: Invalid, want: `the server does not accept it: AuthorizationPolicy.security.istio.io "cart" is invalid: spec.action: Unsupported value`,
		},
		"not logged in": {handle: failed(401, "Unauthorized", "Unauthorized", ``), reason: Unauthorized, want: "SERVER does not accept the credentials"},
		"too busy":      {handle: failed(429, "TooManyRequests", "slow down", ``), reason: Unreachable, want: "SERVER: slow down: try again"},
		"the server gives up": {
			handle: failed(504, "Timeout", "etcd is slow", ``), reason: TimedOut, uncertain: true,
			want: "SERVER: etcd is slow; it is not known whether it was written",
		},
		"the server breaks": {
			handle: status(500, "oops"), reason: Failed, uncertain: true, want: "SERVER: oops; it is not known whether it was written",
		},
		"no answer": {
			handle: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, reason: TimedOut, uncertain: true,
			want: "SERVER did not answer within 300ms; it is not known whether it was written",
		},
		"cut off": {
			handle: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, reason: Unreachable, uncertain: true,
			want: "SERVER closed the connection before the answer was complete; it is not known whether it was written",
		},
		"no JSON": {
			handle: status(201, "hello"), reason: Failed, uncertain: true,
			want: "SERVER answered something else than JSON; it is not known whether it was written",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice who has gone
				tt.handle(rw, r)
			})
			j := &journal{}
			results, err := w.Apply(t.Context(), []fix.Change{made}, Options{Journal: j})
			var e *Error
			if !errors.As(err, &e) || len(results) > 0 {
				t.Fatalf("%v, %v", results, err)
			}
			want := "AuthorizationPolicy shop/cart: " + strings.ReplaceAll(tt.want, "SERVER", w.Server())
			if diff := cmp.Diff(want, e.Error()); diff != "" || e.Reason != tt.reason || e.Uncertain != tt.uncertain {
				t.Errorf("%s, uncertain %v (-want +got):\n%s", e.Reason, e.Uncertain, diff)
			}
			if diff := cmp.Diff(tt.detail, e.Detail()); diff != "" {
				t.Errorf("detail (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"begin 1", "stopped 0"}, j.told); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	w, err := New(&rest.Config{Host: "http://127.0.0.1:1"}, "the test")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Apply(t.Context(), []fix.Change{made}, Options{Journal: &journal{}})
	var e *Error
	if !errors.As(err, &e) || e.Reason != Unreachable || e.Uncertain || !strings.Contains(err.Error(), "refuses the connection") {
		t.Errorf("%+v", err)
	}
}

// journal writes down what it is told.
type journal struct {
	told []string
	err  error
}

func (j *journal) tell(format string, args ...any) error {
	j.told = append(j.told, fmt.Sprintf(format, args...))
	return j.err
}

func (j *journal) Begin(steps []Step) error     { return j.tell("begin %d", len(steps)) }
func (j *journal) Wrote(i int, s Step) error    { return j.tell("wrote %d %s", i, s.UID) }
func (j *journal) Stopped(i int, _ error) error { return j.tell("stopped %d", i) }

// TestNoRecord writes nothing that cannot be recorded.
func TestNoRecord(t *testing.T) {
	w := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s", r.Method, r.URL) })
	full := errors.New("no space left on device")
	for _, o := range []Options{{}, {Journal: &journal{err: full}}} {
		if _, err := w.Apply(t.Context(), []fix.Change{made}, o); err == nil || !strings.Contains(err.Error(), "nothing") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestRequests looks at what is sent for a change that goes well.
func TestRequests(t *testing.T) {
	var sent []string
	w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = append(sent, r.Method+" "+r.URL.String()+" "+r.Header.Get("Content-Type")+" "+string(body))
		rw.Header().Set("Warning", `299 - "think twice"`)
		status(201, `{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"cart","namespace":"shop","uid":"u","resourceVersion":"2"},"spec":{"action":"DENY"}}`)(rw, r)
	})
	made := made
	made.After = []byte(strings.Replace(string(made.After), `"spec":{}`, `"status":{"x":1},"spec":{"action":"ALLOW"}`, 1))
	j := &journal{}
	results, err := w.Apply(t.Context(), []fix.Change{made}, Options{Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"POST /apis/security.istio.io/v1/namespaces/shop/authorizationpolicies?fieldManager=kubectl-authz-doctor&fieldValidation=Strict&timeout=300ms application/json " +
		`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"cart","namespace":"shop"},"spec":{"action":"ALLOW"}}`}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"begin 1", "wrote 0 u"}, j.told); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"the server warns: think twice"}, results[0].Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if got := Lines(results[0].Altered); got != "spec.action\n  - \"ALLOW\"\n  + \"DENY\"\n" {
		t.Errorf("altered: %s", got)
	}
}

// TestGuard refuses what is not written, before anything is sent.
func TestGuard(t *testing.T) {
	w := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s", r.Method, r.URL) })
	object := func(r cluster.Resource) []byte {
		return fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,"metadata":{"name":"x","namespace":"y"}}`, strings.TrimPrefix(r.Group+"/"+r.Version, "/"), r.Kind)
	}
	secrets := cluster.Resource{Version: "v1", Plural: "secrets", Kind: "Secret", Namespaced: true}
	for _, r := range []cluster.Resource{secrets, cluster.ConfigMaps, cluster.Deployments, cluster.Pods} {
		c := fix.Change{Resource: r, Kind: r.Kind, Namespace: "y", Name: "x", After: object(r)}
		for _, dry := range []DryRun{DryRunNone, DryRunClient, DryRunServer} {
			_, err := w.Apply(context.Background(), []fix.Change{c}, Options{Journal: &journal{}, DryRun: dry})
			if e := (*Error)(nil); !errors.As(err, &e) || e.Reason != Unsupported {
				t.Errorf("%s: %v", r, err)
			}
		}
	}
	for _, c := range []fix.Change{
		{Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: "shop", Name: "other", After: made.After},
		{Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Name: "cart", After: made.After},
		{Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: "shop", Name: "cart"},
		{Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: "shop", Name: "cart", After: []byte("null")},
	} {
		if _, err := w.Apply(context.Background(), []fix.Change{c}, Options{Journal: &journal{}}); err == nil {
			t.Errorf("%+v was written", c)
		}
	}
}
