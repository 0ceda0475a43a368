package cluster

import (
	"strings"
	"testing"
)

func TestWhere(t *testing.T) {
	const text = `# a comment
apiVersion: v1
kind: List
items:
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicy
  metadata:
    name: p
    annotations:
      istio.io/dry-run: "true"
  spec:
    rules:
    - from:
      - source:
          principals:
          - a
          - b
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: q, namespace: foo}
spec:
  portLevelMtls:
    8080:
      mode: STRICT
---
{"apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication", "metadata": {"name": "r"},
 "spec": {"jwtRules": [
  {"issuer": "a"}]}}
`
	files, err := ReadFiles([]string{"-"}, strings.NewReader(text), "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		r                      Resource
		namespace, name, field string
		line                   int
	}{
		{AuthorizationPolicies, "default", "p", "", 5},
		{AuthorizationPolicies, "default", "p", "spec.rules[0].from[0].source.principals", 15},
		{AuthorizationPolicies, "default", "p", "spec.rules[0].from[0].source.principals[1]", 17},
		{AuthorizationPolicies, "default", "p", "spec.rules[0].to[3].operation", 13},
		{AuthorizationPolicies, "default", "p", "metadata.annotations[istio.io/dry-run]", 10},
		{AuthorizationPolicies, "default", "p", `metadata.annotations["istio.io/dry-run"]`, 10},
		{PeerAuthentications, "foo", "q", "spec.portLevelMtls[8080].mode", 25},
		{PeerAuthentications, "foo", "q", "spec.portLevelMtls[1", 23},
		{RequestAuthentications, "default", "r", "spec.jwtRules[0].issuer", 29},
	} {
		if file, line := files.Where(tt.r, tt.namespace, tt.name, tt.field); file != "stdin" || line != tt.line {
			t.Errorf("%s of %s: got %s:%d, want line %d", tt.field, tt.name, file, line, tt.line)
		}
	}
	if file, _ := files.Where(Pods, "default", "p", ""); file != "" {
		t.Errorf("a Pod is in %s", file)
	}
}
