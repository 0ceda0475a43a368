package cluster

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// keep takes an object of a known kind.
func (l loading) keep(p place, r Resource, gvk schema.GroupVersionKind, given *parts) (out outcome) {
	raw, err := l.settle(p, r, gvk, given)
	if err != nil {
		out.fail(err)
		return out
	}
	object, ok := decodeExactly(r, raw)
	if ok {
		out.add(func(l *loader) { l.keep(p, Item{r, object, raw}, nil) })
		return out
	}
	title := r.Kind + " " + nameOf(raw)
	c, known := checkObject(r, raw, !p.saved && slices.Contains(strictKinds, r))
	if len(c.wrong) > 0 {
		out.fail(p.refused(title, c.wrong, c.strict))
		return out
	}
	if object, err = decode(r, known); err != nil {
		out.fail(p.errorAt(nil, title+": "+explain(r, known, err)))
		return out
	}
	out.add(func(l *loader) { l.keep(p, Item{r, object, raw}, c.unknown) })
	return out
}

// keep keeps an object, and takes note of fields that no type has.
func (l *loader) keep(p place, item Item, unknown []fieldPath) {
	r, object := item.Resource, item.Object
	k := key{r, object.GetNamespace(), object.GetName()}
	if p.saved {
		l.saved[k] = item
		return
	}
	for _, path := range unknown {
		l.note(p.document, r.Kind+" "+nameOf(item.Raw)+": unknown field "+path.String())
	}
	if placed[r] || byResource[r].extra {
		l.places[k] = p
	}
	if _, twice := l.own[k]; twice {
		l.note(p.document, r.Kind+" "+nameOf(item.Raw)+" is given twice, the last one counts")
	}
	l.own[k] = item
	if ns := object.GetNamespace(); ns != "" {
		l.named[ns] = true
	}
}

// settle completes the object, and gives it the name and namespace that the API server
// would. It drops metadata.managedFields, which nobody asks for.
func (l loading) settle(p place, r Resource, gvk schema.GroupVersionKind, object *parts) (json.RawMessage, error) {
	object.complete(gvk.GroupVersion().String(), r.Kind)
	metadata := &parts{}
	if given, _ := object.get("metadata"); len(given) > 0 && string(given) != "null" {
		var ok bool
		if metadata, ok = partsOf(given); !ok {
			return nil, p.errorAt(fieldPath{"metadata"}, r.Kind+": metadata: wants an object")
		}
	}
	text := map[string]string{}
	for _, name := range []string{"name", "generateName", "namespace"} {
		value, _ := metadata.get(name)
		if len(value) == 0 {
			continue
		}
		var given any
		if utiljson.Unmarshal(value, &given) != nil {
			return nil, p.errorAt(fieldPath{"metadata", name}, r.Kind+": metadata."+name+" cannot be read")
		}
		s, isText := given.(string)
		if given != nil && !isText {
			w := wrong{fieldPath{"metadata", name}, "wants text, got " + describe(given) + quoteHint(given)}
			return nil, p.errorAt(w.path, r.Kind+": "+w.String())
		}
		text[name] = s
	}
	name := or(text["name"], strings.TrimSuffix(text["generateName"], "-"))
	if name == "" {
		return nil, p.errorAt(nil, r.Kind+" has no metadata.name")
	}
	metadata.set("name", quote(name))
	switch {
	case !r.Namespaced:
		metadata.drop("namespace")
	case text["namespace"] == "":
		metadata.set("namespace", quote(l.namespace))
	}
	metadata.drop("managedFields")
	object.set("metadata", metadata.join())
	return object.join(), nil
}
