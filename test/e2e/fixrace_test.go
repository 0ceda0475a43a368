package e2e

import (
	"net/http"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// TestFixRaces has something happen between the last look and the write.
func TestFixRaces(t *testing.T) {
	b := newBench(t, "races")
	allowGet := b.policy("allow-get")
	tests := map[string]struct {
		kubectl []string
		want    apply.Reason // empty: it is written all the same
	}{
		"only the server's fields change": {kubectl: []string{"patch", "--subresource=status", "--type=merge", "-p", `{"status":{"observedGeneration":"1"}}`}},
		"the content changes":             {kubectl: []string{"label", "race=1"}, want: apply.Conflict},
		"it is deleted":                   {kubectl: []string{"delete"}, want: apply.NotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for how, edit := range map[string]func(map[string]any){
				"server-side apply": label("a", "b"),
				"merge patch":       func(o map[string]any) { delete(o["spec"].(map[string]any), "selector") },
				"delete":            nil,
			} {
				if _, err := cluster.Kubectl(t.Context(), "", "delete", "authorizationpolicies.security.istio.io", "allow-get", "-n", b.namespace, "--ignore-not-found"); err != nil {
					t.Fatal(err)
				}
				b.apply(t, b.allowGet("GET"))
				c := b.changes(t, allowGet, edit)
				b.writer = writerOf(t, before(t, func() error {
					args := append([]string{tt.kubectl[0], "authorizationpolicies.security.istio.io", "allow-get", "-n", b.namespace}, tt.kubectl[1:]...)
					_, err := cluster.Kubectl(t.Context(), "", args...)
					return err
				}))
				_, _, err := b.fixes(t, apply.Options{ForceConflicts: true}, c)
				b.writer = writerAs(t, lab.Admin)
				if tt.want != "" {
					fails(t, err, tt.want)
				} else if err != nil {
					t.Errorf("%s: %v", how, err)
				}
				if tt.want == apply.NotFound {
					b.has(t, allowGet, "") // it was not made anew
				}
			}
		})
	}
}

// before does something before the first write that is sent.
func before(t *testing.T, do func() error) *rest.Config {
	config, done := cluster.Config(lab.Admin), false
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet && !done {
				done = true
				if err := do(); err != nil {
					t.Error(err)
				}
			}
			return next.RoundTrip(r)
		})
	})
	return config
}
