package fix

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// bare is a port that the proxy looks at, for what is spoken there.
const bare = `
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: shop}
spec: {selector: {app: web}, ports: [{name: x, port: 81, targetPort: 8081}]}
---
`

const allowNothing = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nothing, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
`

// TestEffects: what a candidate does besides is told, whatever is spoken, whoever asks,
// and where more than AuthorizationPolicies decides.
func TestEffects(t *testing.T) {
	for name, test := range map[string]struct {
		more           string
		source, target string
		request        diagnose.Request
		kind           Kind
		title          string
		want           []string
	}{
		"bytes on a port that is looked at": {
			bare + allowNothing,
			"sleep", "tcp://bare:81",
			diagnose.Request{},
			NewPolicy, "",
			[]string{"opens pod/sleep.shop → http://bare.shop:81"},
		},
		"HTTP on a port that is looked at": {
			bare + `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny, namespace: shop}
spec: {action: DENY, rules: [{to: [{operation: {ports: ["8081"]}}]}]}
`, "sleep", "http://bare:81",
			diagnose.Request{Method: "GET", Path: "/x"},
			ExceptCaller, "leave cluster.local/ns/shop/sa/sleep out of rules[0] of DENY policy shop/deny",
			[]string{"opens more than was asked of pod/sleep.shop → http://bare:81", "opens pod/sleep.shop → tcp://bare.shop:81"},
		},
		"an address outside": {
			`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {ipBlocks: [192.0.2.0/24]}}]}]}
`, "ip/203.0.113.9", "http://web",
			diagnose.Request{Method: "GET", Path: "/x"},
			EditRule, "",
			[]string{"opens more than was asked of ip/203.0.113.9 → http://web"},
		},
		"an address outside, on a port of no Service": {
			allowNothing, "ip/203.0.113.9", "tcp://10.0.0.1:9999",
			diagnose.Request{},
			NewPolicy, "",
			[]string{"opens ip/203.0.113.9 → http://10.0.0.1:9999"},
		},
		"tokens of one more issuer": {
			`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec: {jwtRules: [{issuer: a}]}
`, "sleep", "http://web",
			diagnose.Request{Method: "GET", Path: "/x", Token: raw(t, map[string]any{"iss": "c", "sub": "s"})},
			VerifyToken, "",
			[]string{
				"opens pod/web.shop, a caller outside the mesh, another workload of the mesh → http://web if its token is of issuer c",
				"opens more than was asked of pod/sleep.shop → http://web if its token is of issuer c",
				"opens pod/web.shop, a caller outside the mesh, another workload of the mesh → pod/sleep.shop:80 if its token is of issuer c",
			},
		},
		"an authorizer decides as well": {
			allowNothing + `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ask, namespace: shop}
spec: {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: [/login]}}]}]}
`, "sleep", "http://web",
			diagnose.Request{Method: "GET", Path: "/x"},
			NewPolicy, "",
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.request.Exact = true
			p, err := Propose(t.Context(), shop(t, test.more), diagnose.Question{Source: test.source, Target: test.target, Namespace: "shop", Request: test.request})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(p.Candidates, func(c Candidate) bool { return c.Kind == test.kind && (test.title == "" || test.title == c.Title) })
			if i < 0 {
				t.Fatalf("no %s: %+v %s", test.kind, p.Candidates, p.Why)
			}
			var got []string
			e := p.Candidates[i].Effect
			for word, all := range map[string][]Reach{"opens": e.Opens, "closes": e.Closes, "unsure": e.Unsure} {
				for _, r := range all {
					got = append(got, word+" "+r.String())
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
