package authz

import "testing"

func TestAtomExample(t *testing.T) {
	for _, c := range []struct {
		attribute string
		not       bool
		oneOf     []string
		want      string
	}{
		{"method", false, []string{"POST", "PUT"}, "POST"},
		{"method", true, []string{"GET", "POST"}, "PUT"},
		{"path", false, []string{"/api/*"}, "/api/x"},
		{"path", false, []string{"*/health"}, "/x/health"},
		{"path", false, []string{"/a/{*}/b/{**}"}, "/a/x/b/x"},
		{"path", true, []string{"/x*", "/"}, ""},
		{"path", true, []string{"/"}, "/x"},
		{"host", false, []string{"*.shop.example"}, "x.shop.example"},
		{"host", true, []string{"EXAMPLE.com"}, "other.example.com"},
		{"port", false, []string{"08000"}, "8000"},
		{"source IP", false, []string{"10.1.0.0/16"}, "10.1.0.1"},
		{"source IP", false, []string{"10.1.2.3"}, "10.1.2.3"},
		{"source IP", true, []string{"203.0.113.0/24"}, "10.0.0.7"},
		{"header x-team", false, []string{"*"}, "x"},
		{"header x-team", true, []string{"x"}, "y"},
		{"header x-team", true, []string{"*"}, ""}, // absent: nothing that one could write
		{"claim groups", false, []string{"admin*"}, "adminx"},
		{"principal", false, []string{"cluster.local/ns/a/sa/b"}, ""},
		{"remote IP", false, []string{"10.0.0.0/8"}, ""},
	} {
		got, ok := Atom{Attribute: c.attribute, Not: c.not, OneOf: c.oneOf}.Example()
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s, not %v, %v: %q, %v; want %q", c.attribute, c.not, c.oneOf, got, ok, c.want)
		}
	}
}
