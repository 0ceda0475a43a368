package cluster

import (
	"io"
	"strings"
	"testing"
)

// policy is an AuthorizationPolicy whose spec begins on line 5.
func policy(spec string) string {
	return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: foo}\nspec:\n" + spec
}

func of(kind, spec string) string {
	return strings.ReplaceAll(policy(spec), "AuthorizationPolicy", kind)
}

// TestStrict: what kubectl would not apply is not read, because what is left of it
// would say something else.
func TestStrict(t *testing.T) {
	const ap, ra, pa = "AuthorizationPolicy foo/p: ", "RequestAuthentication foo/p: ", "PeerAuthentication foo/p: "
	for name, tt := range map[string]struct{ text, want string }{
		"misspelt":            {policy("  rules:\n  - from:\n    - source:\n        principal: [x]\n"), "document 1, line 8: " + ap + "spec.rules[0].from[0].source.principal: unknown field, did you mean principals?"},
		"the other case":      {policy("  rules:\n  - from: [{source: {ipblocks: [x]}}]\n"), "document 1, line 6: " + ap + "spec.rules[0].from[0].source.ipblocks: unknown field, did you mean ipBlocks?"},
		"as in the protocol":  {policy("  rules: [{to: [{operation: {not_paths: [x]}}]}]\n"), "document 1, line 5: " + ap + "spec.rules[0].to[0].operation.not_paths: unknown field, did you mean notPaths?"},
		"a level is missing":  {policy("  rules:\n  - from:\n    - principals: [x]\n"), "document 1, line 7: " + ap + "spec.rules[0].from[0].principals: unknown field, known here: source"},
		"directly in spec":    {policy("  rulez: []\n"), "document 1, line 5: " + ap + "spec.rulez: unknown field, did you mean rules?"},
		"spec itself":         {strings.ReplaceAll(policy("  rules: []\n"), "spec:", "sepc:"), "document 1, line 4: " + ap + "sepc: unknown field, did you mean spec?"},
		"nothing is a rule":   {policy("  action: DENY\n  rules: [null]\n"), "document 1, line 6: " + ap + "spec.rules[0]: wants an object, got nothing"},
		"nothing is a source": {policy("  rules:\n  - from:\n    -\n"), "document 1, line 7: " + ap + "spec.rules[0].from[0]: wants an object, got nothing"},
		"nothing is a path":   {policy("  rules: [{to: [{operation: {paths: [/a, ~]}}]}]\n"), "document 1, line 5: " + ap + "spec.rules[0].to[0].operation.paths[1]: wants text, got nothing"},
		"a token rule":        {of("RequestAuthentication", "  jwtRules: [{isuer: x}]\n"), "document 1, line 5: " + ra + "spec.jwtRules[0].isuer: unknown field, did you mean issuer?"},
		"a peer's port":       {of("PeerAuthentication", "  portLevelMtls: {80: {moed: STRICT}}\n"), "document 1, line 5: " + pa + `spec.portLevelMtls["80"].moed: unknown field, did you mean mode?`},
		"an older version":    {strings.ReplaceAll(policy("  rulez: []\n"), "io/v1", "io/v1beta1"), "document 1, line 5: " + ap + "spec.rulez: unknown field, did you mean rules?"},
		"all of a document":   {policy("  rulez: []\n  acton: DENY\n"), "document 1, line 6: " + ap + "spec.acton: unknown field, did you mean action?\ncluster.yaml: document 1, line 5: " + ap + "spec.rulez: unknown field, did you mean rules?"},
		"in a list":           {pod + "---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: p, namespace: foo},\n   spec: {mtsl: {}}}\n", "document 2, line 9: " + pa + "spec.mtsl: unknown field, did you mean mtls?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tt.text)
			if want := "cluster.yaml: " + tt.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestStrictTakes: what the API server takes is read, and snapshots as they are.
func TestStrictTakes(t *testing.T) {
	for name, text := range map[string]string{
		"nothing is a field":         policy("  selector: null\n  rules: [{from: null}]\n"),
		"jwks_uri is in the schema":  of("RequestAuthentication", "  jwtRules: [{issuer: x, jwks_uri: url}]\n"),
		"a saved snapshot":           "apiVersion: authz-doctor.dev/v1alpha1\nkind: Snapshot\nitems:\n- {apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p}, spec: {rules: [null], new: 1}}\n",
		"another kind warns only":    "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s}\nspec: {egres: []}\n",
		"and has names of its own":   "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: s}\nspec: {http: [{mirror_percent: 5}]}\n",
		"an EnvoyFilter's own value": "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: s}\nspec: {configPatches: [{applyTo: HTTP_FILTER, patch: {operation: INSERT_FIRST, value: {any: [1, null]}}}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := mustLoad(t, text)
			if got, want := len(f.Unknown()), strings.Count(text, "egres:"); got != want {
				t.Errorf("unknown: %v", f.Unknown())
			}
		})
	}
	f := mustLoad(t, of("RequestAuthentication", "  jwtRules: [{issuer: x, jwks_uri: url}]\n"))
	if item := readOne(t, f, Query{Resource: RequestAuthentications}).Items[0]; !strings.Contains(string(encode(item.Object)), `"jwksUri":"url"`) {
		t.Errorf("jwks_uri is lost: %s", encode(item.Object))
	}
}

// TestNoObject: where nothing is, something went wrong before.
func TestNoObject(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pod.yaml", pod)
	write(t, "comments.yaml", "# nothing\n---\n# Source: chart/a.yaml\n---\n")
	write(t, "values.yaml", "replicas: 1\n")
	write(t, "empty/a.yaml", "")
	write(t, "secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
	const list = "apiVersion: v1\nkind: List\nitems: []\n"
	for name, tt := range map[string]struct {
		paths []string
		stdin string
		want  string
	}{
		"stdin":                           {[]string{"-"}, "", "stdin: no Kubernetes object in it"},
		"stdin besides a file":            {[]string{"pod.yaml", "-"}, "\n", "stdin: no Kubernetes object in it"},
		"stdin that cannot be read":       {[]string{"-"}, "a: b: c", "stdin: document 1, line 1: mapping values are not allowed in this context"},
		"an empty list on stdin":          {[]string{"-"}, list, "stdin: no Kubernetes object in it"},
		"an empty list besides a file":    {[]string{"pod.yaml", "-"}, list, ""},
		"comments":                        {[]string{"comments.yaml"}, "", "comments.yaml: no Kubernetes object in it"},
		"values of a chart":               {[]string{"values.yaml"}, "", "values.yaml: no Kubernetes object in it"},
		"several":                         {[]string{"empty", "values.yaml"}, "", "empty: no Kubernetes object in it\nvalues.yaml: no Kubernetes object in it"},
		"one of several":                  {[]string{"empty", "pod.yaml"}, "", ""},
		"an object that is not read":      {[]string{"secret.yaml"}, "", ""},
		"a snapshot that found no object": {[]string{"-"}, "apiVersion: authz-doctor.dev/v1alpha1\nkind: Snapshot\nqueries: [{resource: pods}]\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var stdin io.Reader = strings.NewReader(tt.stdin)
			_, err := ReadFiles(tt.paths, stdin, "")
			if got := oneOf(err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func oneOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
