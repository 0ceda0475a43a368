package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// A setting is a key of the configuration file: the default of the flag of that name.
type setting struct {
	name string
	// question says that only the flag of the question itself is meant.
	question bool
	// list says that there may be several values.
	list  bool
	check func(value string) error
	// yields reports whether the environment says something else.
	yields func(value string, env lookup) bool
}

// settings are all keys.
var settings = []setting{
	{name: "output", question: true, check: func(v string) error { _, _, err := findFace(v); return err }},
	{name: "color", check: oneOf("auto", "always", "never"), yields: func(v string, env lookup) bool {
		_, no := env("NO_COLOR")
		return no && v == "always"
	}},
	{name: "redact", check: oneOf("true", "false")},
	{name: "exclude-namespaces", list: true, check: func(string) error { return nil }},
	{name: "plain", check: oneOf("true", "false"), yields: func(_ string, env lookup) bool {
		v, _ := env("ACCESSIBLE")
		return v != ""
	}},
	{name: "mouse", check: oneOf("true", "false")},
	{name: "read-only", check: oneOf("true", "false")},
}

// oneOf wants one of a few words.
func oneOf(words ...string) func(string) error {
	return func(v string) error {
		if slices.Contains(words, v) {
			return nil
		}
		last := len(words) - 1
		return fmt.Errorf("want %s or %s, got %q", strings.Join(words[:last], ", "), words[last], v)
	}
}

// given is a setting with what the file says.
type given struct {
	setting
	values []string
}

// readSettings reads the configuration file. A key that means nothing is an error: whoever
// wrote it believes that it means something.
func readSettings(file string, text []byte) ([]given, error) {
	var document yamlnode.Node
	if err := yamlnode.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return nil, nil // nothing, or comments
	}
	root := document.Content[0]
	if root.Kind != yamlnode.MappingNode {
		return nil, fmt.Errorf("%s:%d: want settings such as %q", file, root.Line, "color: never")
	}
	var out []given
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		g, err := readSetting(key.Value, value)
		if err == nil && slices.ContainsFunc(out, func(o given) bool { return o.name == g.name }) {
			err = fmt.Errorf("%s is given twice", key.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, key.Line, err)
		}
		out = append(out, g)
	}
	return out, nil
}

func readSetting(name string, value *yamlnode.Node) (given, error) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
	if i < 0 {
		var names []string
		for _, s := range settings {
			names = append(names, s.name)
		}
		return given{}, fmt.Errorf("there is no setting %q%s The settings are %s", name, orElse(didYouMean(name, names), "."), strings.Join(names, ", "))
	}
	g := given{setting: settings[i]}
	nodes := []*yamlnode.Node{value}
	if g.list && value.Kind == yamlnode.SequenceNode {
		nodes = value.Content
	}
	for _, n := range nodes {
		if n.Kind != yamlnode.ScalarNode || n.Tag == "!!null" {
			what := "a value"
			if g.list {
				what = "a list of values"
			}
			return given{}, fmt.Errorf("%s: want %s", name, what)
		}
		if err := g.check(n.Value); err != nil {
			return given{}, fmt.Errorf("%s: %w", name, err)
		}
		g.values = append(g.values, n.Value)
	}
	return g, nil
}

// applySettings makes the configuration file the default of the flags that were not typed.
func applySettings(c *cobra.Command, env lookup) error {
	takes := slices.ContainsFunc(settings, func(s setting) bool { return s.of(c) })
	if !takes {
		return nil
	}
	file := settingsFile(env)
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the configuration cannot be read: %w", err)
	}
	all, err := readSettings(file, text)
	if err != nil {
		return err
	}
	for _, g := range all {
		if !g.of(c) || c.Flags().Changed(g.name) || g.yields != nil && g.yields(g.values[0], env) {
			continue
		}
		for _, v := range g.values {
			if err := c.Flags().Lookup(g.name).Value.Set(v); err != nil {
				return fmt.Errorf("%s: %s: %w", file, g.name, err)
			}
		}
	}
	return nil
}

// of reports whether a command has the flag.
func (s setting) of(c *cobra.Command) bool {
	return c.Flags().Lookup(s.name) != nil && (!s.question || !c.HasParent())
}
