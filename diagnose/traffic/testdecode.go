package traffic

import (
	"fmt"
	"slices"
	"strconv"
)

// decodeTest reads a TrafficTest. The problems are those outside its cases.
func decodeTest(doc document) (test, []*Problem) {
	d := &decoder{document: doc}
	t := test{document: doc.number, line: doc.line(doc.node)}
	ignored, hasSpec := func(value) {}, false
	d.object(value{doc.node, ""}, map[string]func(value){
		"apiVersion": ignored, "kind": ignored,
		"metadata": func(v value) {
			d.object(v, map[string]func(value){
				"name": func(v value) { t.name = d.text(v) }, "labels": ignored, "annotations": ignored,
			})
		},
		"spec": func(v value) { hasSpec = true; d.spec(v, &t) },
	})
	if !hasSpec {
		d.fail(doc.node, "has no spec")
	}
	return t, d.problems
}

func (d *decoder) spec(v value, t *test) {
	var common request
	var cases value
	d.object(v, map[string]func(value){
		"cluster": func(v value) { t.cluster = d.paths(v) },
		"defaults": func(v value) {
			d.object(v, map[string]func(value){"request": func(v value) { common = d.request(v) }})
		},
		"cases": func(v value) { cases = v },
	})
	if cases.Node == nil || len(cases.Content) == 0 {
		d.fail(v.Node, "spec has no cases")
		return
	}
	d.list(cases, func(i int, v value) { t.cases = append(t.cases, d.testCase(i, v, common)) })
}

// paths reads spec.cluster. Stdin is not the file's to read.
func (d *decoder) paths(v value) []string {
	out := d.texts(v)
	if i := slices.IndexFunc(out, func(p string) bool { return p == "" || p == stdinPath }); i >= 0 {
		d.fail(v.Content[i], "%s[%d]: %q is no file or folder", v.path, i, out[i])
	}
	return out
}

// testCase reads a case. What is wrong with it concerns no other: it is its err.
func (d *decoder) testCase(i int, v value, common request) testCase {
	own := &decoder{document: d.document}
	c := testCase{line: d.line(v.Node)}
	given := own.fields(v, &c)
	var err error
	if c.request, err = given.under(common); err != nil {
		own.fail(v.Node, "%s.request: %s", v.path, err)
	}
	if c.name == "" {
		c.name = "case " + strconv.Itoa(i+1)
		if c.source != "" && c.target != "" {
			c.name = c.source + " → " + c.target
		}
	}
	if len(own.problems) > 0 {
		c.err = own.problems[0]
		c.err.Case = c.name
		if more := len(own.problems) - 1; more > 0 {
			c.err.Message += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return c
}

func (d *decoder) fields(v value, c *testCase) (given request) {
	has := map[string]bool{}
	text := func(into *string) func(value) {
		return func(v value) { *into = d.text(v) }
	}
	d.object(v, map[string]func(value){
		"name":     text(&c.name),
		"source":   func(v value) { has["source"] = true; c.source = d.text(v) },
		"target":   func(v value) { has["target"] = true; c.target = d.text(v) },
		"request":  func(v value) { given = d.request(v) },
		"expect":   func(v value) { has["expect"] = true; c.expect.Verdict = d.verdict(v) },
		"reason":   func(v value) { c.expect.Reason = d.reason(v) },
		"findings": func(v value) { c.expect.Findings = d.codes(v) },
	})
	for _, field := range []string{"source", "target", "expect"} {
		if !has[field] {
			d.fail(v.Node, "%s has no %s", v.path, field)
		}
	}
	return given
}
