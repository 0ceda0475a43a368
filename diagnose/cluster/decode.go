package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	kjson "sigs.k8s.io/json"
)

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
	object, ok := partsOf(raw)
	if !ok {
		return raw, errors.New("is not an object")
	}
	object.complete(apiVersion, kind)
	if given, _ := object.get("metadata"); bytes.Contains(given, []byte(`"managedFields"`)) {
		metadata, ok := partsOf(given)
		if !ok {
			return raw, errors.New("metadata: wants an object")
		}
		metadata.drop("managedFields")
		object.set("metadata", metadata.join())
	}
	return object.join(), nil
}

// complete adds the apiVersion and the kind if they are not there.
func (p *parts) complete(apiVersion, kind string) {
	if _, ok := p.get("apiVersion"); !ok {
		p.set("apiVersion", quote(apiVersion))
	}
	if _, ok := p.get("kind"); !ok {
		p.set("kind", quote(kind))
	}
}

// decode returns the typed form, in the version that the type has; what has no type, and
// is a platform's, stays in the version that it was read in. Fields are told apart by
// case, as a server does.
func decode(r Resource, raw json.RawMessage) (Object, error) {
	object := byResource[r].make()
	if err := utiljson.Unmarshal(raw, object); err != nil {
		return nil, err
	}
	return byResource[r].named(object), nil
}

// decodeExactly is decode of what the type holds to the last field, so that there is
// nothing to say of it. False says nothing: checkObject does.
func decodeExactly(r Resource, raw json.RawMessage) (Object, bool) {
	k := byResource[r]
	if k.lenient {
		return nil, false
	}
	object := k.make()
	unknown, err := kjson.UnmarshalStrict(raw, object, kjson.DisallowUnknownFields)
	if err != nil || len(unknown) > 0 {
		return nil, false
	}
	return k.named(object), true
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
