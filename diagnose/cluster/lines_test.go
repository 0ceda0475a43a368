package cluster

import "testing"

func TestLines(t *testing.T) {
	const text = `kind: AuthorizationPolicy
metadata:
  labels:
    istio.io/rev: stable
spec:
  rules:
  - from:
    - source:
        principals:
        - a
        - b
    to:
    - operation:
        methods: [GET]
`
	for _, c := range []struct {
		field    string
		from, to int
		whole    bool
	}{
		{"spec.rules[0].from[0].source.principals", 9, 11, true},
		{"spec.rules[0]", 7, 14, true},
		{"spec.rules[0].to[0].operation.paths", 13, 14, false},
		{"spec.rules[1]", 6, 14, false},
		{"metadata.labels[istio.io/rev]", 4, 4, true},
		{"status", 0, 0, false},
		{"", 0, 0, false},
	} {
		from, to, whole := Lines(text, c.field)
		if from != c.from || to != c.to || whole != c.whole {
			t.Errorf("%q: lines %d to %d, whole %v; want %d to %d, %v", c.field, from, to, whole, c.from, c.to, c.whole)
		}
	}
	if from, _, _ := Lines("a: [", "a"); from != 0 {
		t.Error("what is no YAML has lines")
	}
}
