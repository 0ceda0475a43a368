package apply

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// touched returns which of the fields that a manager has set a change changes.
func (m manager) touched(before, after object) []string {
	var out []string
	touch(m.fields, "", before, after, &out)
	slices.Sort(out)
	return out
}

func touch(node object, path string, before, after any, out *[]string) {
	leaf := true
	for name, inner := range node {
		next, ok := inner.(object)
		if name == "." || !ok {
			continue
		}
		leaf = false
		b, a, shown := step(name, before, after)
		touch(next, path+shown, b, a, out)
	}
	if leaf && !reflect.DeepEqual(before, after) {
		*out = append(*out, strings.TrimPrefix(path, "."))
	}
}

// step follows one element of a path in both objects.
func step(element string, before, after any) (b, a any, shown string) {
	kind, name, _ := strings.Cut(element, ":")
	switch kind {
	case "f":
		bm, _ := before.(object)
		am, _ := after.(object)
		return bm[name], am[name], "." + name
	case "k":
		keys, err := decode(json.RawMessage(name))
		if err != nil {
			return nil, nil, "[" + name + "]"
		}
		match := func(item any) bool {
			m, ok := item.(object)
			for key, value := range keys {
				ok = ok && reflect.DeepEqual(m[key], value)
			}
			return ok
		}
		return find(before, match), find(after, match), "[" + keyWords(keys) + "]"
	case "v":
		same := func(item any) bool { return string(encode(item)) == name }
		return find(before, same), find(after, same), "[" + name + "]"
	}
	i, err := strconv.Atoi(name)
	if err != nil {
		return nil, nil, "[" + name + "]"
	}
	bl, _ := before.([]any)
	al, _ := after.([]any)
	return index(bl, i), index(al, i), "[" + name + "]"
}

// keyWords are the keys of an item as the server shows them: port=80,protocol="TCP".
func keyWords(keys object) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, key+"="+string(encode(keys[key])))
	}
	return strings.Join(out, ",")
}

func find(list any, match func(any) bool) any {
	items, _ := list.([]any)
	if i := slices.IndexFunc(items, match); i >= 0 {
		return items[i]
	}
	return nil
}

func index(items []any, i int) any {
	if i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}
