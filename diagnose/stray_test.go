package diagnose

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// onSight is a Reader of files that does not say that they are a whole cluster.
type onSight struct{ cluster.Reader }

// TestStray: an object that would let the request through is named where nothing but a
// slip keeps it away, and not where it is for others.
func TestStray(t *testing.T) {
	const (
		closed   = "{selector: {matchLabels: {app: httpbin}}}"
		open     = "rules: [{from: [{source: {namespaces: [default]}}]}]"
		strict   = "{mtls: {mode: STRICT}}"
		netClose = "{podSelector: {matchLabels: {app: httpbin}}, policyTypes: [Ingress]}"
	)
	policy := func(ns, name, spec string) string { return object("AuthorizationPolicy", ns, name, spec) }
	for _, tt := range []struct {
		name, more  string
		source      string
		partly      bool // the files are not taken for the whole cluster
		says, quiet string
	}{
		{name: "a misspelt label", more: policy("default", "p", "{selector: {matchLabels: {app: htpbin}}, "+open+"}"), says: "default/p would admit it, but its selector wants app=htpbin, and default/httpbin-a has app=httpbin"},
		{name: "a misspelt label, partly in sight", partly: true, more: policy("default", "p", "{selector: {matchLabels: {app: htpbin}}, "+open+"}"), says: "default/p would admit it"},
		{name: "another label, partly in sight", partly: true, more: policy("default", "p", "{selector: {matchLabels: {app: web}}, "+open+"}"), quiet: "default/p"},
		{name: "another label that nobody has", more: policy("default", "p", "{selector: {matchLabels: {app: web}}, "+open+"}"), says: "default/p would admit it"},
		{name: "a label of others", more: policy("default", "p", "{selector: {matchLabels: {app: frontend}}, "+open+"}"), quiet: "default/p"},
		{name: "a label that is not there", more: policy("default", "p", "{selector: {matchLabels: {tier: back}}, "+open+"}"), says: "default/httpbin-a has no label tier"},
		{name: "it would not admit it either", more: policy("default", "p", "{selector: {matchLabels: {app: htpbin}}, rules: [{from: [{source: {namespaces: [foo]}}]}]}"), quiet: "default/p"},
		{name: "another namespace", more: policy("foo", "p", "{selector: {matchLabels: {app: httpbin}}, "+open+"}"), says: "foo/p would admit it, but it is in namespace foo"},
		{name: "another namespace, for all of it", more: policy("foo", "p", "{"+open+"}"), quiet: "foo/p"},
		{name: "AUDIT", more: policy("default", "p", "{selector: {matchLabels: {app: httpbin}}, action: AUDIT, "+open+"}"), says: "its action is AUDIT, which allows nothing"},
		{name: "targetRefs at a sidecar", more: policy("default", "p", "{targetRefs: [{group: '', kind: Service, name: httpbin}], "+open+"}"), says: "its targetRefs name Service httpbin, and only a waypoint follows those"},
		{name: "targetRefs to another", more: policy("default", "p", "{targetRefs: [{group: '', kind: Service, name: other}], "+open+"}"), quiet: "default/p"},
		{
			name: "an exception that selects nobody", source: "sleep.foo", says: "default/p would let plaintext in, but its selector wants app=htpbin",
			more: object("PeerAuthentication", "default", "strict", strict) + object("PeerAuthentication", "default", "p", "{selector: {matchLabels: {app: htpbin}}, mtls: {mode: PERMISSIVE}}"),
		},
		{
			name: "an exception of others", source: "sleep.foo", quiet: "default/p",
			more: object("PeerAuthentication", "default", "strict", strict) + object("PeerAuthentication", "default", "p", "{selector: {matchLabels: {app: frontend}}, mtls: {mode: PERMISSIVE}}"),
		},
		{
			name: "an exception for the Service's port", source: "sleep.foo", says: "lets plaintext in on port 8000 only, and Service default/httpbin leads its port 8000 to port 80",
			more: object("PeerAuthentication", "default", "p", "{selector: {matchLabels: {app: httpbin}}, mtls: {mode: STRICT}, portLevelMtls: {8000: {mode: PERMISSIVE}}}"),
		},
		{
			name: "a NetworkPolicy that selects nobody", says: "NetworkPolicy default/p would admit it, but its podSelector wants app=htpbin",
			more: object("NetworkPolicy", "default", "close", netClose) + object("NetworkPolicy", "default", "p", "{podSelector: {matchLabels: {app: htpbin}}, ingress: [{}]}"),
		},
		{
			name: "a NetworkPolicy of others", quiet: "default/p",
			more: object("NetworkPolicy", "default", "close", netClose) + object("NetworkPolicy", "default", "p", "{podSelector: {matchLabels: {app: frontend}}, ingress: [{}]}"),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := files(t, policy("default", "closed", closed)+tt.more)
			if tt.partly {
				r = onSight{r}
			}
			d, _, err := Ask(t.Context(), r, Question{Source: or(tt.source, "frontend"), Target: "http://httpbin.default:8000/get", Request: Request{Exact: true}})
			if err != nil {
				t.Fatal(err)
			}
			said := d.Status.Summary
			if d.Status.Verdict != Denied || !strings.Contains(said, tt.says) || tt.quiet != "" && strings.Contains(said, tt.quiet) {
				t.Errorf("%s, want Denied, with %q and without %q: %s", d.Status.Verdict, tt.says, tt.quiet, said)
			}
		})
	}
}
