package cluster

import (
	"bytes"
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// loading finds out what documents hold. It changes nothing, so that they are read on all
// cores; what it finds is for a loader to take, in the order of the documents.
type loading struct {
	namespace string // for objects that name none
}

// outcome is what was found.
type outcome struct {
	takes  []func(*loader)
	failed bool // there are errors among it
}

func (o *outcome) add(take func(*loader)) { o.takes = append(o.takes, take) }

func (o *outcome) fail(err error) {
	o.failed = true
	o.add(func(l *loader) { l.errors = append(l.errors, err) })
}

func (o *outcome) join(other outcome) {
	o.takes, o.failed = append(o.takes, other.takes...), o.failed || other.failed
}

// place is where an object stands: a document, or a part of one.
type place struct {
	*document
	at    fieldPath
	saved bool // in a snapshot
}

// errorAt is about a field of the object at the place.
func (p place) errorAt(field fieldPath, message string) error {
	return p.errorf(p.lineOf(append(p.at[:len(p.at):len(p.at)], field...)), "%s", message)
}

// file reads a file. What begins like JSON is taken for it until something is wrong: only
// then all of it is looked at once more, for it may be YAML.
func (l loading) file(name string, text []byte) outcome {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return l.documents(split(name, text))
	}
	documents, whole := splitJSON(name, text)
	out := l.documents(documents)
	if whole && !out.failed {
		return out
	}
	switch err := checkJSON(name, text); {
	case err == nil:
		return out
	case strings.HasSuffix(name, ".json"):
		out = outcome{}
		out.fail(err)
		return out
	}
	return l.documents(split(name, text))
}

// documents reads them on all cores.
func (l loading) documents(documents []*document) outcome {
	return onAllCores(len(documents), func(i int) outcome { return l.document(documents[i]) })
}

func (l loading) document(d *document) (out outcome) {
	raw, notes, err := d.toJSON()
	if err != nil {
		out.fail(err)
		return out
	}
	for _, note := range notes {
		out.add(func(l *loader) { l.note(d, note) })
	}
	out.join(l.object(place{document: d}, raw, schema.GroupVersionKind{}))
	return out
}

// items reads the items of a list on all cores.
func (l loading) items(p place, items []json.RawMessage, inherited schema.GroupVersionKind) outcome {
	return onAllCores(len(items), func(i int) outcome {
		item := place{document: p.document, at: p.at.plus("items").plus(i), saved: p.saved}
		raw := items[i]
		if p.isJSON {
			raw = tight(raw)
		}
		return l.object(item, raw, inherited)
	})
}

// onAllCores joins what is found of n things, in their order.
func onAllCores(n int, find func(i int) outcome) (out outcome) {
	found := make([]outcome, n)
	Parallel(n, func(i int) { found[i] = find(i) })
	for _, one := range found {
		out.join(one)
	}
	return out
}
