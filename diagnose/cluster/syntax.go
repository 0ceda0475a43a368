package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// closed is an error if more follows an object in flow style, such as a marker that does
// not begin a line: the parser ends with the object, and what follows would be lost.
func (d *document) closed() error {
	if _, content := contentLine(d.text); !bytes.HasPrefix(content, []byte("{")) {
		return nil
	}
	decoder := yamlnode.NewDecoder(bytes.NewReader(d.text))
	var first, more yamlnode.Node
	if decoder.Decode(&first) == nil && errors.Is(decoder.Decode(&more), io.EOF) {
		return nil
	}
	return d.errorf(d.line, "more follows the object that is in braces: a marker --- begins a line")
}

// toJSON converts the document as kubectl does. The notes are about what kubectl
// accepts and its writer cannot have meant: a key that is given twice.
func (d *document) toJSON() (raw json.RawMessage, notes []string, err error) {
	if d.isJSON {
		return d.text, nil, nil
	}
	if len(d.text) >= large {
		if raw, ok := d.itemsApart(); ok {
			return raw, nil, nil
		}
	}
	raw, err = yaml.YAMLToJSONStrict(d.text)
	if err == nil {
		return raw, nil, d.closed()
	}
	var node yamlnode.Node
	if syntax := yamlnode.Unmarshal(d.text, &node); syntax != nil {
		line, message := d.syntax(syntax.Error())
		return nil, nil, d.errorf(line, "%s", message)
	}
	if notes = d.twice(err.Error()); len(notes) > 0 {
		if raw, err = yaml.YAMLToJSON(d.text); err == nil {
			return raw, notes, nil
		}
	}
	if key := oddKey(&node); key != nil {
		return nil, nil, d.errorf(d.base+key.Line-1, "a key is not a name%s", d.templateHint())
	}
	return nil, nil, d.errorf(d.line, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
}

var (
	errorLine  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`) })
	errorTwice = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`line (\d+): key (".*") already set in map`) })
	errorAlias = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^unknown anchor '(.*)' referenced`) })
)

// syntax finds the line of the file that an error of the YAML parser is about.
// Where the parser misses something it names the line on which the list or object
// began, so the line at which it gave up is looked for.
func (d *document) syntax(text string) (int, string) {
	found := errorLine().FindStringSubmatch(strings.ReplaceAll(text, "\n", " "))
	message := found[2]
	line, _ := strconv.Atoi(found[1])
	if strings.HasPrefix(message, "did not find expected") {
		line = d.gaveUp(message)
	}
	if alias := errorAlias().FindStringSubmatch(message); alias != nil {
		line = 1 + bytes.Count(before(d.text, "*"+alias[1]), []byte("\n"))
	}
	if line == 0 {
		return d.line, message + d.templateHint()
	}
	lines := bytes.Count(bytes.TrimRight(d.text, "\r\n"), []byte("\n")) + 1
	return d.base + min(line, lines) - 1, message + d.templateHint()
}

// gaveUp returns the first line of the text up to which the parser has the error.
func (d *document) gaveUp(message string) int {
	lines := bytes.SplitAfter(d.text, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(i int) bool {
		var node yamlnode.Node
		err := yamlnode.Unmarshal(bytes.Join(lines[:i+1], nil), &node)
		return err != nil && strings.HasSuffix(err.Error(), message)
	})
}

// before is the part of text before the first occurrence of what; nothing if it
// does not occur.
func before(text []byte, what string) []byte {
	return text[:max(bytes.Index(text, []byte(what)), 0)]
}

// templateHint is for those who give the source of a chart.
func (d *document) templateHint() string {
	if bytes.Contains(d.text, []byte("{{")) {
		return " (this looks like a template: render it first)"
	}
	return ""
}

func (d *document) twice(text string) []string {
	var out []string
	for _, found := range errorTwice().FindAllStringSubmatch(text, -1) {
		line, _ := strconv.Atoi(found[1])
		out = append(out, "line "+strconv.Itoa(d.base+line-1)+": the key "+found[2]+" is given twice, the last one counts")
	}
	return out
}

// oddKey returns the first key that is a list or an object.
func oddKey(node *yamlnode.Node) *yamlnode.Node {
	for i, n := range node.Content {
		if node.Kind == yamlnode.MappingNode && i%2 == 0 && n.Kind != yamlnode.ScalarNode && n.Kind != yamlnode.AliasNode {
			return n
		}
		if odd := oddKey(n); odd != nil {
			return odd
		}
	}
	return nil
}
