package main

import (
	"os"
	"testing"

	"k8s.io/client-go/rest"
)

// limit is what the plugin may weigh, stripped, in MB. docs/benchmarks.md has it too.
const limit = 45.0

// TestSize keeps a dependency from doubling the download unnoticed.
func TestSize(t *testing.T) {
	info, err := os.Stat(buildPlugin(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(info.Size()) / 1e6; got > limit {
		t.Errorf("the stripped plugin has %.2f MB, the limit is %.1f MB; what it is made of: go tool nm -size -sort size of a plugin that is not stripped", got, limit)
	}
}

// TestLogins makes sure that a kubeconfig may log in as it may with kubectl. Those of
// azure and gcp are gone from client-go; what is left of them says so.
func TestLogins(t *testing.T) {
	for _, name := range []string{"oidc", "azure", "gcp"} {
		if err := rest.RegisterAuthProviderPlugin(name, nil); err == nil {
			t.Errorf("no auth provider %q", name)
		}
	}
}
