package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

const oncePod = `apiVersion: v1
kind: Pod
metadata:
  labels:
    app: app-%[1]d
  name: app-%[1]d
  namespace: team
spec:
  containers:
  - image: example.com/app
    name: app
    ports:
    - containerPort: 8080
      name: http
  - args:
    - proxy
    - sidecar
    image: istio/proxyv2
    name: istio-proxy
  serviceAccountName: app-%[1]d
status:
  phase: Running
  podIP: 10.0.0.1
`

// TestDecodedOnce keeps manifests from being decoded more than once: reading them allocates
// hardly more than decoding them does, which takes as long as it allocates.
func TestDecodedOnce(t *testing.T) {
	const n = 200 // of which a list is a large one
	var documents, list []string
	for i := range n {
		text := fmt.Sprintf(oncePod, i)
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		documents, list = append(documents, text), append(list, string(raw))
	}
	alone := testing.AllocsPerRun(3, func() {
		for _, document := range documents {
			if err := yaml.Unmarshal([]byte(document), new(corev1.Pod)); err != nil {
				t.Fatal(err)
			}
		}
	})
	for name, tt := range map[string]struct {
		text string
		most float64
	}{
		"documents.yaml": {strings.Join(documents, "---\n"), 1.15},
		"list.yaml":      {"apiVersion: v1\nkind: List\nitems:\n- " + strings.Join(indented(documents), "- "), 1.15},
		"list.json":      {`{"apiVersion":"v1","kind":"List","items":[` + strings.Join(list, ",\n") + `]}`, 0.25},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(3, func() {
			if _, err := ReadFiles([]string{file}, nil, ""); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.most*alone {
			t.Errorf("reading %s has %.0f allocations, %.2f times those of decoding; want at most %.2f", name, got, got/alone, tt.most)
		}
	}
}

// indented are documents as items of a list.
func indented(documents []string) []string {
	var out []string
	for _, d := range documents {
		out = append(out, strings.ReplaceAll(strings.TrimSuffix(d, "\n"), "\n", "\n  ")+"\n")
	}
	return out
}
