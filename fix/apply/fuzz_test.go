package apply

import "testing"

// FuzzDifferences compares objects: one with itself differs in nothing, and two differ in the
// same fields in both directions.
func FuzzDifferences(f *testing.F) {
	for _, o := range []string{
		`{"metadata":{"name":"a","labels":{"a.b/c":"d"},"managedFields":[{}]},"spec":{"rules":[{"to":[{"operation":{"methods":["GET"]}}]}]}}`,
		`{"spec":{"ports":[{"name":"a","port":1},{"port":2}]},"status":{"x":1}}`, `{"spec":{"rules":[]}}`, `{"spec":{"rules":null}}`, `{}`, `[]`, ``, `{"a":{"b":{}}}`, `{"a":{"b":1e400}}`,
		`{"\u001b":"\u001b\n"}`,
	} {
		f.Add([]byte(o), []byte(`{"spec":{"rules":[{"to":[{"operation":{"methods":["PUT"]}}]}]}}`))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		if d := Differences(before, before); len(d) > 0 {
			t.Errorf("an object differs from itself:\n%s", Lines(d))
		}
		there, back := Differences(before, after), Differences(after, before)
		if len(there) != len(back) {
			t.Errorf("there\n%sand back\n%s", Lines(there), Lines(back))
		}
		if lines := Lines(there); len(there) > 0 && lines == "" {
			t.Errorf("%+v is shown as %q", there, lines)
		}
	})
}
