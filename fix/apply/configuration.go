package apply

import (
	"maps"
	"strings"
)

// extract takes what a tree of fields names out of an object.
func extract(fields, from object) object {
	out := object{}
	for name, inner := range fields {
		key, ok := fieldName(name)
		value, there := from[key]
		if !ok || !there {
			continue
		}
		below, _ := inner.(object)
		if m, isMap := value.(object); isMap && len(below) > 0 {
			out[key] = extract(below, m)
			continue
		}
		out[key] = value
	}
	return out
}

// merge puts one object over another.
func merge(into, from object) {
	for key, value := range from {
		m, isMap := value.(object)
		inner, alsoMap := into[key].(object)
		if isMap && alsoMap {
			inner = maps.Clone(inner)
			merge(inner, m)
			into[key] = inner
			continue
		}
		into[key] = value
	}
}

// identify adds what makes a body one for this object, as it was read.
func (op *operation) identify(body object, whole bool) object {
	metadata, _ := body["metadata"].(object)
	if metadata = maps.Clone(metadata); metadata == nil {
		metadata = object{}
	}
	metadata["uid"], metadata["resourceVersion"] = op.UID, op.ResourceVersion
	if whole {
		body["apiVersion"], body["kind"], metadata["name"] = op.APIVersion, op.Kind, op.Name
		if op.Namespace != "" {
			metadata["namespace"] = op.Namespace
		}
	}
	body["metadata"] = metadata
	return body
}

// fieldName is the name in an element "f:NAME" of a tree.
func fieldName(element string) (string, bool) { return strings.CutPrefix(element, "f:") }
