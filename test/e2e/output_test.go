package e2e

import (
	"strings"
	"testing"
)

func TestOutput(t *testing.T) {
	s := setScene(t, "output", "allow-frontend")
	source, target := "deploy/sleep."+s.Far, "http://httpbin."+s.Near+":8000/get"
	tests := []struct {
		name string
		args []string
		want []string // parts of stdout
	}{
		{"report", nil, []string{"DENIED", "httpbin." + s.Near, "allow-frontend"}},
		{"explain", []string{"--explain"}, []string{"DENIED", "allow-frontend", "cluster.local/ns/" + s.Near + "/sa/frontend"}},
		{"yaml", []string{"-o", "yaml"}, []string{"kind: Diagnosis\n", "verdict: Denied\n"}},
		{"json", []string{"-o", "json"}, []string{`"verdict": "Denied"`}},
		{"jsonpath", []string{"-o", "jsonpath={.status.verdict}"}, []string{"Denied"}},
		{"go-template", []string{"-o", "go-template={{.status.verdict}}"}, []string{"Denied"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := run(t, cluster.Kubeconfig, append([]string{source, target}, tt.args...)...)
			if a.Exit != exitDenied {
				t.Errorf("exit %d, want 1: %s", a.Exit, a.Stderr)
			}
			for _, part := range tt.want {
				if !strings.Contains(a.Stdout, part) {
					t.Errorf("stdout has no %q:\n%s", part, a.Stdout)
				}
			}
			if strings.Contains(a.Stdout, "\x1b") {
				t.Errorf("escape codes although nobody looks at a terminal:\n%q", a.Stdout)
			}
		})
	}
	t.Run("version", func(t *testing.T) {
		if a := run(t, "/nowhere", "version"); a.Exit != 0 || a.Stdout == "" {
			t.Errorf("exit %d, stdout %q, stderr %q", a.Exit, a.Stdout, a.Stderr)
		}
	})
	t.Run("unknown format", func(t *testing.T) {
		a := run(t, cluster.Kubeconfig, source, target, "-o", "papyrus")
		if a.Exit != exitError {
			t.Errorf("exit %d, want 2", a.Exit)
		}
		oneErrorLine(t, a)
	})
}
