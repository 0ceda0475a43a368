package cluster

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message compares a value with an Istio message. Fields go by their JSON names
// only, as in the schema of the API server; decoding would take the names of the
// protocol (not_principals) as well, so those are removed.
func (c *check) message(v any, d protoreflect.MessageDescriptor, p fieldPath) {
	if strings.HasPrefix(string(d.FullName()), "google.protobuf.") {
		c.wellKnown(v, d.Name(), p)
		return
	}
	object, ok := v.(map[string]any)
	if !ok {
		c.wants(p, "an object", v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field := fieldByName(d, name)
		if field == nil {
			c.notKnown(p.plus(name), jsonNames(d))
			c.pruned = true
			delete(object, name)
			continue
		}
		c.field(object[name], field, p.plus(name))
	}
}

// altNames are the names of the protocol that the schemas of the API server have
// besides (istio: api, +kubebuilder:altName).
var altNames = []protoreflect.FullName{"istio.security.v1beta1.JWTRule.jwks_uri", "istio.networking.v1alpha3.HTTPRoute.mirror_percent"}

func fieldByName(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := d.Fields().ByName(protoreflect.Name(name)); field != nil && slices.Contains(altNames, field.FullName()) {
		return field
	}
	return d.Fields().ByJSONName(name)
}

// jsonNames are the names of the fields of a message.
func jsonNames(d protoreflect.MessageDescriptor) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range d.Fields().Len() {
			if !yield(d.Fields().Get(i).JSONName()) {
				return
			}
		}
	}
}

func (c *check) field(v any, d protoreflect.FieldDescriptor, p fieldPath) {
	switch {
	case v == nil:
	case d.IsMap():
		c.mapping(v, p, func(v any, p fieldPath) {
			key, _ := p[len(p)-1].(string)
			if d.MapKey().Kind() != protoreflect.StringKind && !integerText(key, 64, true) {
				c.wrong = append(c.wrong, wrong{p, "wants a whole number as the name"})
			}
			c.scalar(v, d.MapValue(), p)
		})
	case d.IsList():
		c.list(v, p, func(v any, p fieldPath) { c.element(v, d, p) })
	default:
		c.scalar(v, d, p)
	}
}

// element compares one value of a list.
func (c *check) element(v any, d protoreflect.FieldDescriptor, p fieldPath) {
	switch {
	case v != nil:
		c.scalar(v, d, p)
	case d.Kind() == protoreflect.MessageKind:
		c.nothing("an object", p)
	default:
		c.scalar(v, d, p)
	}
}

// scalar compares one value: not a list, not a map.
func (c *check) scalar(v any, d protoreflect.FieldDescriptor, p fieldPath) {
	fits, what := true, ""
	switch d.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if v != nil {
			c.message(v, d.Message(), p)
		}
	case protoreflect.EnumKind:
		name, _ := v.(string)
		fits = d.Enum().Values().ByName(protoreflect.Name(name)) != nil
		what = "one of " + strings.Join(enumNames(d.Enum()), ", ")
	case protoreflect.BoolKind:
		_, fits = v.(bool)
		what = "true or false"
	case protoreflect.StringKind, protoreflect.BytesKind:
		_, fits = v.(string)
		what = wantsText
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		_, fits = v.(json.Number)
		what = "a number"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		fits, what = integer(v, 32, true), "a whole number"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		fits, what = integer(v, 32, false), "a whole number from 0"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		fits, what = long(v, true), "a whole number"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		fits, what = long(v, false), "a whole number from 0"
	}
	if !fits {
		c.wants(p, what, v)
	}
}

// long says whether v is a 64-bit number, which may be written as text.
func long(v any, signed bool) bool {
	text, isText := v.(string)
	return integer(v, 64, signed) || isText && integerText(text, 64, signed)
}

func enumNames(d protoreflect.EnumDescriptor) []string {
	var out []string
	for i := range d.Values().Len() {
		out = append(out, string(d.Values().Get(i).Name()))
	}
	return out
}

// wellKnown compares a value with one of the messages that have JSON of their own.
func (c *check) wellKnown(v any, name protoreflect.Name, p fieldPath) {
	fits, what := true, ""
	switch name {
	case "Duration":
		text, _ := v.(string)
		_, err := time.ParseDuration(text)
		fits, what = err == nil, "a duration such as 5s"
	case "Timestamp":
		text, _ := v.(string)
		_, err := time.Parse(time.RFC3339Nano, text)
		fits, what = err == nil, "a time such as 2006-01-02T15:04:05Z"
	case "BoolValue":
		_, fits = v.(bool)
		what = "true or false"
	case "StringValue", "BytesValue":
		_, fits = v.(string)
		what = wantsText
	case "DoubleValue", "FloatValue":
		_, fits = v.(json.Number)
		what = "a number"
	case "Int32Value":
		fits, what = integer(v, 32, true), "a whole number"
	case "UInt32Value":
		fits, what = integer(v, 32, false), "a whole number from 0"
	case "Int64Value", "UInt64Value":
		fits, what = long(v, name == "Int64Value"), "a whole number"
	case "Struct":
		_, fits = v.(map[string]any)
		what = "an object"
	}
	if !fits {
		c.wants(p, what, v)
	}
}
