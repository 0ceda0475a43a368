package cluster

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// check compares the JSON of an object with its type. Decoding alone would name
// no field where it fails, and would drop unknown fields in silence.
type check struct {
	// strict refuses what the API server would: see strictKinds.
	strict  bool
	wrong   []wrong
	unknown []fieldPath
	pruned  bool
}

// checkObject compares the JSON with the type of the resource. It returns the
// JSON without those unknown fields that decoding would take for known ones.
func checkObject(r Resource, raw json.RawMessage, strict bool) (check, json.RawMessage) {
	c := check{strict: strict}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return c, raw
	}
	c.value(v, reflect.TypeOf(byResource[r].make()).Elem(), nil)
	if c.pruned {
		raw = encode(v)
	}
	return c, raw
}

// explain names the field that keeps an object from being decoded.
func explain(r Resource, raw json.RawMessage, err error) string {
	if c, _ := checkObject(r, raw, false); len(c.wrong) > 0 {
		return c.wrong[0].String()
	}
	return oneLine(strings.TrimPrefix(err.Error(), "json: "))
}

func (c *check) wants(p fieldPath, what string, v any) {
	message := "wants " + what + ", got " + describe(v)
	if what == wantsText {
		message += quoteHint(v)
	}
	c.wrong = append(c.wrong, wrong{p, message})
}

var (
	protoMessage    = reflect.TypeFor[protoreflect.ProtoMessage]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// value compares a value with a Go type. Nothing (null) fits everywhere.
func (c *check) value(v any, t reflect.Type, p fieldPath) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch pointer := reflect.PointerTo(t); {
	case v == nil:
	case pointer.Implements(protoMessage):
		message := reflect.New(t).Interface().(protoreflect.ProtoMessage)
		c.message(v, message.ProtoReflect().Descriptor(), p)
	case pointer.Implements(jsonUnmarshaler):
		if json.Unmarshal(encode(v), reflect.New(t).Interface()) != nil {
			c.wants(p, "a "+t.Name(), v)
		}
	default:
		c.plain(v, t, p)
	}
}

func (c *check) plain(v any, t reflect.Type, p fieldPath) {
	fits, what := true, ""
	switch t.Kind() {
	case reflect.Struct:
		c.object(v, t, p)
	case reflect.Map:
		c.mapping(v, p, func(v any, p fieldPath) { c.value(v, t.Elem(), p) })
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			_, fits = v.(string)
			what = "base64 text"
			break
		}
		c.list(v, p, func(v any, p fieldPath) { c.value(v, t.Elem(), p) })
	case reflect.String:
		_, fits = v.(string)
		what = wantsText
	case reflect.Bool:
		_, fits = v.(bool)
		what = "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		fits, what = integer(v, t.Bits(), true), "a whole number"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		fits, what = integer(v, t.Bits(), false), "a whole number from 0"
	case reflect.Float32, reflect.Float64:
		_, fits = v.(json.Number)
		what = "a number"
	default: // no API type has a field of another kind
	}
	if !fits {
		c.wants(p, what, v)
	}
}

func (c *check) object(v any, t reflect.Type, p fieldPath) {
	object, ok := v.(map[string]any)
	if !ok {
		c.wants(p, "an object", v)
		return
	}
	known := fieldsByName(t)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if field, ok := known[name]; ok {
			c.value(object[name], field, p.plus(name))
		} else {
			c.notKnown(p.plus(name), maps.Keys(known))
		}
	}
}

func (c *check) list(v any, p fieldPath, each func(any, fieldPath)) {
	list, ok := v.([]any)
	if !ok {
		c.wants(p, "a list", v)
		return
	}
	for i, element := range list {
		each(element, p.plus(i))
	}
}

func (c *check) mapping(v any, p fieldPath, each func(any, fieldPath)) {
	object, ok := v.(map[string]any)
	if !ok {
		c.wants(p, "an object", v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		each(object[name], p.plus(name))
	}
}

var fieldCache sync.Map // reflect.Type to map[string]reflect.Type

// fieldsByName are the JSON fields of a struct, with those of what it embeds.
func fieldsByName(t reflect.Type) map[string]reflect.Type {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.(map[string]reflect.Type)
	}
	out := map[string]reflect.Type{}
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "" && (field.Anonymous || strings.Contains(options, "inline")):
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			maps.Copy(out, fieldsByName(inner))
		case name != "" && name != "-":
			out[name] = field.Type
		}
	}
	fieldCache.Store(t, out)
	return out
}
