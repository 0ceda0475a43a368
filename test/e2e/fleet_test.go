package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// fleetUser is whom the Pods of examples/fleet are to the API server.
const fleetUser = "system:serviceaccount:default:authz-doctor-fleet"

// fleetFile is a manifest of examples/fleet.
func fleetFile(name string) string { return filepath.Join("..", "..", "examples", "fleet", name) }

// jobsOf are the Jobs of a manifest, by their names.
func jobsOf(t *testing.T, name string) map[string]batchv1.Job {
	t.Helper()
	text, err := os.ReadFile(fleetFile(name))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]batchv1.Job{}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var job batchv1.Job
		if err := yaml.Unmarshal(document, &job); err != nil {
			t.Fatal(err)
		}
		if job.Kind == "Job" {
			out[job.Name] = job
		}
	}
	return out
}

// replaced are the arguments of a Job's container as the kubelet gives them to it, or with
// what the index stands for left to the plugin.
func replaced(job batchv1.Job, index int, by ...string) []string {
	var out []string
	for _, arg := range job.Spec.Template.Spec.Containers[0].Args {
		out = append(out, strings.NewReplacer(append(by, "$(JOB_COMPLETION_INDEX)", fmt.Sprint(index))...).Replace(arg))
	}
	return out
}

// everyShard runs the Pods of a Job at the same time, each a process of its own with the
// index in its environment, and returns what they print.
func everyShard(t *testing.T, job batchv1.Job, by []string, as ...string) []string {
	t.Helper()
	out := make([]string, *job.Spec.Completions)
	var pods sync.WaitGroup
	for i := range out {
		home := t.TempDir()
		pods.Go(func() {
			env := []string{fmt.Sprint("JOB_COMPLETION_INDEX=", i)}
			a, err := doctor.RunIn(t.Context(), env, cluster.Kubeconfig, home, append(replaced(job, i, by...), as...)...)
			if err != nil || a.Exit != 0 || a.Stderr != "" {
				t.Errorf("shard %d: exit %d, %v: %s", i, a.Exit, err, a.Stderr)
			}
			out[i] = a.Stdout
		})
	}
	pods.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return out
}

// prints runs the plugin, which has to succeed, and returns what it prints.
func prints(t *testing.T, args ...string) string {
	t.Helper()
	a := run(t, cluster.Kubeconfig, args...)
	if a.Exit != 0 {
		t.Fatalf("%q: exit %d: %s", args, a.Exit, a.Stderr)
	}
	return a.Stdout
}

// TestFleet has the API server take examples/fleet, and answers as its Pods would, with
// the rights of their ServiceAccount and no others: joined, what the shards print is what
// one process prints that may read everything.
func TestFleet(t *testing.T) {
	for _, file := range []string{"job.yaml", "volume.yaml"} { // Pods of theirs would be sources
		kubectl(t, "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", fleetFile(file))
	}
	kubectl(t, "apply", "--server-side", "--validate=strict", "-f", fleetFile("rbac.yaml"))
	t.Cleanup(func() { takeAway(t, "--wait=false", "-f", fleetFile("rbac.yaml")) })
	setScene(t, "fleet", "allow-frontend")
	live := jobsOf(t, "job.yaml")["authz-doctor-matrix"]
	logs := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(logs, []byte(strings.Join(everyShard(t, live, nil, "--as", fleetUser), "")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "wide", "json", "csv", "html", "dot", "mermaid"} {
		want := prints(t, "matrix", "-A", "-o", format)
		got := prints(t, "matrix", "merge", logs, "-o", format)
		if diff := difference(want, got); diff != "" || !strings.Contains(got, "httpbin.fleet-near") {
			t.Errorf("-o %s (-one process +joined):\n%s", format, diff)
		}
	}

	// The same by way of a snapshot, which the others read without any server.
	dir := t.TempDir()
	at := []string{"/matrix", dir}
	saved := jobsOf(t, "volume.yaml")
	prints(t, append(replaced(saved["authz-doctor-snapshot"], 0, at...), "--as", fleetUser)...)
	everyShard(t, saved["authz-doctor-matrix-saved"], at)
	got := prints(t, replaced(saved["authz-doctor-merge"], 0, at...)...)
	if diff := difference(prints(t, "matrix", "-f", filepath.Join(dir, "cluster.yaml"), "-o", "wide"), got); diff != "" {
		t.Errorf("-one process +joined:\n%s", diff)
	}
}

// difference is the first line that is not the same; empty: all are.
func difference(want, got string) string {
	wanted, lines := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wanted), len(lines)) {
		if i >= len(wanted) || i >= len(lines) || wanted[i] != lines[i] {
			return fmt.Sprintf("line %d\n-%s\n+%s", i+1, strings.Join(wanted[i:min(i+3, len(wanted))], "\n-"), strings.Join(lines[i:min(i+3, len(lines))], "\n+"))
		}
	}
	return ""
}

