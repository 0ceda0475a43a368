package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
)

// troubled is a command that is run while things go wrong.
type troubled struct {
	name string
	args []string
	// answer is what the command says that must never be wrong: a verdict by what it is
	// about. ok is false where it says nothing at all.
	answer func(t *testing.T, dir string, a plugin.Answer) (verdicts map[string]string, ok bool)
	// silent commands say nothing of trouble: completion.
	silent bool
}

// faultFiles writes what the commands read, and returns where.
func faultFiles(t *testing.T, near, far string) string {
	t.Helper()
	dir := t.TempDir()
	pod := func(app, namespace string) []string {
		out, err := cluster.Kubectl(t.Context(), "", "get", "pods", "-n", namespace, "-l", "app="+app,
			"-o", "jsonpath={.items[0].metadata.name} {.items[0].status.podIP}")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(out)
	}
	sleep, httpbin := pod("sleep", far), pod("httpbin", near)
	files := map[string]string{
		"deny.yaml": "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: zz-deny, namespace: " + near + "}\n" +
			"spec: {action: DENY, selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {methods: [PUT]}}]}]}\n",
		"traffic.yaml": fmt.Sprintf(`
apiVersion: authz-doctor.dev/v1alpha1
kind: TrafficTest
metadata: {name: live}
spec:
  cases:
  - {name: allowed, source: deploy/frontend.%[1]s, target: 'http://httpbin.%[1]s:8000/headers', request: {method: GET}, expect: Allowed}
  - {name: denied, source: deploy/frontend.%[1]s, target: 'http://httpbin.%[1]s:8000/get', request: {method: GET}, expect: Denied}
`, near),
		"proxy.log": fmt.Sprintf("2026-11-26T11:16:16.119765Z\terror\taccess\tconnection complete\t"+
			`src.addr=%[1]s:1234 src.workload=%[2]q src.namespace=%[3]q `+
			`dst.addr=%[4]s:15008 dst.hbone_addr=%[4]s:80 dst.workload=%[5]q dst.namespace=%[6]q direction="inbound" bytes_sent=0 bytes_recv=0 `+
			`duration="0ms" error="connection closed due to policy rejection: allow policies exist, but none allowed"`+"\n",
			sleep[1], sleep[0], far, httpbin[1], httpbin[0], near),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// troubledCommands are the commands that ask a cluster, with the places of their words in
// dir; out is a folder to write to.
func troubledCommands(near, far, dir, out string) []troubled {
	service, in := "http://httpbin."+near+":8000", func(f string) string { return filepath.Join(dir, f) }
	sources := near + "," + far
	return []troubled{
		{name: "question, denied by a policy", args: []string{"deploy/frontend." + near, service + "/get", "--method", "GET", "-o", "json"}, answer: verdictOf},
		{name: "question, allowed", args: []string{"deploy/frontend." + near, service + "/headers", "--method", "GET", "-o", "json"}, answer: verdictOf},
		{name: "question, denied for want of an allow", args: []string{"deploy/sleep." + far, service + "/headers", "-o", "json"}, answer: verdictOf},
		{name: "lint", args: []string{"lint", "-n", near, "-o", "json"}, answer: findingsOf},
		{name: "matrix", args: []string{"matrix", "-n", near, "--from", sources, "-o", "csv", "--method", "GET", "--path", "/get"}, answer: pairsOf},
		{name: "a rule for CI", args: []string{"matrix", "-n", near, "--fail-on", near + " -> svc/httpbin." + near}, answer: ruleOf},
		{name: "who-can", args: []string{"who-can", "svc/httpbin." + near + ":8000", "--from", sources, "-o", "csv"}, answer: pairsOf},
		{name: "what-can", args: []string{"what-can", "deploy/frontend." + near, "--to", near, "-o", "csv"}, answer: pairsOf},
		{name: "snapshot", args: []string{"snapshot", "deploy/frontend." + near, service + "/get", "-O", filepath.Join(out, "snapshot.yaml")}, answer: savedAnswer("deploy/frontend."+near, service+"/get")},
		{name: "fix", args: []string{"fix", "deploy/sleep." + far, service + "/headers", "-o", "json"}, answer: repairOf},
		{name: "what-if", args: []string{"what-if", "-f", in("deny.yaml"), "deploy/frontend." + near, service + "/headers", "--method", "PUT"}, answer: changeOf},
		{name: "what-if for everybody", args: []string{"what-if", "-f", in("deny.yaml")}, answer: changeOf},
		{name: "test", args: []string{"test", in("traffic.yaml"), "-o", "json"}, answer: casesOf},
		{name: "logs", args: []string{"logs", in("proxy.log"), "-o", "json"}, answer: deniedOf},
		{name: "completion of targets", args: []string{"__complete", "deploy/frontend." + near, "svc/httpbin." + near}, answer: candidatesOf, silent: true},
		{name: "completion of Pods", args: []string{"__complete", "pod/", "-n", near}, answer: candidatesOf, silent: true},
	}
}
