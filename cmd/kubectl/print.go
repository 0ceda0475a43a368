package kubectl

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/printers"
)

// PrintFlags choose a printer. The caller defines --output.
type PrintFlags struct {
	// OutputFormat is the value of --output.
	OutputFormat string
	// OutputFlagSpecified reports whether --output was typed.
	OutputFlagSpecified func() bool
	// Template is the value of --template.
	Template string

	allowMissingKeys bool
}

// AddFlags defines the flags of templates.
func (f *PrintFlags) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.Template, "template", "", "Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].")
	flags.BoolVar(&f.allowMissingKeys, "allow-missing-template-keys", true, "If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.")
}

// The formats: of whole objects, and of those that need a template.
var (
	objectFormats   = []string{"json", "yaml", "kyaml"}
	templateFormats = []string{"go-template", "go-template-file", "template", "templatefile", "jsonpath", "jsonpath-as-json", "jsonpath-file"}
)

// Formats are the names of all formats, without their templates.
func Formats() []string { return slices.Concat(objectFormats, templateFormats) }

// NoPrinterError is for a format that there is not.
type NoPrinterError struct {
	OutputFormat   string
	AllowedFormats []string
}

func (e NoPrinterError) Error() string {
	return fmt.Sprintf("unable to match a printer suitable for the output format %q, allowed formats are: %s",
		e.OutputFormat, strings.Join(slices.Sorted(slices.Values(e.AllowedFormats)), ","))
}

// ToPrinter returns the printer for what was typed. A template without --output is a
// Go template. The error is a NoPrinterError if there is no such format.
func (f *PrintFlags) ToPrinter() (printers.ResourcePrinter, error) {
	format := f.OutputFormat
	if f.Template != "" && !f.OutputFlagSpecified() {
		format = "go-template"
	}
	switch strings.ToLower(format) {
	case "json":
		return &printers.OmitManagedFieldsPrinter{Delegate: &printers.JSONPrinter{}}, nil
	case "yaml":
		return &printers.OmitManagedFieldsPrinter{Delegate: &printers.YAMLPrinter{}}, nil
	case "kyaml":
		return &printers.OmitManagedFieldsPrinter{Delegate: &printers.KYAMLPrinter{}}, nil
	}
	template := f.Template
	if template == "" {
		format, template, _ = strings.Cut(format, "=")
	}
	if !slices.Contains(templateFormats, format) {
		return nil, NoPrinterError{f.OutputFormat, Formats()}
	}
	if template == "" {
		return nil, errors.New("template format specified but no template given")
	}
	return f.templatePrinter(format, template)
}

func (f *PrintFlags) templatePrinter(format, template string) (printers.ResourcePrinter, error) {
	if strings.HasSuffix(format, "file") {
		text, err := os.ReadFile(template)
		if err != nil {
			return nil, fmt.Errorf("error reading --template %s, %w", template, err)
		}
		template = string(text)
	}
	if strings.HasPrefix(format, "jsonpath") {
		p, err := printers.NewJSONPathPrinter(template)
		if err != nil {
			return nil, fmt.Errorf("error parsing jsonpath %s, %w", template, err)
		}
		p.AllowMissingKeys(f.allowMissingKeys)
		p.EnableJSONOutput(format == "jsonpath-as-json")
		return p, nil
	}
	p, err := printers.NewGoTemplatePrinter([]byte(template))
	if err != nil {
		return nil, fmt.Errorf("error parsing template %s, %w", template, err)
	}
	p.AllowMissingKeys(f.allowMissingKeys)
	return p, nil
}
