package apply

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) object {
	t.Helper()
	o, err := decode(json.RawMessage(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

// TestFields makes after of before by merge patch and by extract, tells the difference, and
// takes it back field by field.
func TestFields(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, patch, shown string }{
		"a value": {
			`{"spec":{"action":"ALLOW","x":1}}`, `{"spec":{"action":"DENY","x":1}}`,
			`{"spec":{"action":"DENY"}}`, "spec.action\n  - \"ALLOW\"\n  + \"DENY\"\n",
		},
		"what the server keeps": {
			`{"metadata":{"resourceVersion":"1","annotations":{"deployment.kubernetes.io/revision":"1"}},"status":{"a":1}}`,
			`{"metadata":{"resourceVersion":"2","uid":"x"},"status":{"a":2}}`, `{}`, "",
		},
		"a map that was not there": {
			`{"metadata":{"name":"x"}}`, `{"metadata":{"name":"x","labels":{"a/b":"1","c":"2"}}}`,
			`{"metadata":{"labels":{"a/b":"1","c":"2"}}}`, "metadata.labels[\"a/b\"]\n  + \"1\"\nmetadata.labels.c\n  + \"2\"\n",
		},
		"a map that goes": {
			`{"spec":{"selector":{"matchLabels":{"app":"x"}},"y":[]}}`, `{"spec":{"y":[]}}`,
			`{"spec":{"selector":null}}`, "spec.selector.matchLabels.app\n  - \"x\"\n",
		},
		"a key that goes": {
			`{"spec":{"m":{"a":1,"b":2}}}`, `{"spec":{"m":{"b":2}}}`, `{"spec":{"m":{"a":null}}}`, "spec.m.a\n  - 1\n",
		},
		"an empty map": {
			`{"spec":{}}`, `{"spec":{"mtls":{}}}`, `{"spec":{"mtls":{}}}`, "spec.mtls\n  + {}\n",
		},
		"a list is one field, of which the items that differ are shown": {
			`{"spec":{"rules":[{"a":[1,2]},{"b":1}]}}`, `{"spec":{"rules":[{"a":[1,3]},{"b":1}]}}`,
			`{"spec":{"rules":[{"a":[1,3]},{"b":1}]}}`, "spec.rules[0].a[1]\n  - 2\n  + 3\n",
		},
		"an item more": {
			`{"spec":{"rules":["a","c"]}}`, `{"spec":{"rules":["a","b","c"]}}`,
			`{"spec":{"rules":["a","b","c"]}}`, "spec.rules[1]\n  + \"b\"\n",
		},
		"an item less": {
			`{"spec":{"rules":["a","b"]}}`, `{"spec":{"rules":["a"]}}`, `{"spec":{"rules":["a"]}}`, "spec.rules[1]\n  - \"b\"\n",
		},
		"a map becomes a value": {
			`{"spec":{"x":{"y":1}}}`, `{"spec":{"x":2}}`, `{"spec":{"x":2}}`, "spec.x\n  - {\"y\":1}\n  + 2\n",
		},
		"numbers as they are written": {
			`{"spec":{"n":12345678901234567890}}`, `{"spec":{"n":12345678901234567891}}`,
			`{"spec":{"n":12345678901234567891}}`, "spec.n\n  - 12345678901234567890\n  + 12345678901234567891\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := content(parse(t, tt.before)), content(parse(t, tt.after))
			if diff := cmp.Diff(tt.patch, string(encode(patch(before, after)))); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			fields := Differences(json.RawMessage(tt.before), json.RawMessage(tt.after))
			if diff := cmp.Diff(tt.shown, Lines(fields)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			restored, foreign := Step{Fields: fields}.restore(after)
			if diff := cmp.Diff(string(encode(before)), string(encode(restored))); diff != "" || len(foreign) > 0 {
				t.Errorf("restored (-want +got), foreign %v:\n%s", foreign, diff)
			}
		})
	}
}

func TestRestoreLeavesWhatOthersAdd(t *testing.T) {
	s := Step{Fields: Differences(json.RawMessage(`{"metadata":{}}`), json.RawMessage(`{"metadata":{"labels":{"a":"1"}}}`))}
	got, foreign := s.restore(parse(t, `{"metadata":{"labels":{"a":"1","b":"2"}}}`))
	if diff := cmp.Diff(`{"metadata":{"labels":{"b":"2"}}}`, string(encode(got))); diff != "" || len(foreign) > 0 {
		t.Errorf("%v (-want +got):\n%s", foreign, diff)
	}
	if _, foreign = s.restore(parse(t, `{"metadata":{"labels":{"a":"3"}}}`)); len(foreign) != 1 {
		t.Errorf("foreign: %v", foreign)
	}
}

const managedPolicy = `{"metadata":{"managedFields":[
	{"manager":"kubectl","operation":"Apply","time":"2026-11-26T10:00:00Z","fieldsV1":{"f:spec":{"f:rules":{},"f:selector":{"f:matchLabels":{"f:app":{}}}}}},
	{"manager":"controller","operation":"Update","subresource":"status","time":"2026-11-26T12:00:00Z","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:n":{}}}}},
	{"manager":"kubectl-authz-doctor","operation":"Apply","time":"2026-11-26T11:00:00Z","fieldsV1":{"f:metadata":{"f:labels":{"f:x":{}}},"f:spec":{"f:action":{}}}},
	{"manager":"ports","operation":"Update","fieldsV1":{"f:spec":{"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}},"f:set":{"v:\"a\"":{}}}}}]}}`

func TestManagers(t *testing.T) {
	all := managers(parse(t, managedPolicy))
	who := func(path string) string {
		if m := who(parse(t, managedPolicy), []Field{{Path: strings.Split(path, ".")}}); m != nil {
			return m.String()
		}
		return ""
	}
	for path, want := range map[string]string{
		"spec.rules":                    "kubectl at 2026-11-26 10:00:00 UTC",
		"spec.rules.below":              "kubectl at 2026-11-26 10:00:00 UTC",
		"spec.selector.matchLabels.app": "kubectl at 2026-11-26 10:00:00 UTC",
		"spec.action":                   "kubectl-authz-doctor at 2026-11-26 11:00:00 UTC",
		"metadata.annotations.n":        "controller at 2026-11-26 12:00:00 UTC",
		"spec.gone":                     "controller at 2026-11-26 12:00:00 UTC", // the only one after us
		"spec.ports":                    "ports",
	} {
		if got := who(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for name, tt := range map[string]struct{ before, after, want string }{
		"nothing":            {`{"spec":{"rules":[]}}`, `{"spec":{"rules":[]}}`, `[]`},
		"a list":             {`{"spec":{"rules":[]}}`, `{"spec":{"rules":[1]}}`, `["kubectl spec.rules"]`},
		"a new field":        {`{"spec":{}}`, `{"spec":{"new":1}}`, `[]`},
		"ours":               {`{"spec":{}}`, `{"spec":{"action":"DENY"}}`, `[]`},
		"all of it":          {`{"spec":{"selector":{"matchLabels":{"app":"x"}}}}`, `{"spec":{}}`, `["kubectl spec.selector.matchLabels.app"]`},
		"an item by its key": {`{"spec":{"ports":[{"port":80,"protocol":"TCP","name":"a"}]}}`, `{"spec":{"ports":[{"port":80,"protocol":"TCP","name":"b"}]}}`, `["ports spec.ports[port=80,protocol=\"TCP\"].name"]`},
		"an item beside it":  {`{"spec":{"ports":[{"port":80,"protocol":"TCP"}]}}`, `{"spec":{"ports":[{"port":81,"protocol":"TCP"},{"port":80,"protocol":"TCP"}]}}`, `[]`},
		"a value of a set":   {`{"spec":{"set":["a"]}}`, `{"spec":{"set":["b"]}}`, `["ports spec.set[\"a\"]"]`},
	} {
		got := []string{}
		for _, m := range others(all, parse(t, tt.before), parse(t, tt.after)) {
			got = append(got, m.Manager.Name+" "+strings.Join(m.Fields, " "))
		}
		if diff := cmp.Diff(tt.want, string(encode(got))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestEdit looks at what would be sent.
func TestEdit(t *testing.T) {
	const before = `{"apiVersion":"v1","kind":"K","metadata":{"name":"n","uid":"u","resourceVersion":"1","labels":{"x":"1"}},"spec":{"action":"ALLOW","ports":[{"port":80}],"rules":[1]}}`
	for name, tt := range map[string]struct{ after, contentType, want string }{
		"what was applied before is applied again": {
			strings.Replace(before, `"labels":{`, `"labels":{"y":"2",`, 1), applyPatch,
			`{"apiVersion":"v1","kind":"K","metadata":{"labels":{"x":"1","y":"2"},"name":"n","resourceVersion":"1","uid":"u"},"spec":{"action":"ALLOW"}}`,
		},
		"what goes": {
			strings.Replace(before, `,"labels":{"x":"1"}`, ``, 1), mergePatch, `{"metadata":{"labels":null,"resourceVersion":"1","uid":"u"}}`,
		},
		"a list that the server keeps by key": {
			strings.Replace(before, `80`, `80,"name":"a"`, 1), mergePatch,
			`{"metadata":{"resourceVersion":"1","uid":"u"},"spec":{"ports":[{"name":"a","port":80}]}}`,
		},
		"what another one manages": {strings.Replace(before, `[1]`, `[2]`, 1), applyPatch, // the server minds
			`{"apiVersion":"v1","kind":"K","metadata":{"labels":{"x":"1"},"name":"n","resourceVersion":"1","uid":"u"},"spec":{"action":"ALLOW","rules":[2]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			live, after := parse(t, before), parse(t, tt.after)
			live["metadata"].(object)["managedFields"] = parse(t, managedPolicy)["metadata"].(object)["managedFields"]
			op := &operation{Step: Step{Target: Target{APIVersion: "v1", Kind: "K", Plural: "ks", Name: "n"}, UID: "u", ResourceVersion: "1"}}
			if err := op.edit(live, parse(t, before), after); err != nil {
				t.Fatal(err)
			}
			if op.contentType != tt.contentType {
				t.Errorf("%s, want %s", op.contentType, tt.contentType)
			}
			if diff := cmp.Diff(tt.want, string(op.body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithoutOurs(t *testing.T) {
	all := parse(t, managedPolicy)["metadata"].(object)["managedFields"].([]any)
	left := func(paths ...string) (out string) {
		var fields []Field
		for _, p := range paths {
			fields = append(fields, Field{Path: strings.Split(p, ".")})
		}
		for _, entry := range withoutOurs(all, fields) {
			if m := entry.(object); m["manager"] == FieldManager {
				out += string(encode(m["fieldsV1"]))
			}
		}
		return out
	}
	for paths, want := range map[string]string{
		"spec.rules":                    `{"f:metadata":{"f:labels":{"f:x":{}}},"f:spec":{"f:action":{}}}`,
		"spec.action":                   `{"f:metadata":{"f:labels":{"f:x":{}}}}`,
		"spec.action metadata.labels.x": ``,
		"metadata.labels":               `{"f:spec":{"f:action":{}}}`,
	} {
		if diff := cmp.Diff(want, left(strings.Fields(paths)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", paths, diff)
		}
	}
	if got := len(withoutOurs(all, nil)); got != len(all) {
		t.Errorf("%d entries are left of %d", got, len(all))
	}
}
