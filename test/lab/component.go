package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A component is a nested Go module and the programs that are built from it.
type component struct {
	dir      string // below test/
	ldflags  string
	programs []program
}

// A program is an executable and the package it is built from.
type program struct{ name, pkg string }

// The versions are those of each component's go.mod; the API server's is also
// stamped into it, for clients compare it with their own.
const kubernetesVersion = "v1.36.3"

// IstioVersion is the release of Istio whose commit istiod is built from.
const IstioVersion = "1.31.1"

var kubernetes = component{
	dir:     "lab/components/kubernetes",
	ldflags: "-s -w -X k8s.io/component-base/version.gitVersion=" + kubernetesVersion,
	programs: []program{
		{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"},
		{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"},
		{"kubectl", "k8s.io/kubernetes/cmd/kubectl"},
	},
}

var etcd = component{
	dir:      "lab/components/etcd",
	ldflags:  "-s -w",
	programs: []program{{"etcd", "."}},
}

var kwok = component{
	dir:      "lab/components/kwok",
	ldflags:  "-s -w",
	programs: []program{{"kwok", "sigs.k8s.io/kwok/cmd/kwok"}},
}

// Istiod tells its version to whoever asks, so it is stamped as well.
var istiod = component{
	dir:      "lab/components/istiod",
	ldflags:  "-s -w -X istio.io/istio/pkg/version.buildVersion=" + IstioVersion,
	programs: []program{{"pilot-discovery", "istio.io/istio/pilot/cmd/pilot-discovery"}},
}

// istioctl is a peer: it analyzes configurations, too.
var istioctl = component{
	dir:      "lab/components/istioctl",
	ldflags:  istiod.ldflags,
	programs: []program{{"istioctl", "istio.io/istio/istioctl/cmd/istioctl"}},
}

var linter = component{
	dir:      "tools",
	ldflags:  "-s -w",
	programs: []program{{"golangci-lint", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint"}},
}

// The mutations that it makes are the same as long as its version is.
var gremlins = component{
	dir:      "tools/gremlins",
	ldflags:  "-s -w",
	programs: []program{{"gremlins", "github.com/go-gremlins/gremlins/cmd/gremlins"}},
}

var krew = component{
	dir:     "tools/krew",
	ldflags: "-s -w",
	programs: []program{
		{"kubectl-krew", "sigs.k8s.io/krew/cmd/krew"},
		{"validate-krew-manifest", "sigs.k8s.io/krew/cmd/validate-krew-manifest"},
	},
}

var goreleaser = component{
	dir:      "tools/goreleaser",
	ldflags:  "-s -w",
	programs: []program{{"goreleaser", "github.com/goreleaser/goreleaser/v2"}},
}

var cyclonedx = component{
	dir:      "tools/cyclonedx",
	ldflags:  "-s -w",
	programs: []program{{"cyclonedx-gomod", "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"}},
}

var govulncheck = component{
	dir:      "tools/govulncheck",
	ldflags:  "-s -w",
	programs: []program{{"govulncheck", "golang.org/x/vuln/cmd/govulncheck"}},
}

var ko = component{
	dir:      "tools/ko",
	ldflags:  "-s -w",
	programs: []program{{"ko", "github.com/google/ko"}},
}

// binDir is where the component's programs are kept: a directory named after
// what they are built from, so that a change of version is a new directory and
// never a stale program.
func (c component) binDir(moduleDir string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		text, err := os.ReadFile(filepath.Join(moduleDir, c.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // not every component has a main of its own
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return filepath.Join(cache, "lab", hex.EncodeToString(sum.Sum(nil))[:16], "bin"), nil
}

// cacheDir is $AUTHZ_DOCTOR_CACHE, or authz-doctor below the user's cache.
func cacheDir() (string, error) {
	if dir := os.Getenv("AUTHZ_DOCTOR_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "authz-doctor"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for the cache, set AUTHZ_DOCTOR_CACHE: %w", err)
	}
	return filepath.Join(home, ".cache", "authz-doctor"), nil
}
