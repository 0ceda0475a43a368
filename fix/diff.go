package fix

import (
	"encoding/json"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
	"sigs.k8s.io/yaml"
)

// serverFields are what the server keeps of an object, and nobody writes.
var serverFields = []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"}

// YAML is an object as one would write it: without what the server keeps, and without
// its status. Empty for none.
func YAML(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	object := parse(raw)
	delete(object, "status")
	if metadata, ok := object["metadata"].(tree); ok {
		for _, f := range serverFields {
			delete(metadata, f)
		}
		if annotations, ok := metadata["annotations"].(tree); ok {
			delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
			if len(annotations) == 0 {
				delete(metadata, "annotations")
			}
		}
	}
	out, err := yaml.Marshal(object)
	if err != nil {
		return string(raw) // of what was JSON: there is no such error
	}
	return string(out)
}

// Diff is a unified diff of the object before and after; empty if nothing changes.
func Diff(c Change) string {
	before, after := c.Object(), c.Object()
	switch c.Verb() {
	case "create":
		before = "/dev/null"
	case "delete":
		after = "/dev/null"
	}
	out, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: lines(YAML(c.Before)), B: lines(YAML(c.After)), FromFile: before, ToFile: after, Context: 3,
	})
	if err != nil {
		return "" // writing to memory: there is no such error
	}
	return out
}

// DiffLines are the lines of the diff that change something.
func DiffLines(c Change) []string {
	var out []string
	for _, l := range strings.Split(Diff(c), "\n") {
		if (strings.HasPrefix(l, "+") || strings.HasPrefix(l, "-")) && !strings.HasPrefix(l, "+++") && !strings.HasPrefix(l, "---") {
			out = append(out, l)
		}
	}
	return out
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return difflib.SplitLines(strings.TrimSuffix(s, "\n"))
}
