package traffic

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// group is that of the doctor's own kinds.
const group = "authz-doctor.dev"

// ownKinds are the kinds of the group.
var ownKinds = []string{Kind, ResultKind, "Snapshot", "Diagnosis"}

// document is one YAML or JSON document of a file.
type document struct {
	file   string
	number int // from 1
	base   int // what the lines of node lack to be those of the file
	node   *yamlnode.Node
}

// line is the line of the file on which a node stands.
func (d document) line(n *yamlnode.Node) int { return d.base + n.Line }

func (d document) problem(n *yamlnode.Node, message string) *Problem {
	return &Problem{File: d.file, Document: d.number, Line: d.line(n), Message: message}
}

// split parses the documents of a file.
func split(file string, text []byte) ([]document, *Problem) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if out, ok := splitJSON(file, text); ok {
			return out, nil
		}
	}
	var out []document
	decoder := yamlnode.NewDecoder(bytes.NewReader(text))
	for {
		var node yamlnode.Node
		err := decoder.Decode(&node)
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, syntaxProblem(file, len(out)+1, err)
		}
		out = append(out, document{file: file, number: len(out) + 1, node: node.Content[0]})
	}
}

var yamlError = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`) })

func syntaxProblem(file string, number int, err error) *Problem {
	p := &Problem{File: file, Document: number, Message: err.Error()}
	if found := yamlError().FindStringSubmatch(p.Message); found != nil {
		p.Line, _ = strconv.Atoi(found[1])
		p.Message = found[2]
	}
	return p
}

// splitJSON parses a stream of JSON values; ok is false if it is none.
func splitJSON(file string, text []byte) (out []document, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return out, true
		}
		var node yamlnode.Node
		if err != nil || yamlnode.Unmarshal(raw, &node) != nil || len(node.Content) == 0 {
			return nil, false
		}
		from := int(decoder.InputOffset()) - len(raw)
		base := bytes.Count(text[:from], []byte("\n"))
		out = append(out, document{file: file, number: len(out) + 1, base: base, node: node.Content[0]})
	}
}

// kindOf returns what a document says that it is.
func (d document) kindOf() (apiVersion, kind string) {
	if d.node.Kind != yamlnode.MappingNode {
		return "", ""
	}
	for pair := range slices.Chunk(d.node.Content, 2) {
		switch pair[0].Value {
		case "apiVersion":
			apiVersion = pair[1].Value
		case "kind":
			kind = pair[1].Value
		}
	}
	return apiVersion, kind
}

// isObject reports whether objects of the group, of a kind that a platform has, are part
// of the cluster.
func isObject(kind string) bool {
	return slices.ContainsFunc(cluster.Resources(), func(r cluster.Resource) bool { return r.Group == group && r.Kind == kind })
}

// isTest says whether a document is a test, and what is wrong with one that is
// meant to be one.
func (d document) isTest() (bool, *Problem) {
	apiVersion, kind := d.kindOf()
	prefix, _, _ := strings.Cut(apiVersion, "/")
	switch {
	case apiVersion == APIVersion && kind == Kind:
		return true, nil
	case kind == Kind:
		return false, d.problem(d.node, "a "+Kind+" of apiVersion "+strconv.Quote(apiVersion)+": want "+APIVersion)
	case prefix == group && !slices.Contains(ownKinds, kind) && !isObject(kind):
		return false, d.problem(d.node, "unknown kind "+strconv.Quote(kind)+" of "+apiVersion+didYouMean(kind, ownKinds))
	}
	return false, nil
}
