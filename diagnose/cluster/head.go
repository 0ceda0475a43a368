package cluster

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// maxDepth bounds how deep lists stand in lists; each level has two steps.
const maxDepth = 20

// head is what every object has, and all its members. A field may hold anything as yet.
type head struct {
	*parts
	apiVersion, kind any
	hasMetadata      bool
}

// headOf reads the head; false if raw is not an object.
func headOf(raw json.RawMessage) (head, bool) {
	var h head
	var ok bool
	if h.parts, ok = partsOf(raw); !ok {
		return h, false
	}
	for _, m := range h.members {
		switch m.name {
		case "apiVersion":
			ok = ok && utiljson.Unmarshal(m.value, &h.apiVersion) == nil
		case "kind":
			ok = ok && utiljson.Unmarshal(m.value, &h.kind) == nil
		case "metadata":
			h.hasMetadata = true
		}
	}
	return h, ok
}

// object takes an object of any kind. What it does not say of its kind the list
// that it is in says.
func (l loading) object(p place, raw json.RawMessage, inherited schema.GroupVersionKind) (out outcome) {
	if string(raw) == "null" {
		return out // a document of comments
	}
	h, isMap := headOf(raw)
	if !isMap {
		out.fail(p.errorAt(nil, "is not an object"))
		return out
	}
	if len(p.at) > maxDepth {
		out.fail(p.errorAt(nil, "lists are nested too deep"))
		return out
	}
	gvk, isObject, err := kindOfHead(p, h, inherited)
	if err != nil {
		out.fail(err)
		return out
	}
	resource, known := kindOf(gvk.Group, gvk.Version, gvk.Kind)
	items, isList := h.items(gvk.Kind)
	if isObject {
		out.add(func(l *loader) { l.counts(p, gvk, raw, isList) })
	}
	if !known && !h.sound(p.isJSON, isList) {
		out.fail(p.errorAt(nil, "is not an object"))
		return out
	}
	switch {
	case !isObject:
		out.add(func(l *loader) { l.skip("", "") })
	case gvk == snapshotKind && !p.saved:
		out.join(l.snapshot(p, h))
	case known:
		out.join(l.keep(p, resource, gvk, h.parts))
	case isList:
		out.join(l.list(p, gvk, items))
	default:
		out.add(func(l *loader) { l.skip(gvk.GroupVersion().String(), gvk.Kind) })
	}
	return out
}

// counts takes note of an object.
func (l *loader) counts(p place, gvk schema.GroupVersionKind, raw json.RawMessage, isList bool) {
	l.heads++
	l.sees(p, gvk, raw)
	if !isList {
		l.objects++
	}
}

// sound reports whether the values are JSON, of what is not kept and so not decoded. The
// items of a list are looked at each by itself, and what was made of YAML is JSON.
func (h head) sound(isJSON, isList bool) bool {
	for _, m := range h.members {
		if isJSON && (m.name != "items" || !isList) && !json.Valid(m.value) {
			return false
		}
	}
	return true
}

// kindOfHead returns the kind, and whether there is one. A document that has none
// of apiVersion, kind and metadata is not an object: the values of a chart. One
// that lacks only some of them is a mistake.
func kindOfHead(p place, h head, inherited schema.GroupVersionKind) (schema.GroupVersionKind, bool, error) {
	if h.apiVersion == nil && h.kind == nil && inherited.Empty() {
		if !h.hasMetadata {
			return inherited, false, nil
		}
		return inherited, false, p.errorAt(nil, "has no apiVersion and no kind")
	}
	apiVersion, kind := inherited.GroupVersion().String(), inherited.Kind
	for _, field := range []struct {
		name  string
		value any
		into  *string
	}{{"apiVersion", h.apiVersion, &apiVersion}, {"kind", h.kind, &kind}} {
		text, isText := field.value.(string)
		switch {
		case isText && text != "":
			*field.into = text
		case field.value != nil && !isText:
			return inherited, false, p.errorAt(fieldPath{field.name}, field.name+": wants text, got "+describe(field.value)+quoteHint(field.value))
		case *field.into == "":
			return inherited, false, p.errorAt(nil, "has no "+field.name)
		}
	}
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return inherited, false, p.errorAt(fieldPath{"apiVersion"}, "apiVersion: "+err.Error())
	}
	return gv.WithKind(kind), true, nil
}

// items returns the items of a list: a kind that ends with List, and has items.
func (h head) items(kind string) ([]json.RawMessage, bool) {
	given, _ := h.get("items")
	if !strings.HasSuffix(kind, "List") || len(given) == 0 {
		return nil, false
	}
	if string(given) == "null" {
		return nil, true
	}
	return elements(given)
}

// list takes the items of a list. Those of a typed list need not say their kind.
func (l loading) list(p place, gvk schema.GroupVersionKind, items []json.RawMessage) outcome {
	inherited := gvk.GroupVersion().WithKind(strings.TrimSuffix(gvk.Kind, "List"))
	if inherited.Kind == "" {
		inherited = schema.GroupVersionKind{}
	}
	return l.items(p, items, inherited)
}