// TestFleetContexts reads the same cluster as two of a mesh: every source is there twice,
// and every Service once.
func TestFleetContexts(t *testing.T) {
	setScene(t, "contexts", "allow-frontend")
	kubeconfig := filepath.Join(t.TempDir(), "two.kubeconfig")
	text, err := os.ReadFile(cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kubeconfig, text, 0o600); err != nil {
		t.Fatal(err)
	}
	current := strings.TrimSpace(kubectl(t, "--kubeconfig", kubeconfig, "config", "current-context"))
	cfg := kubectl(t, "--kubeconfig", kubeconfig, "config", "view", "--minify", "-o", "jsonpath={.contexts[0].context.cluster} {.contexts[0].context.user}")
	parts := strings.Fields(cfg)
	kubectl(t, "--kubeconfig", kubeconfig, "config", "set-context", "east", "--cluster", parts[0], "--user", parts[1])
	a, err := doctor.Run(t.Context(), kubeconfig, t.TempDir(), "matrix", "-A", "--contexts", current+",east", "-o", "csv")
	if err != nil || a.Exit != 0 {
		t.Fatalf("exit %d, %v: %s", a.Exit, err, a.Stderr)
	}
	for _, want := range []string{
		"deploy/frontend.contexts-near@" + current + ",svc/httpbin.contexts-near:8000,Allowed",
		"deploy/frontend.contexts-near@east,svc/httpbin.contexts-near:8000,Allowed",
		"deploy/sleep.contexts-far@east,svc/httpbin.contexts-near:8000,Denied",
	} {
		if strings.Count(a.Stdout, want) != 1 {
			t.Errorf("%q is not there once in\n%s", want, a.Stdout)
		}
	}
}

// TestFleetRights holds the rights of examples/fleet against docs/rbac.yaml: it grants
// nothing that is not documented, and only to look.
func TestFleetRights(t *testing.T) {
	documented := map[string]bool{}
	for _, rule := range rulesOf(t, filepath.Join("..", "..", "docs", "rbac.yaml"), "authz-doctor-reader", "authz-doctor-mesh-config") {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				documented[group+"/"+resource+strings.Join(rule.ResourceNames, ",")] = true
			}
		}
	}
	for _, rule := range rulesOf(t, fleetFile("rbac.yaml"), "authz-doctor-fleet") {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				if !documented[group+"/"+resource+strings.Join(rule.ResourceNames, ",")] {
					t.Errorf("%s of %q is not in docs/rbac.yaml", resource, group)
				}
			}
		}
		if slices.ContainsFunc(rule.Verbs, func(v string) bool { return v != "get" && v != "list" }) {
			t.Errorf("%v: more than looking", rule)
		}
	}
}

// rulesOf are the rules of the roles of these names in a manifest.
func rulesOf(t *testing.T, file string, names ...string) []rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []rbacv1.PolicyRule
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var role rbacv1.ClusterRole
		if err := yaml.Unmarshal(document, &role); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(names, role.Name) && strings.HasSuffix(role.Kind, "Role") {
			out = append(out, role.Rules...)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no role", file)
	}
	return out
}
