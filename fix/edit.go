package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// tree is an object as JSON has it.
type tree = map[string]any

// parse reads an object.
func parse(raw json.RawMessage) tree {
	var out tree
	if json.Unmarshal(raw, &out) != nil || out == nil {
		return tree{}
	}
	return out
}

// changed is the Change of an object that is there: edit gets a copy of it.
func changed(item cluster.Item, edit func(tree)) Change {
	object := parse(item.Raw)
	edit(object)
	after, err := json.Marshal(object)
	if err != nil {
		after = item.Raw // of what was JSON before: there is no such error
	}
	c := Change{
		Resource: item.Resource, Kind: item.Resource.Kind, Namespace: item.Object.GetNamespace(), Name: item.Object.GetName(),
		Before: item.Raw, After: after,
	}
	if o, ok := diagnose.OwnerOf(item.Object); ok {
		c.Owner = &o
	}
	return c
}

// created is the Change of an object that is made.
func created(r cluster.Resource, namespace, name string, spec tree) Change {
	version := r.Version
	if r.Group != "" {
		version = r.Group + "/" + r.Version
	}
	metadata := tree{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	after, err := json.Marshal(tree{"apiVersion": version, "kind": r.Kind, "metadata": metadata, "spec": spec})
	if err != nil {
		after = nil
	}
	return Change{Resource: r, Kind: r.Kind, Namespace: namespace, Name: name, After: after}
}

// at finds the value of a path such as spec.rules[0].from[1].source; nil if there is
// none. Objects on the way are not made.
func at(v any, path string) any {
	for _, step := range steps(path) {
		switch step := step.(type) {
		case string:
			object, _ := v.(tree)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// set puts value at a path, making the objects on the way; lists have to be there.
func set(object tree, path string, value any) {
	all := steps(path)
	var v any = object
	for _, step := range all[:len(all)-1] {
		switch step := step.(type) {
		case string:
			o, _ := v.(tree)
			if o == nil {
				return
			}
			if o[step] == nil {
				o[step] = tree{}
			}
			v = o[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return
			}
			v = list[step]
		}
	}
	if o, ok := v.(tree); ok {
		if name, ok := all[len(all)-1].(string); ok {
			o[name] = value
		}
	}
}

// steps takes a path apart: names, and the indexes of lists.
func steps(path string) []any {
	var out []any
	for _, part := range strings.Split(path, ".") {
		name, rest, _ := strings.Cut(part, "[")
		out = append(out, name)
		for rest != "" {
			index, after, _ := strings.Cut(rest, "]")
			if n, err := strconv.Atoi(index); err == nil {
				out = append(out, n)
			}
			rest = strings.TrimPrefix(after, "[")
		}
	}
	return out
}

// grow appends a value to a list of texts, once.
func grow(object tree, path, value string) {
	list, _ := at(object, path).([]any)
	if !slices.Contains(list, any(value)) {
		set(object, path, append(slices.Clone(list), value))
	}
}

// replace puts a value of a list of texts in place of another.
func replace(object tree, path, old, value string) {
	list, _ := at(object, path).([]any)
	list = slices.Clone(list)
	for i, v := range list {
		if v == old {
			list[i] = value
		}
	}
	set(object, path, list)
}

func texts(values ...string) []any {
	var out []any
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// labels makes an object of a selector.
func labels(set map[string]string) tree {
	out := tree{}
	for k, v := range set {
		out[k] = v
	}
	return out
}

// free is name, or name with the first number that nobody bears.
func free(name string, taken func(string) bool) string {
	const longest = 60
	name = strings.Trim(name[:min(len(name), longest)], "-.")
	for i := 2; ; i++ {
		if !taken(name) {
			return name
		}
		name = fmt.Sprintf("%s-%d", strings.TrimSuffix(name, "-"+strconv.Itoa(i-1)), i)
	}
}
