package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
)

// object is an object as JSON has it; numbers are as they were written.
type object = map[string]any

// decode reads an object.
func decode(raw json.RawMessage) (object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		return nil, err
	}
	if o == nil {
		return nil, errors.New("is not an object")
	}
	return o, nil
}

// encode is the reverse; what came from JSON can be written as JSON.
func encode(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Field is a field in which two objects differ: the innermost one of maps, or a list
// as a whole.
type Field struct {
	// Path are the keys that lead to it.
	Path []string `json:"path"`
	// Before and After are its values; nil where it is not there.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Stood is how many of the keys were there before; the maps below were made for it.
	Stood int `json:"stood"`
}

// serverOwned are the fields of metadata that nobody sets.
var serverOwned = []string{"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}

// revision is what the Deployment controller counts in.
const revision = "deployment.kubernetes.io/revision"

// content is an object without what only the server writes.
func content(o object) object {
	out := maps.Clone(o)
	delete(out, "status")
	if metadata, ok := o["metadata"].(object); ok {
		metadata = maps.Clone(metadata)
		for _, name := range serverOwned {
			delete(metadata, name)
		}
		if annotations, ok := metadata["annotations"].(object); ok && annotations[revision] != nil {
			annotations = maps.Clone(annotations)
			delete(annotations, revision)
			if metadata["annotations"] = annotations; len(annotations) == 0 {
				delete(metadata, "annotations")
			}
		}
		out["metadata"] = metadata
	}
	return out
}

// Differences returns the fields in which two objects differ, sorted; what only the
// server writes is not compared. An object that cannot be read is one without fields.
func Differences(before, after json.RawMessage) []Field {
	b, _ := decode(before)
	a, _ := decode(after)
	return differences(b, a)
}

func differences(before, after object) []Field {
	return compare(nil, 0, content(before), content(after))
}

// compare goes down as long as both sides are maps, or one is a map and the other is
// not there.
func compare(path []string, stood int, before, after any) []Field {
	b, isMap := before.(object)
	a, alsoMap := after.(object)
	if before != nil {
		stood = len(path)
	}
	switch {
	case reflect.DeepEqual(before, after):
		return nil
	case isMap && alsoMap, isMap && after == nil && len(b) > 0, alsoMap && before == nil && len(a) > 0:
	default:
		return []Field{{slices.Clone(path), encode(before), encode(after), min(stood, max(len(path)-1, 0))}}
	}
	keys := maps.Clone(b)
	if keys == nil {
		keys = object{}
	}
	maps.Copy(keys, a)
	var out []Field
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, compare(append(slices.Clone(path), key), stood, b[key], a[key])...)
	}
	return out
}

// at returns the value that a path leads to; nil if there is none.
func at(o object, path []string) any {
	var v any = o
	for _, key := range path {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// set puts a value where the path leads, on the way making the maps that are not there.
// A nil value takes the field away, and the maps below the first stood keys that are empty
// without it.
func set(o object, path []string, value any, stood int) {
	key := path[0]
	if len(path) == 1 {
		if value == nil {
			delete(o, key)
		} else {
			o[key] = value
		}
		return
	}
	inner, ok := o[key].(object)
	if !ok && value == nil {
		return
	}
	if inner = maps.Clone(inner); inner == nil {
		inner = object{}
	}
	set(inner, path[1:], value, stood-1)
	if value == nil && len(inner) == 0 && stood <= 0 {
		delete(o, key)
		return
	}
	o[key] = inner
}

// patch returns the merge patch (RFC 7396) that makes after of before.
func patch(before, after object) object {
	out := object{}
	for key, b := range before {
		a, stays := after[key]
		inner, isMap := b.(object)
		same, alsoMap := a.(object)
		switch {
		case !stays || a == nil:
			if b != nil {
				out[key] = nil
			}
		case isMap && alsoMap:
			if p := patch(inner, same); len(p) > 0 {
				out[key] = p
			}
		case !reflect.DeepEqual(a, b):
			out[key] = a
		}
	}
	for key, a := range after {
		if before[key] == nil && a != nil {
			out[key] = a
		}
	}
	return out
}
