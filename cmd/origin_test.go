package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: dev, cluster: {server: "https://dev.example"}}
contexts:
- {name: dev, context: {cluster: dev, namespace: foo}}
- {name: prod, context: {cluster: dev, namespace: bar}}
`

// parseOrigin reads a command line in a world with this kubeconfig.
func parseOrigin(t *testing.T, args ...string) *originFlags {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	var f originFlags
	f.addTo(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestOpenServer(t *testing.T) {
	prod := []kubectlFlag{{"context", "prod"}}
	tests := []struct {
		name              string
		args              []string
		adopted           []kubectlFlag
		namespace, origin string
	}{
		{"the kubeconfig's", nil, nil, "foo", `context "dev"`},
		{"a namespace", []string{"-n", "baz"}, nil, "baz", `context "dev"`},
		{"a context", []string{"--context", "prod"}, nil, "bar", `context "prod"`},
		{"kubectl's context", nil, prod, "bar", `context "prod"`},
		{"a context, and kubectl's", []string{"--context=dev"}, prod, "foo", `context "dev"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parseOrigin(t, tt.args...)
			if err := f.adopt(tt.adopted); err != nil {
				t.Fatal(err)
			}
			o, err := f.open(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.namespace, tt.origin}, []string{o.namespace, o.reader.Origin()}); diff != "" {
				t.Errorf("namespace and origin (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesNeedNoServer(t *testing.T) {
	mesh := filepath.Join("testdata", "mesh.yaml")
	for _, flag := range choosesServer {
		value := "true"
		if flag == "as-group" {
			value = "group"
		}
		f := parseOrigin(t, "-f", mesh, "--"+flag+"="+value)
		if _, err := f.open(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "--"+flag+" exclude each other") {
			t.Errorf("-f with --%s: error %v", flag, err)
		}
	}
	f := parseOrigin(t, "-f", mesh, "--request-timeout=1s")
	if err := f.adopt([]kubectlFlag{{"context", "prod"}}); err != nil {
		t.Fatal(err)
	}
	if o, err := f.open(t.Context(), nil); err != nil || o.namespace != "default" || o.files == nil {
		t.Errorf("namespace %q, files %v, error %v; want default and files", o.namespace, o.files != nil, err)
	}
}
