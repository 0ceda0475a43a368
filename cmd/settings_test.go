package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestReadSettings(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":              {"", ""},
		"comments":             {"# color: never\n", ""},
		"all":                  {"output: wide\ncolor: never\nredact: true\nexclude-namespaces: [a, b]\nplain: true\nmouse: false\nread-only: true\n", "output=[wide] color=[never] redact=[true] exclude-namespaces=[a b] plain=[true] mouse=[false] read-only=[true]"},
		"one of a list":        {"exclude-namespaces: a", "exclude-namespaces=[a]"},
		"an empty list":        {"exclude-namespaces: []", "exclude-namespaces=[]"},
		"a template":           {"output: jsonpath={.status.verdict}", "output=[jsonpath={.status.verdict}]"},
		"JSON":                 {`{"color": "always"}`, "color=[always]"},
		"an unknown key":       {"color: auto\nouptut: json\n", `FILE:2: there is no setting "ouptut", did you mean output? The settings are output, color, redact, exclude-namespaces, plain, mouse, read-only`},
		"one of nothing known": {"\n\nkubeconfig: x", `FILE:3: there is no setting "kubeconfig". The settings are output, color, redact, exclude-namespaces, plain, mouse, read-only`},
		"a wrong word":         {"color: sometimes", `FILE:1: color: want auto, always or never, got "sometimes"`},
		"no such format":       {"output: jsno", `FILE:1: output: there is no format "jsno", did you mean json?`},
		"no true and no false": {"redact: yes", `FILE:1: redact: want true or false, got "yes"`},
		"a list of one":        {"color: [never]", "FILE:1: color: want a value"},
		"no value":             {"color:", "FILE:1: color: want a value"},
		"no list":              {"exclude-namespaces: {a: b}", "FILE:1: exclude-namespaces: want a list of values"},
		"a list of lists":      {"exclude-namespaces: [[a]]", "FILE:1: exclude-namespaces: want a list of values"},
		"twice":                {"color: never\nmouse: true\ncolor: auto", "FILE:3: color is given twice"},
		"no settings":          {"- color", `FILE:1: want settings such as "color: never"`},
		"no YAML":              {"color: never\n\tmouse: true", "FILE: line 2: found a tab character that violates indentation"},
		"an alias":             {"color: &a never\nredact: *a", "FILE:2: redact: want a value"},
		"a number":             {"mouse: 1", `FILE:1: mouse: want true or false, got "1"`},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := readSettings("FILE", []byte(tt.text))
			var got []string
			for _, g := range all {
				got = append(got, g.name+"=["+strings.Join(g.values, " ")+"]")
			}
			is := strings.Join(got, " ")
			if err != nil {
				is = err.Error()
			}
			if is != tt.want && (err == nil || !strings.HasPrefix(is, tt.want)) {
				t.Errorf("%s\nwant %s", is, tt.want)
			}
		})
	}
}

// Flags win over the environment, and that over the file.
func TestApplySettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	for name, tt := range map[string]struct {
		text, env, line string
		flag, want      string
	}{
		"the file":                 {"color: always", "", "", "color", "always"},
		"a flag over it":           {"color: always", "", "--color auto", "color", "auto"},
		"NO_COLOR over it":         {"color: always", "NO_COLOR=", "", "color", "auto"},
		"NO_COLOR with it":         {"color: never", "NO_COLOR=", "", "color", "never"},
		"a list":                   {"exclude-namespaces: [a, b]", "", "lint", "exclude-namespaces", "[a,b]"},
		"a list that is typed":     {"exclude-namespaces: [a, b]", "", "lint --exclude-namespaces c", "exclude-namespaces", "[c]"},
		"a format is of questions": {"output: wide", "", "lint", "output", "text"},
		"and of all of them":       {"output: wide", "", "", "output", "wide"},
		"a dialogue":               {"plain: true", "", "", "plain", "true"},
		"not with ACCESSIBLE=0":    {"plain: true", "ACCESSIBLE=0", "", "plain", "false"},
		"what writes":              {"read-only: true", "", "fix", "read-only", "true"},
		"what undoes":              {"read-only: true", "", "fix undo", "read-only", "true"},
		"writing, as typed":        {"read-only: true", "", "fix --read-only=false", "read-only", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			root := newRootCommand(pluginFile, genericiooptions.IOStreams{})
			c, rest, err := root.Find(strings.Fields(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.ParseFlags(rest); err != nil {
				t.Fatal(err)
			}
			env := func(name string) (string, bool) {
				if name == settingsVariable {
					return file, true
				}
				return only(tt.env)(name)
			}
			if err := applySettings(c, env); err != nil {
				t.Fatal(err)
			}
			if got := c.Flags().Lookup(tt.flag).Value.String(); got != tt.want {
				t.Errorf("--%s %s, want %s", tt.flag, got, tt.want)
			}
		})
	}
}

// Every setting is the default of some flag.
func TestSettingsAreFlags(t *testing.T) {
	for _, s := range settings {
		used := false
		everyCommand(newRootCommand(pluginFile, genericiooptions.IOStreams{}), func(c *cobra.Command) { used = used || s.of(c) })
		if !used {
			t.Errorf("%s means nothing", s.name)
		}
	}
}

// The page has every setting, and its example is one.
func TestSettingsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```\n")
	all, err := readSettings("configuration.md", []byte(example))
	if err != nil || len(all) != len(settings) {
		t.Errorf("%d of %d settings in the example: %v", len(all), len(settings), err)
	}
}
