package cluster

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
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
	c, known := checkObject(r, raw)
	if len(c.wrong) > 0 {
		return p.errorAt(c.wrong[0].path, title+": "+c.wrong[0].String())
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
		var s *string
		if given := metadata[name]; len(given) > 0 && json.Unmarshal(given, &s) != nil {
			return nil, p.errorAt(fieldPath{"metadata", name}, fmt.Sprintf("%s: metadata.%s: wants text, got %s", r.Kind, name, given))
		}
		if s != nil {
			text[name] = *s
		}
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
