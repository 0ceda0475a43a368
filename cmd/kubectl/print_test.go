package kubectl

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
)

func TestPrintFlagsAreKubectls(t *testing.T) {
	their := &cobra.Command{}
	genericclioptions.NewKubeTemplatePrintFlags().AddFlags(their)
	our := pflag.NewFlagSet("ours", pflag.ContinueOnError)
	new(PrintFlags).AddFlags(our)
	if diff := cmp.Diff(declaredIn(their.Flags()), declaredIn(our)); diff != "" {
		t.Errorf("(-kubectl's +ours):\n%s", diff)
	}
}

// printed is what comes of the flags: the object in some form, or an error.
func printed(p printers.ResourcePrinter, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var out bytes.Buffer
	if err := p.PrintObj(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.dev/v1", "kind": "Thing", "metadata": map[string]any{"name": "a", "managedFields": []any{map[string]any{"manager": "me"}}},
		"spec": map[string]any{"list": []any{"x", int64(1)}},
	}}, &out); err != nil {
		// What it had to do with is named by address.
		return "error of printing: " + strings.Split(err.Error(), ":")[0]
	}
	return out.String()
}

func TestPrintersAreKubectls(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	goFile, pathFile, none := file("go", "{{.kind}}!"), file("path", "{.kind}?"), filepath.Join(dir, "none")

	outputs := []string{
		"", "json", "JSON", "Yaml", "kyaml", "name", "wide", "json=x", "papyrus", "papyrus=x", "=", "=x",
		"go-template", "go-template=", "go-template={{.kind}}", "go-template={{.kind", "go-template={{.none}}", "GO-TEMPLATE={{.kind}}",
		"go-template={{range .spec.list}}{{.}}={{end}}", "template={{.metadata.name}}", "templatefile=" + goFile, "go-template-file=" + goFile,
		"go-template-file=" + none, "jsonpath", "jsonpath={.kind}", "jsonpath={.kind", "jsonpath={.none}", "jsonpath={.spec.list[?(@==1)]}",
		"jsonpath-as-json={.spec}", "jsonpath-as-json=", "jsonpath-file=" + pathFile, "jsonpath-file=" + none, "jsonpath-file",
	}
	templates := []string{"", "{{.kind}}", "{.kind}", "{{.none.none}}", goFile, pathFile, none}
	printing := 0
	for _, output := range outputs {
		for _, template := range templates {
			for _, specified := range []bool{true, false} {
				for _, allow := range []string{"true", "false"} {
					args := []string{"--template=" + template, "--allow-missing-template-keys=" + allow}
					is := func() bool { return specified }

					their := genericclioptions.PrintFlags{
						JSONYamlPrintFlags: genericclioptions.NewJSONYamlPrintFlags(), TemplatePrinterFlags: genericclioptions.NewKubeTemplatePrintFlags(),
						OutputFormat: &output, OutputFlagSpecified: is,
					}
					command := &cobra.Command{}
					their.TemplatePrinterFlags.AddFlags(command)
					our := PrintFlags{OutputFormat: output, OutputFlagSpecified: is}
					set := pflag.NewFlagSet("ours", pflag.ContinueOnError)
					our.AddFlags(set)
					if err := errors.Join(command.Flags().Parse(args), set.Parse(args)); err != nil {
						t.Fatal(err)
					}
					got := printed(our.ToPrinter())
					if diff := cmp.Diff(printed(their.ToPrinter()), got); diff != "" {
						t.Errorf("-o %q (typed: %t) %q (-kubectl's +ours):\n%s", output, specified, args, diff)
					}
					if !strings.HasPrefix(got, "error: ") {
						printing++
					}
				}
			}
		}
	}
	if printing < 100 {
		t.Errorf("only %d of the combinations print", printing)
	}
}
