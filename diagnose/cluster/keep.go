package cluster

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// keep takes an object of a known kind.
func (l *loader) keep(p place, r Resource, gvk schema.GroupVersionKind, raw json.RawMessage) error {
	raw, err := complete(raw, gvk.GroupVersion().String(), r.Kind)
	if err != nil {
		return p.errorAt(nil, r.Kind+" "+nameOf(raw)+": "+explain(r, raw, err))
	}
	if raw, err = l.settle(p, r, raw); err != nil {
		return err
	}
	title := r.Kind + " " + nameOf(raw)
	c, known := checkObject(r, raw, !p.saved && slices.Contains(strictKinds, r))
	if len(c.wrong) > 0 {
		return p.refused(title, c.wrong, c.strict)
	}
	object, err := decode(r, known)
	if err != nil {
		return p.errorAt(nil, title+": "+explain(r, known, err))
	}
	if p.saved {
		l.saved[key{r, object.GetNamespace(), object.GetName()}] = Item{r, object, raw}
		return nil
	}
	for _, path := range c.unknown {
		l.note(p.document, title+": unknown field "+path.String())
	}
	k := key{r, object.GetNamespace(), object.GetName()}
	if placed[r] || byResource[r].extra {
		l.places[k] = p
	}
	if _, twice := l.own[k]; twice {
		l.note(p.document, title+" is given twice, the last one counts")
	}
	l.own[k] = Item{r, object, raw}
	if ns := object.GetNamespace(); ns != "" {
		l.named[ns] = true
	}
	return nil
}

// settle gives the object the name and namespace that the API server would.
func (l *loader) settle(p place, r Resource, raw json.RawMessage) (json.RawMessage, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, p.errorAt(nil, "is not an object")
	}
	metadata := map[string]json.RawMessage{}
	if given := object["metadata"]; len(given) > 0 && string(given) != "null" {
		if err := json.Unmarshal(given, &metadata); err != nil {
			return nil, p.errorAt(fieldPath{"metadata"}, r.Kind+": metadata: wants an object")
		}
	}
	text := map[string]string{}
	for _, name := range []string{"name", "generateName", "namespace"} {
		var given any
		if len(metadata[name]) > 0 && utiljson.Unmarshal(metadata[name], &given) != nil {
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
	metadata["name"] = quote(name)
	switch {
	case !r.Namespaced:
		delete(metadata, "namespace")
	case text["namespace"] == "":
		metadata["namespace"] = quote(l.namespace)
	}
	object["metadata"] = join(metadata)
	return join(object), nil
}
