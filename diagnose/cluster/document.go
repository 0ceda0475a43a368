package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// document is one YAML or JSON document of a file.
type document struct {
	file   string
	number int    // from 1
	base   int    // the line of the file on which text begins, from 1
	line   int    // the line of the file on which the content begins
	text   []byte // with the marker (---), if there is one
	isJSON bool

	// sections are the items, if they are read each by itself.
	sections []section

	cut, parse sync.Once
	node       *yamlnode.Node // of text, once somebody asked for a line
}

func (d *document) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s: document %d, line %d: %s", d.file, d.number, line, oneLine(fmt.Sprintf(format, args...)))
}

// split cuts a file of YAML into its documents. What comes before the first marker is
// a document only if there is something in it besides comments and directives.
func split(file string, text []byte) []*document {
	var out []*document
	begin, beginLine, line, marked := 0, 1, 1, false
	end := func(at int) {
		d := &document{file: file, number: len(out) + 1, base: beginLine, text: text[begin:at]}
		offset, content := contentLine(d.text)
		d.line = beginLine + offset
		if content != nil || marked {
			out = append(out, d)
		}
	}
	for at := 0; at < len(text); line++ {
		next := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		switch {
		case isMarker(text[at:next], "---"):
			if at > begin {
				end(at)
			}
			begin, beginLine, marked = at, line, true
		case isMarker(text[at:next], "..."):
			if at > begin {
				end(at)
			}
			begin, beginLine, marked = next, line+1, false
		}
		at = next
	}
	if begin < len(text) {
		end(len(text))
	}
	return out
}

// isMarker says whether a line begins with the marker. In YAML such a line ends a
// document even within a block of text.
func isMarker(line []byte, marker string) bool {
	rest, found := bytes.CutPrefix(line, []byte(marker))
	return found && (len(rest) == 0 || strings.ContainsRune(" \t\r\n", rune(rest[0])))
}

// contentLine returns the first line that is more than a comment, a directive or a
// marker, without the marker and the space around it, and the number of lines before it;
// nil if there is none.
func contentLine(text []byte) (before int, content []byte) {
	n := 0
	for line := range bytes.Lines(text) {
		if n == 0 && isMarker(line, "---") {
			line = line[3:]
		}
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return n, line
		}
		n++
	}
	return 0, nil
}

// splitJSON cuts a stream of JSON values; false if it is none. It does not look into them.
func splitJSON(file string, text []byte) ([]*document, bool) {
	var out []*document
	line, counted := 1, 0
	for at := space(text, 0); at < len(text); at = space(text, at) {
		line, counted = line+bytes.Count(text[counted:at], []byte("\n")), at
		end := valueEnd(text, at)
		if end < 0 {
			return nil, false
		}
		out = append(out, &document{file: file, number: len(out) + 1, base: line, line: line, isJSON: true, text: text[at:end:end]})
		at = end
	}
	return out, true
}

// checkJSON says what is wrong with a stream of JSON values, and in which line.
func checkJSON(file string, text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for number := 1; ; number++ {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			at := len(text)
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				at = min(int(syntax.Offset), len(text))
			}
			d := &document{file: file, number: number}
			return d.errorf(1+bytes.Count(bytes.TrimRight(text[:at], "\r\n"), []byte("\n")), "%s", err)
		}
	}
}

// lineOf returns the line of the file on which the field is, or where it would
// be: that of the innermost part of its path that exists.
func (d *document) lineOf(p fieldPath) int {
	d.cut.Do(func() {
		if d.isJSON && len(d.text) >= large {
			d.sections = d.cutJSON()
		}
	})
	if len(p) > 1 && p[0] == "items" {
		if i, ok := p[1].(int); ok && i < len(d.sections) {
			item := d.sections[i]
			return item.lineOf(append(slices.Clip(item.within), p[2:]...))
		}
	}
	d.parse.Do(func() {
		var node yamlnode.Node
		if yamlnode.Unmarshal(d.text, &node) == nil && len(node.Content) == 1 {
			d.node = node.Content[0]
		}
	})
	if d.node == nil || len(p) == 0 {
		return d.line
	}
	node, line := d.node, d.line
	for _, step := range p {
		key, value := child(node, keyed(node, step))
		if value == nil {
			break
		}
		node, line = value, d.base+key.Line-1
	}
	return line
}

// child returns the node of a name or index, and the one that stands where it begins.
func child(node *yamlnode.Node, step any) (key, value *yamlnode.Node) {
	if node.Kind == yamlnode.AliasNode {
		node = node.Alias
	}
	switch step := step.(type) {
	case int:
		if node.Kind == yamlnode.SequenceNode && step < len(node.Content) {
			return node.Content[step], node.Content[step]
		}
	case string:
		if node.Kind != yamlnode.MappingNode {
			return nil, nil
		}
		for pair := range slices.Chunk(node.Content, 2) {
			if len(pair) == 2 && pair[0].Value == step {
				return pair[0], pair[1]
			}
		}
	}
	return nil, nil
}
