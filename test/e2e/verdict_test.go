package e2e

import (
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	s := setScene(t, "verdicts", "allow-frontend")
	httpbin := "http://httpbin." + s.Near + ":8000/get"
	frontend, sleep := "deploy/frontend."+s.Near, "deploy/sleep."+s.Far

	t.Run("the frontend is admitted by its principal", func(t *testing.T) {
		expect(t, "Allowed", cluster.Kubeconfig, frontend, httpbin)
	})
	t.Run("sleep shows no identity", func(t *testing.T) {
		d := expect(t, "Denied", cluster.Kubeconfig, sleep, httpbin)
		if !strings.Contains(d.Status.Summary, "allow-frontend") {
			t.Errorf("the summary does not name the policy that stops it: %s", d.Status.Summary)
		}
		if len(d.Status.Unread) > 0 {
			t.Errorf("the administrator can read all of it, yet unread lists %+v", d.Status.Unread)
		}
	})
	t.Run("a DENY policy goes before", func(t *testing.T) {
		if err := s.Policy(t.Context(), "deny-frontend"); err != nil {
			t.Fatal(err)
		}
		d := expect(t, "Denied", cluster.Kubeconfig, frontend, httpbin)
		if !strings.Contains(d.Status.Summary, "deny-frontend") {
			t.Errorf("the summary does not name the policy that stops it: %s", d.Status.Summary)
		}
		if err := s.RemovePolicy(t.Context(), "deny-frontend"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("without the policy both are free", func(t *testing.T) {
		if err := s.RemovePolicy(t.Context(), "allow-frontend"); err != nil {
			t.Fatal(err)
		}
		expect(t, "Allowed", cluster.Kubeconfig, frontend, httpbin)
		expect(t, "Allowed", cluster.Kubeconfig, sleep, httpbin)
	})
	t.Run("an open method is a condition", func(t *testing.T) {
		if err := s.Policy(t.Context(), "allow-get"); err != nil {
			t.Fatal(err)
		}
		expect(t, "Conditional", cluster.Kubeconfig, frontend, "svc/httpbin."+s.Near)
		expect(t, "Allowed", cluster.Kubeconfig, frontend, "svc/httpbin."+s.Near, "--method", "GET")
		expect(t, "Denied", cluster.Kubeconfig, frontend, "svc/httpbin."+s.Near, "--method", "DELETE")
	})
}

// TestNames asks one question in all the words there are for it.
func TestNames(t *testing.T) {
	s := setScene(t, "names", "allow-frontend")
	out, err := cluster.Kubectl(t.Context(), "", "get", "pods", "-n", s.Near, "-l", "app=frontend",
		"-o", "jsonpath={.items[0].metadata.name} {.items[0].status.podIP}")
	if err != nil {
		t.Fatal(err)
	}
	pod, ip, _ := strings.Cut(out, " ")
	sources := []string{
		"deploy/frontend", "frontend", "deployment/frontend." + s.Near, "pod/" + pod, pod + "." + s.Near, "sa/frontend",
	}
	targets := []string{
		"http://httpbin:8000/get", "http://httpbin." + s.Near + ".svc.cluster.local:8000/get", "httpbin:8000", "svc/httpbin",
	}
	for _, source := range sources {
		t.Run(source, func(t *testing.T) {
			expect(t, "Allowed", cluster.Kubeconfig, "-n", s.Near, source, targets[0])
		})
	}
	for _, target := range targets {
		t.Run(target, func(t *testing.T) {
			expect(t, "Allowed", cluster.Kubeconfig, "-n", s.Near, sources[0], target)
		})
	}
	t.Run("an address of no known Pod", func(t *testing.T) {
		expect(t, "Denied", cluster.Kubeconfig, "-n", s.Near, "ip/198.51.100.7", targets[0])
	})
	t.Run("the address of a Pod", func(t *testing.T) {
		// An address alone proves no identity, and finding its Pod would need a
		// list of all Pods: any verdict but a crash will do.
		if a := run(t, cluster.Kubeconfig, "-n", s.Near, "ip/"+ip, targets[0]); a.Exit == exitError {
			t.Errorf("exit 2: %s", a.Stderr)
		}
	})
	t.Run("nobody by that name", func(t *testing.T) {
		a := run(t, cluster.Kubeconfig, "-n", s.Near, "deploy/nobody", targets[0])
		if a.Exit != exitError || !strings.Contains(a.Stderr, "nobody") {
			t.Errorf("exit %d, want 2 and a word about nobody: %s", a.Exit, a.Stderr)
		}
		oneErrorLine(t, a)
	})
}
