package cluster

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts are JSON and what only looks like it.
var texts = []string{
	``, ` `, `{}`, ` { } `, `[]`, ` [ ] `, `null`, `"a"`, `"a`, `{`, `[`, `}`, `{"a":1}`, `{"a":1,}`, `{"a":1 2}`, `{"a" 1}`, `{"a":}`, `{a:1}`,
	`{"a":1}x`, `{"a":{"b":[1,{"c":"}"}]},"d":"\"}"}`, `{"a\u0062":"\\"}`, `{"a":"\\\""}`, `{"a":1,"a":2}`, `[1,2]`, `[1 2]`, `[1,]`, `[,1]`, `["]",[]]`, `[{}]]`, `[1}`,
	"{\n \"a\" : [ 1 ,\t-2.5e3,true , null , \"x\\n y\" ]\r\n}", "{\"a\": 80\n80}", "{\"a\": tr\nue}", "[\"a\"\n\"b\"]", "{\"a\":\"\\\n\"}",
}

// TestTakenApart compares what is taken apart with what the library decodes.
func TestTakenApart(t *testing.T) {
	for _, text := range texts {
		sameParts(t, []byte(text))
	}
}

func FuzzTakenApart(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(sameParts)
}

func sameParts(t *testing.T, text []byte) {
	t.Helper()
	object, isObject := members(text)
	list, isList := elements(text)
	if tight := tight(text); json.Valid(text) != json.Valid(tight) {
		t.Errorf("%q is valid: %v, and %q is not the same", text, json.Valid(text), tight)
	}
	if !json.Valid(text) { // then the parts are not, or it is none
		for _, m := range object {
			isObject = isObject && json.Valid(m.value)
		}
		for _, raw := range list {
			isList = isList && json.Valid(raw)
		}
		if isObject || isList {
			t.Errorf("%q is taken apart, and is no JSON", text)
		}
		return
	}
	var wantObject map[string]json.RawMessage
	var wantList []json.RawMessage
	trimmed := strings.TrimLeft(string(text), " \t\r\n")
	if isObject != strings.HasPrefix(trimmed, "{") || isList != strings.HasPrefix(trimmed, "[") {
		t.Fatalf("%q: an object: %v, a list: %v", text, isObject, isList)
	}
	if isObject && json.Unmarshal(text, &wantObject) == nil {
		got := map[string]json.RawMessage{}
		for _, m := range object {
			got[m.name] = m.value
		}
		if diff := cmp.Diff(wantObject, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if isList && json.Unmarshal(text, &wantList) == nil {
		if diff := cmp.Diff(append([]json.RawMessage{}, wantList...), append([]json.RawMessage{}, list...)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
