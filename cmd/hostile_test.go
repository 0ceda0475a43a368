package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// evil is what must never reach a terminal: it clears the screen, writes the clipboard, makes
// a link, does so in one byte each, turns the direction of text and hides in it. ~ stands for it.
const evil = "\x1b[2J\x1b]52;c;eA==\x07\x1b]8;;http://e\x1b\\\u009b2J\u0090q\u202e\u2066\u200b\u2028\r\b\x7f"

// hostileMesh has it wherever manifests let it be.
const hostileMesh = `
{apiVersion: v1, kind: Namespace, metadata: {name: "f~", labels: {istio-injection: "~"}, annotations: {"a~": "~"}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: foo, labels: {istio-injection: enabled}, annotations: {"~": "~"}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: foo, labels: {app: web, security.istio.io/tlsMode: istio, "x~": "~"}, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "~", proxy.istio.io/config: "~"}}, spec: {serviceAccountName: "web~", containers: [{name: "a~", ports: [{containerPort: 80, name: "~"}]}, {name: istio-proxy}]}, status: {phase: Running, podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: "cli~", namespace: foo, labels: {app: cli}}, spec: {serviceAccountName: "~", containers: [{name: a}]}, status: {phase: Running, podIP: 10.0.0.2}}
---
{apiVersion: v1, kind: Pod, metadata: {name: cli, namespace: foo, labels: {app: cli, security.istio.io/tlsMode: istio}}, spec: {serviceAccountName: "s~", containers: [{name: a}, {name: istio-proxy}]}, status: {phase: Running, podIP: 10.0.0.3, message: "~"}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo, annotations: {"~": "~"}}, spec: {selector: {app: web}, ports: [{name: "http-~", port: 80, appProtocol: "~"}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: "s~", namespace: foo}, spec: {selector: {app: web}, ports: [{name: "~", port: 81, targetPort: 80}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: "p~", namespace: foo, annotations: {authz-doctor.dev/ignore: "AD0423: ~", argocd.argoproj.io/tracking-id: "a~:b/c:d/e"}}, spec: {selector: {matchLabels: {app: web}}, rules: [
  {from: [{source: {principals: ["cluster.local/ns/~/sa/~"], namespaces: ["~"], notNamespaces: ["~*"], ipBlocks: ["~"], requestPrincipals: ["~/~"]}}], to: [{operation: {paths: ["/~"], methods: ["~", get], hosts: ["~"], ports: ["~"]}}], when: [{key: "request.headers[~]", values: ["~"]}, {key: "~", values: ["~"]}, {key: "request.auth.claims[~]", notValues: ["~"]}]}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: d, namespace: foo, labels: {"~": "~"}}, spec: {action: DENY, selector: {matchLabels: {app: web}}, rules: [{to: [{operation: {paths: ["/d~"], hosts: ["~"]}}], when: [{key: "request.headers[x~]", values: ["~"]}]}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: c, namespace: foo}, spec: {action: CUSTOM, provider: {name: "~"}, selector: {matchLabels: {app: web}}, rules: [{to: [{operation: {paths: ["/c~"]}}]}]}}
---
{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: "j~", namespace: foo}, spec: {selector: {matchLabels: {app: web}}, jwtRules: [{issuer: "~", audiences: ["~"], jwksUri: "~", fromHeaders: [{name: "~", prefix: "~"}]}]}}
---
{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: "m~", namespace: foo}, spec: {selector: {matchLabels: {app: web}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {"80": {mode: STRICT}}}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: "v~", namespace: foo}, spec: {hosts: ["web", "~"], http: [{name: "~", match: [{uri: {prefix: "/~"}, headers: {"~": {exact: "~"}}}], route: [{destination: {host: "~", subset: "~"}}]}, {name: "r~", route: [{destination: {host: web}, headers: {request: {set: {"~": "~"}}}}]}]}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: "d~", namespace: foo}, spec: {host: web, subsets: [{name: "~", labels: {"~": "~"}}], trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: "~"}}}}
---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: "s~", namespace: foo}, spec: {egress: [{hosts: ["./*", "~/~"]}]}}
---
{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {name: "e~", namespace: foo}, spec: {configPatches: [{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: INSERT_BEFORE, value: {name: "~", typed_config: {"@type": "~"}}}}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: "n~", namespace: foo}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {"~": "~"}}}], ports: [{port: "~"}]}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "trustDomain: \"t~~\"\nextensionProviders: [{name: \"~~\", envoyExtAuthzHttp: {service: \"~~\", port: 1}}]\n"}}
`

