package apirule

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
)

// TestExamples: the policies in the examples are what is made of the APIRules there.
func TestExamples(t *testing.T) {
	const dir = "../../../examples"
	strategies, err := filepath.Glob(filepath.Join(dir, "kyma-strategies", "*.yaml"))
	if err != nil || len(strategies) < 6 {
		t.Fatalf("%v, %v", strategies, err)
	}
	for _, file := range append(strategies, filepath.Join(dir, "kyma-in-cluster", "cluster.yaml")) {
		if filepath.Base(file) == "cluster.yaml" && filepath.Base(filepath.Dir(file)) == "kyma-strategies" {
			continue
		}
		s := example(t, file)
		policies, authentications, err := Generate(s.rule, world{map[string]string{"app": "httpbin"}, true, "example.com"})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range s.policies {
			o.Name = ""
		}
		for _, o := range s.authentications {
			o.Name = ""
		}
		if diff := cmp.Diff(ordered(s.policies), ordered(policies), protocmp.Transform()); diff != "" {
			t.Errorf("%s: policies, -is +want:\n%s", file, diff)
		}
		if diff := cmp.Diff(ordered(s.authentications), ordered(authentications), protocmp.Transform()); diff != "" {
			t.Errorf("%s: authentications, -is +want:\n%s", file, diff)
		}
	}
}
