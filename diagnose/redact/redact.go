package redact

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// origin stands for where the objects came from: a file, a server and a context have
// names too.
const origin = "objects whose names are replaced (--redact), each name alike everywhere"

// Diagnosis returns a copy of d without names. s is what the answer was read from; nil
// leaves only the names that stand in d itself in known places. d does not change.
func Diagnosis(d *diagnose.Diagnosis, s *cluster.Snapshot) *diagnose.Diagnosis {
	n := newNames()
	for _, item := range s.Items() {
		n.object(item)
	}
	n.question(d.Spec)
	n.answer(d.Status)
	out := reflect.New(reflect.TypeFor[diagnose.Diagnosis]()).Elem()
	n.copy(out, reflect.ValueOf(d).Elem(), "")
	redacted := out.Addr().Interface().(*diagnose.Diagnosis)
	redacted.APIVersion, redacted.Kind = d.APIVersion, d.Kind
	if d.Status.Origin != "" {
		redacted.Status.Origin = origin
	}
	return redacted
}

// terms are fields that hold words of the plugin, Istio or Kubernetes, whatever they say.
var terms = []string{
	"APIVersion", "DataPlane", "Protocol", "Mode", "Transport", "Code", "Finding", "Field", "Key", "Method",
	"Attribute", "Resource", "Group", "Reason",
}

// copy fills to with from, each string without names. Values of a named type of string
// are terms.
func (n *names) copy(to, from reflect.Value, field string) {
	switch from.Kind() {
	case reflect.String:
		if from.Type() == reflect.TypeFor[string]() && !slices.Contains(terms, field) {
			to.SetString(n.text(from.String()))
			return
		}
		to.Set(from)
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			n.copy(to.Elem(), from.Elem(), field)
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			n.copy(to.Index(i), from.Index(i), field)
		}
	case reflect.Struct:
		for i := range from.NumField() {
			if f := from.Type().Field(i); f.IsExported() && f.Name != "Token" {
				n.copy(to.Field(i), from.Field(i), f.Name)
			}
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for _, key := range sorted(from.MapKeys()) { // the order numbers the names
			v := reflect.New(from.Type().Elem()).Elem()
			n.copy(v, from.MapIndex(key), field)
			to.SetMapIndex(key, v)
		}
	case reflect.Interface:
		if !from.IsNil() {
			v := reflect.New(from.Elem().Type()).Elem()
			n.copy(v, from.Elem(), field)
			to.Set(v)
		}
	default:
		to.Set(from)
	}
}

func sorted(keys []reflect.Value) []reflect.Value {
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	return keys
}

// object takes the names out of an object.
func (n *names) object(item cluster.Item) {
	raw := item.Raw
	if len(raw) == 0 {
		b, err := json.Marshal(item.Object)
		if err != nil {
			return // of a typed object: there is no such thing
		}
		raw = b
	}
	var v any
	if json.Unmarshal(raw, &v) == nil {
		n.leaves(v, "")
	}
	if item.Resource == cluster.Namespaces {
		n.add(namespaceName, item.Object.GetName())
	}
}
