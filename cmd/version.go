package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// version is set by the linker:
// -X github.com/authz-doctor/kubectl-authz_doctor/cmd.version=v1.2.3.
var version string

// versionInfo says what was built, how and from what.
type versionInfo struct {
	Version   string `json:"version"`
	Commit    string `json:"commit,omitempty"`
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
	IstioAPI  string `json:"istioAPI,omitempty"`
	// Plugins are the platforms that it knows of its own.
	Plugins []string `json:"plugins"`
}

func newVersionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:                   "version [-o json|yaml]",
		DisableFlagsInUseLine: true,
		Short:                 "Print the version",
		Long:                  "Print the version of the plugin, and of what it is built from.",
		Args:                  cobra.NoArgs,
		ValidArgsFunction:     noFiles,
		RunE: func(*cobra.Command, []string) error {
			return readVersion().print(streams.Out, output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", textOutput, "the `FORMAT`: text, json or yaml")
	completeWords(c, "output", textOutput, "json", "yaml")
	return c
}

func (v versionInfo) print(w io.Writer, output string) (err error) {
	switch output {
	case textOutput, "":
		_, err = fmt.Fprintf(w, "authz-doctor %s\nbuilt with %s for %s\n", v.Version, v.GoVersion, v.Platform)
		if err == nil && v.IstioAPI != "" {
			_, err = fmt.Fprintf(w, "istio.io/api %s\n", v.IstioAPI)
		}
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		err = e.Encode(v)
	case "yaml":
		var data []byte
		if data, err = yaml.Marshal(v); err == nil {
			_, err = w.Write(data)
		}
	default:
		err = wantWord("output", output, textOutput, "json", "yaml")
	}
	return err
}

// buildVersion is the linker's version, else that of the module.
func buildVersion() string { return readVersion().Version }

func readVersion() versionInfo {
	v := versionInfo{Version: version, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if ok {
		v.Version = orElse(v.Version, build.Main.Version)
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
		for _, m := range build.Deps {
			if m.Path == "istio.io/api" {
				v.IstioAPI = m.Version
			}
		}
	}
	v.Version = orElse(v.Version, "(devel)")
	for _, p := range plugins.All() {
		v.Plugins = append(v.Plugins, p.Name())
	}
	return v
}