// hostileYAML writes the mesh with evil spelt as YAML does, and in what is YAML in it once more.
func hostileYAML() string {
	spelt := strings.Trim(fmt.Sprintf("%q", evil), `"`)
	spelt = strings.NewReplacer(`\x7f`, `\x7f`, `\v`, `\x0b`).Replace(spelt)
	text := strings.ReplaceAll(hostileMesh, "~~", strings.ReplaceAll(spelt, `\`, `\\`))
	return strings.ReplaceAll(text, "~", spelt)
}

// painted are the escapes that colours are made of; evil has none of them.
var painted = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// leak is what a terminal would obey in an output, with what stands around it; empty: nothing.
func leak(out string) string {
	out = painted.ReplaceAllString(out, "")
	i := strings.IndexFunc(out, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
	})
	if i < 0 && utf8.ValidString(out) {
		return ""
	}
	return out[max(0, i-60):min(len(out), max(i, 0)+30)]
}

// doctors runs the plugin in this process.
func doctors(stdin string, args ...string) (out, errOut string, exit int) {
	var o, e bytes.Buffer
	exit = Main(append([]string{pluginFile}, args...), genericiooptions.IOStreams{In: strings.NewReader(stdin), Out: &o, ErrOut: &e})
	return o.String(), e.String(), exit
}

// TestHostile runs every command in every form on a cluster that is out for the terminal.
func TestHostile(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, home)
	}
	t.Setenv("LANG", "C.UTF-8")
	mesh := filepath.Join(home, "m"+strings.ReplaceAll(evil, "/", "")+".yaml")
	if err := os.WriteFile(mesh, []byte(hostileYAML()), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	spelt := strings.Trim(fmt.Sprintf("%q", evil), `"`)
	log := write("proxy.log", `[2026-11-26T11:16:16.119Z] "GET /`+evil+` HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "`+evil+`" "`+evil+`" "a" "web.foo" "-" inbound|80|| - 10.0.0.1:80 10.0.0.2:0 - default`+"\n")
	tests := write("t.yaml", "apiVersion: authz-doctor.dev/v1alpha1\nkind: TrafficTest\nmetadata: {name: \"t"+spelt+"\"}\nspec:\n  cases:\n  - {name: \"c"+spelt+"\", source: pod/cli.foo, target: \"http://web.foo/x\", expect: Denied, reason: {policy: \""+spelt+"\"}}\n  - {name: d, source: \"pod/"+spelt+"\", target: \"http://web.foo/"+spelt+"\", expect: Allowed}\n")
	change := write("c.yaml", "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: \"new"+spelt+"\", namespace: foo}\nspec: {rules: [{to: [{operation: {paths: [\"/"+spelt+"\"]}}]}]}\n")
	question := []string{"pod/cli.foo", "http://web.foo/x"}
	var all [][]string
	add := func(args ...string) { all = append(all, args) }
	for _, o := range []string{"text", "wide", "markdown", "html", "json", "yaml", "junit", "sarif", "dot", "mermaid", "kyaml"} {
		add(append(question, "-o", o)...)
		add(append([]string{"pod/cli.foo", "http://web.foo/c" + evil, "-o", o, "--method", "GET"}, "--header", "x=y")...)
	}
	add(append(question, "--explain")...)
	add(append(question, "--explain", "--color", "always")...)
	add(append(question, "--redact", "-o", "wide")...)
	for _, o := range []string{"text", "json", "sarif", "junit"} {
		add("lint", "-o", o, "--show-suppressed")
	}
	for _, o := range matrixFormats {
		add("matrix", "-o", o, "--fail-on", "* -> *")
		add("who-can", "svc/web.foo:80", "-o", o)
		add("what-can", "pod/cli.foo", "-o", o)
	}
	for _, o := range []string{"text", "diff", "yaml", "json"} {
		add("fix", "pod/cli.foo", "http://web.foo/x", "--method", "GET", "-o", o)
	}
	for _, o := range []string{"text", "json", "yaml"} {
		add("what-if", "-f", change, "-o", o, "--base", mesh)
	}
	for _, o := range []string{"text", "json", "junit"} {
		add("test", tests, "-o", o)
		if o != "junit" {
			add("logs", log, "-o", o)
			add("logs", log, "-o", o, "--follow")
		}
	}
	add("test", tests, "--verbose")
	add("snapshot", "pod/cli.foo", "http://web.foo/x")
	for _, bad := range [][]string{
		{"pod/" + evil, "http://web.foo"},
		{"pod/cli.foo", evil},
		{"pod/cli.foo", "http://web.foo", "--method", evil},
		{"pod/cli.foo", "http://web.foo", "--header", evil},
		{"pod/cli.foo", "http://web.foo", "-o", evil},
		{evil},
		{"--" + evil},
		{"explain", evil},
		{"lint", "--fail-on", evil},
		{"matrix", "--fail-on", evil},
		{"matrix", "--from", evil},
		{"pod/cli.foo", "--curl", "curl " + evil},
		{"pod/cli.foo", "http://web.foo", "--claim", evil},
		{"who-can", evil},
		{"what-can", evil},
		{"logs", evil},
		{"test", evil},
		{"fix", "undo", evil},
		{"pod/cli.foo", "http://web.foo", "--token", evil},
		{"snapshot", "a", "b", "-O", evil + "/x"},
		{"pod/cli.foo", "http://web.foo", "--context", evil},
		{"help", evil},
		{"completion", evil},
	} {
		add(bad...)
	}
	// Without the NetworkPolicy the way goes on to what proxies enforce.
	open := write("open.yaml", regexp.MustCompile(`(?m)^.*kind: NetworkPolicy.*\n---\n`).ReplaceAllString(hostileYAML(), ""))
	for _, args := range all {
		if !takesFiles(args) {
			clean(t, "", args)
			continue
		}
		clean(t, "", append(slices.Clone(args), "-f", mesh))
		clean(t, "", append(slices.Clone(args), "-f", open))
	}
}

// takesFiles reports whether objects have to be given to a command with -f.
func takesFiles(args []string) bool {
	return !slices.Contains([]string{"what-if", "explain", "help", "completion"}, args[0]) && !slices.Contains(args, "undo") && !slices.Contains(args, "--context")
}

// clean runs a command and looks at all that it prints.
func clean(t *testing.T, stdin string, args []string) {
	t.Helper()
	t.Run(strings.ReplaceAll(strings.Join(args, " "), "/", "_"), func(t *testing.T) {
		out, errOut, exit := doctors(stdin, args...)
		if l := leak(errOut); l != "" {
			t.Errorf("%q: on stderr: %q", args, l)
		}
		if l := leak(out); l != "" {
			t.Errorf("%q: on stdout: %q", args, l)
		}
		if strings.Contains(errOut, "a bug") {
			t.Errorf("%q: exit %d: %q", args, exit, errOut)
		}
		if slices.Contains(args, "json") && out != "" && !slices.Contains(args, "--follow") && !json.Valid([]byte(out)) {
			t.Errorf("%q: no JSON", args)
		}
	})
}

// TestHostileServer asks a server whose every answer is out for the terminal, by a kubeconfig
// that is, too.
func TestHostileServer(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, home)
	}
	t.Setenv("LANG", "C.UTF-8")
	for _, code := range []int{200, 401, 403, 404, 409, 429, 500, 503} {
		status := map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": evil, "message": "no: " + evil + " is forbidden: " + evil, "details": map[string]any{"name": evil, "kind": evil, "causes": []any{map[string]any{"message": evil, "field": evil}}}}
		for name, body := range map[string][]byte{"status": encodeJSON(t, status), "raw": []byte(evil), "page": []byte("<html>" + evil)} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Warning", `299 - "`+strings.NewReplacer("\r", "", "\x7f", "", "\b", "", "\x07", "").Replace(evil)+`"`)
				w.WriteHeader(code)
				_, _ = w.Write(body)
			}))
			file := filepath.Join(home, fmt.Sprintf("%d-%s", code, name))
			config := map[string]any{
				"apiVersion": "v1", "kind": "Config", "current-context": evil, "clusters": []any{map[string]any{"name": evil, "cluster": map[string]any{"server": server.URL}}},
				"users": []any{map[string]any{"name": evil, "user": map[string]any{"token": "t"}}}, "contexts": []any{map[string]any{"name": evil, "context": map[string]any{"cluster": evil, "user": evil, "namespace": "foo"}}},
			}
			if err := os.WriteFile(file, encodeJSON(t, config), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"pod/cli.foo", "http://web.foo/x", "-o", "text"},
				{"pod/cli.foo", "http://web.foo/x", "-o", "json"},
				{"pod/cli.foo", "http://web.foo/x", "-o", "wide"},
				{"lint"},
				{"matrix"},
				{"who-can", "svc/web.foo:80"},
				{"what-can", "pod/cli.foo"},
				{"fix", "pod/cli.foo", "http://web.foo/x"},
				{"snapshot", "pod/cli.foo", "http://web.foo/x"},
				{"__complete", "pod/"},
			} {
				clean(t, "", append(args, "--kubeconfig", file))
			}
			server.Close()
		}
	}
}

func encodeJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
