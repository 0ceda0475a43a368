package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/docs/block"
)

// TestYAML: the YAML of the pages can be read, a TrafficTest passes beside the example that
// it is about, and a configuration is one. What is a file of a finding's page, or a
// workflow, other tests run.
func TestYAML(t *testing.T) {
	ran := map[string]int{}
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			if b.Kind != block.Data || b.Lang != "yaml" {
				continue
			}
			for doc := range strings.SplitSeq(b.Text, "\n---\n") {
				var all any
				if err := yaml.Unmarshal([]byte(doc), &all); err != nil {
					t.Errorf("%s:%d: %v", page, b.Line, err)
				}
				object, _ := all.(map[string]any) // a part of one may be a list
				file, command := "", ""
				switch {
				case object["kind"] == "TrafficTest":
					file, command = "policies/this.yaml", "kubectl authz-doctor test policies/this.yaml"
				case page == filepath.Join("docs", "configuration.md"):
					file, command = "config.yaml", "AUTHZ_DOCTOR_CONFIG=config.yaml kubectl authz-doctor lint -f policies"
				default:
					continue
				}
				ran[file]++
				s := shell{bin: shellBin(t)}
				s.lay(t)
				if err := os.WriteFile(filepath.Join(s.desk, file), []byte(doc), 0o600); err != nil {
					t.Fatal(err)
				}
				if out, err := s.run(t, command); err != nil {
					t.Errorf("%s:%d: %v\n%s", page, b.Line, err, out)
				}
			}
		}
	}
	if ran["policies/this.yaml"] == 0 || ran["config.yaml"] == 0 {
		t.Errorf("no page shows a TrafficTest, or none a configuration: %v", ran)
	}
}
