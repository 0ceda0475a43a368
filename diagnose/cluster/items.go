package cluster

import (
	"bytes"
	"encoding/json"
	"slices"

	"sigs.k8s.io/yaml"
)

// large is the size of a document from which on its items are read each by itself.
const large = 1 << 16

// section is an item of a document that is read by itself.
type section struct {
	*document
	within fieldPath // where the item is in the section's text
}

// itemsApart converts a large document whose items are a list in block style: each item by
// itself, on all cores. False says nothing: it is to be converted as a whole. That is so
// for whatever makes the items hang together: names of anchors, text in quotes that goes
// over several items, or something that is wrong.
func (d *document) itemsApart() (json.RawMessage, bool) {
	if oddLines(d.text) {
		return nil, false
	}
	frame, items := d.cutItems()
	if len(items) < 2 {
		return nil, false
	}
	raw, err := yaml.YAMLToJSONStrict(frame)
	if err != nil {
		return nil, false
	}
	object, ok := partsOf(raw)
	if given, _ := object.get("items"); !ok || string(given) != "[]" {
		return nil, false
	}
	converted := make([]json.RawMessage, len(items))
	Parallel(len(items), func(i int) {
		list, err := yaml.YAMLToJSONStrict(items[i].text)
		if elements, ok := elements(list); err == nil && ok && len(elements) == 1 {
			converted[i] = elements[0]
		}
	})
	size := 2
	for _, one := range converted {
		if one == nil {
			return nil, false
		}
		size += len(one) + 1
	}
	list := make(json.RawMessage, 0, size)
	for _, one := range converted {
		list = append(append(list, ','), one...)
	}
	list[0] = '['
	object.set("items", append(list, ']'))
	d.sections = items
	return object.join(), true
}

// oddLines reports whether YAML sees lines that end otherwise than all else sees.
func oddLines(text []byte) bool {
	for _, end := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(text, []byte(end)) {
			return true
		}
	}
	return bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n"))
}

// cutItems cuts the lines of the items out of a document, and leaves an empty list in
// their place. An item begins with a dash where the first one has it.
func (d *document) cutItems() (frame []byte, items []section) {
	from := 1 + bytes.Index(d.text, []byte("\nitems:"))
	to, at, indent, line := len(d.text), from, -1, d.base+bytes.Count(d.text[:from], []byte("\n"))
	var begins []int
	for text := range bytes.Lines(d.text[from:]) {
		content := bytes.TrimLeft(text, " ")
		depth := len(text) - len(content)
		content = bytes.TrimRight(content, " \t\r\n")
		item := string(content) == "-" || bytes.HasPrefix(content, []byte("- "))
		switch {
		case at == from && (depth > 0 || string(content) != "items:"), at > from && indent < 0 && !item && len(content) > 0:
			return nil, nil
		case at == from, len(content) == 0, content[0] == '#':
		case item && (indent < 0 || depth == indent):
			indent, begins = depth, append(begins, at)
			items = append(items, section{&document{file: d.file, number: d.number, base: line, line: line}, fieldPath{0}})
		case depth <= indent:
			to = at
		}
		if to < len(d.text) {
			break
		}
		at, line = at+len(text), line+1
	}
	for i, begin := range begins {
		end := to
		if i+1 < len(begins) {
			end = begins[i+1]
		}
		items[i].text = d.text[begin:end:end]
	}
	return slices.Concat(d.text[:from], []byte("items: []\n"), d.text[to:]), items
}

// cutJSON finds the items of a document of JSON.
func (d *document) cutJSON() (items []section) {
	line, counted := d.base, 0
	_ = eachMember(d.text, func(name string, begin, end int) bool {
		if name != "items" {
			return true
		}
		items = nil
		_ = eachElement(d.text[begin:end], func(from, to int) {
			from, to = begin+from, begin+to
			line, counted = line+bytes.Count(d.text[counted:from], []byte("\n")), from
			items = append(items, section{&document{file: d.file, number: d.number, base: line, line: line, text: d.text[from:to]}, nil})
		})
		return false
	})
	return items
}
