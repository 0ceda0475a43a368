package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// listBody is what counts of a list that a server answers.
type listBody struct {
	listHead
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// listHead tells whether a body is a list at all. A proxy or a page to log in may answer
// with JSON too, and what is empty by mistake must not count as a list of nothing.
type listHead struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// lists reports whether the head is that of a list of the resource.
func (h listHead) lists(r Resource) bool {
	group, _, found := strings.Cut(h.APIVersion, "/")
	if !found {
		group = ""
	}
	return strings.HasSuffix(h.Kind, "List") && (group == r.Group || h.Kind == "List" || h.Kind == "PartialObjectMetadataList")
}

// continues returns where the next page of a list begins; empty is the last.
func continues(body []byte) string {
	if !bytes.Contains(body, []byte(`"continue"`)) {
		return ""
	}
	var list struct {
		Metadata struct {
			Continue string `json:"continue"`
		} `json:"metadata"`
	}
	if json.Unmarshal(body, &list) != nil {
		return ""
	}
	return list.Metadata.Continue
}

// decodeAll decodes what a server answered. An object that cannot be understood
// is not left out in silence: the answer counts as not read.
func decodeAll(q Query, version string, raws []json.RawMessage) Result {
	out := Result{Query: q, Items: make([]Item, 0, len(raws))}
	r := q.Resource
	served := Resource{Group: r.Group, Version: version}.apiVersion()
	for _, raw := range raws {
		raw, err := complete(raw, served, r.Kind)
		var object Object
		if err == nil {
			object, err = decode(r, raw)
		}
		if err == nil && r.Group == groupPolicy {
			err = exact(r, raw)
		}
		if err == nil {
			out.Items = append(out.Items, Item{r, object, raw})
			continue
		}
		if out.Unread == nil {
			out.Unread = q.unread(Failed, fmt.Sprintf("%s %s: %s", r.Kind, nameOf(raw), explain(r, raw, err)))
		}
	}
	return out
}

// exact refuses fields of the spec that the type has not. Former versions of the
// network policy API wrote their selectors another way under the same version:
// without the field that is not known they would select everything.
func exact(r Resource, raw json.RawMessage) error {
	if c, _ := checkObject(r, raw, true); len(c.wrong) > 0 {
		return errors.New(c.wrong[0].String())
	}
	return nil
}

// complete adds what items of a list lack, apiVersion and kind, and drops
// metadata.managedFields, which nobody asks for.
func complete(raw json.RawMessage, apiVersion, kind string) (json.RawMessage, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return raw, err
	}
	if object == nil {
		return raw, fmt.Errorf("is not an object")
	}
	for key, value := range map[string]string{"apiVersion": apiVersion, "kind": kind} {
		if _, ok := object[key]; !ok {
			object[key] = quote(value)
		}
	}
	if bytes.Contains(object["metadata"], []byte(`"managedFields"`)) {
		var metadata map[string]json.RawMessage
		if err := json.Unmarshal(object["metadata"], &metadata); err != nil {
			return raw, err
		}
		delete(metadata, "managedFields")
		object["metadata"] = join(metadata)
	}
	return join(object), nil
}

// decode returns the typed form, in the version that the type has; what has no type, and
// is a platform's, stays in the version that it was read in. Fields are told apart by
// case, as a server does.
func decode(r Resource, raw json.RawMessage) (Object, error) {
	k := byResource[r]
	object := k.make()
	if err := utiljson.Unmarshal(raw, object); err != nil {
		return nil, err
	}
	if k.extra && object.GetObjectKind().GroupVersionKind().Group == r.Group {
		return object, nil
	}
	object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Group: r.Group, Version: r.Version, Kind: r.Kind})
	return object, nil
}

// join puts an object together again, its names sorted. The values are JSON that
// was read before: they are not looked at again.
func join(object map[string]json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if out.Len() == 0 {
			out.WriteByte('{')
		} else {
			out.WriteByte(',')
		}
		out.Write(quote(name))
		out.WriteByte(':')
		out.Write(object[name])
	}
	if out.Len() == 0 {
		return json.RawMessage("{}")
	}
	out.WriteByte('}')
	return out.Bytes()
}

// encode writes JSON without escaping what only HTML needs escaped. It is given
// what was JSON before, which can always be written.
func encode(v any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSpace(out.Bytes())
}

func quote(s string) json.RawMessage { return encode(s) }

// nameOf names an object that may not be decodable: namespace/name.
func nameOf(raw json.RawMessage) string {
	var object struct {
		Metadata struct{ Name, Namespace any }
	}
	if json.Unmarshal(raw, &object) != nil {
		return "without a name"
	}
	name, _ := object.Metadata.Name.(string)
	namespace, _ := object.Metadata.Namespace.(string)
	if namespace == "" {
		return or(name, "without a name")
	}
	return namespace + "/" + or(name, "without a name")
}
