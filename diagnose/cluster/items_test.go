package cluster

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// lists are documents with items, by whether these can be read each by itself.
var lists = map[string]bool{
	"kind: List\nitems:\n- a: 1\n- b: 2\n": true,
	"---\nkind: List\nitems:\n- a: 1\n  b:\n  - c\n  - d\n\n# between\n- b: [1, 2]\nmetadata: {}\n":        true,
	"a: 1\nitems:\n  - a: |\n      - x\n     # no comment\n    b: 2\n  - b: \"two\n       lines\"\nc: 3\n": true,
	"a: 1\nitems:\n-\n  a: 1\n-  b: 2\n":     true,
	"a: 1\nitems:   \n- 1\n- 2":              true,
	"a: 1\r\nitems:\r\n- x: 1\r\n- x: 2\r\n": true,

	"items:\r \n-\n-":                                        false,
	" items:\n- \n- \n#0":                                    false,
	"a: 1\nitems: []\n":                                      false,
	"a: 1\nitems:\n- a: 1\n":                                 false, // one alone
	"a: 1\nitems:\n- a: &x 1\n- b: *x\n":                     false,
	"a: &x 1\nitems:\n- b: *x\n- c: 1\n":                     false,
	"a: 1\nitems:\n- a: \"x\n- y\"\n- b: 1\n":                false,
	"a: 1\nitems:\n- a: [1,\n- 2]\n- b: 1\n":                 false,
	"a: \"\nitems:\n- x\n- y\nb\"\n":                         false,
	"a: 1\nitems:\n- a: 1\n  a: 2\n- b: 1\n":                 false, // twice
	"a: 1\nitems:\n- a: 1\n- b: 1\nitems: []\n":              false,
	"a: 1\nitems:\n- a: 1\n- b: 1\n  c\n":                    false,
	"a: 1\nitems:\n# first\n- a: 1\n- b: 1\n":                false,
	"a: |\n\n items\nitems:\n- a: 1\n- b: {{ .Values.x }}\n": false,
}

func TestItemsApart(t *testing.T) {
	for text, apart := range lists {
		if got := sameAsWhole(t, text); got != apart {
			t.Errorf("%q: the items are read each by itself: %v, want %v", text, got, apart)
		}
	}
}

func FuzzItemsApart(f *testing.F) {
	for text := range lists {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { sameAsWhole(t, text) })
}

// sameAsWhole compares a document read in parts with the whole: what it says, and where.
func sameAsWhole(t *testing.T, text string) bool {
	t.Helper()
	d := &document{file: "f", number: 1, base: 7, line: 7, text: []byte(text)}
	raw, ok := d.itemsApart()
	if !ok {
		return false
	}
	whole, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%q is read in parts, as a whole: %v", text, err)
	}
	var got, want map[string]any
	if json.Unmarshal(raw, &got) != nil || json.Unmarshal(whole, &want) != nil {
		t.Fatalf("%q: %s, want %s", text, raw, whole)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: %s", text, diff)
	}
	alone := &document{file: "f", number: 1, base: 7, line: 7, text: []byte(text)}
	items, _ := want["items"].([]any)
	for i, item := range items {
		paths := []fieldPath{{"items", i}, {"items", i, "nothing"}}
		object, _ := item.(map[string]any)
		for name := range object {
			paths = append(paths, fieldPath{"items", i, name}, fieldPath{"items", i, name, 1})
		}
		for _, p := range paths {
			if got, want := d.lineOf(p), alone.lineOf(p); got != want {
				t.Errorf("%q: %s is in line %d, want %d", text, p, got, want)
			}
		}
	}
	return true
}

// TestItemsOfJSON looks for lines in a document that is too large to be parsed for one.
func TestItemsOfJSON(t *testing.T) {
	var text strings.Builder
	text.WriteString("{\"kind\": \"List\",\n\"items\": [\n")
	for i := range 4000 {
		fmt.Fprintf(&text, "{\"a\": %d,\n \"b\": [\"\\\"]\",\n 2]},\n", i)
	}
	text.WriteString("{}]}")
	documents, ok := splitJSON("f", []byte(text.String()))
	if !ok || len(documents) != 1 || len(documents[0].text) < large {
		t.Fatal(ok, len(documents))
	}
	for _, want := range []struct {
		path fieldPath
		line int
	}{{nil, 1}, {fieldPath{"items", 0}, 3}, {fieldPath{"items", 2, "b"}, 10}, {fieldPath{"items", 3999, "b", 1}, 3*3999 + 5}, {fieldPath{"items", 4000, "a"}, 3*4000 + 3}} {
		if got := documents[0].lineOf(want.path); got != want.line {
			t.Errorf("%s is in line %d, want %d", want.path, got, want.line)
		}
	}
}
