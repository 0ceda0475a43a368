package cluster

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

const (
	// maxErrors bounds how many documents are complained about.
	maxErrors = 10
	// maxDepth bounds how deep lists stand in lists; each level has two steps.
	maxDepth = 20
)

// key is the identity of an object.
type key struct {
	resource        Resource
	namespace, name string
}

// loader collects the objects of documents.
type loader struct {
	namespace string // for those that name none
	// own are the objects of manifests, saved those of snapshots.
	own, saved map[key]Item
	named      map[string]bool // namespaces that manifests name
	places     map[key]place   // of some resources, see Files.Where
	// groups are the API groups of manifests with the versions in use.
	groups    map[string]map[string]bool
	asked     map[Query]*Unread
	origins   []string // of the snapshots
	snapshots int      // files that hold a snapshot
	// objects counts what is an object and no list, heads lists as well.
	objects, heads int
	skipped        map[SkippedKind]SkippedKind
	unknown        []string
	errors         []error
}

func newLoader(namespace string) *loader {
	return &loader{
		namespace: namespace, own: map[key]Item{}, saved: map[key]Item{},
		named: map[string]bool{}, places: map[key]place{}, groups: map[string]map[string]bool{}, skipped: map[SkippedKind]SkippedKind{},
	}
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

// head is what every object has. A field may hold anything as yet.
type head struct {
	APIVersion any             `json:"apiVersion"`
	Kind       any             `json:"kind"`
	Metadata   json.RawMessage `json:"metadata"`
	Items      json.RawMessage `json:"items"`
}

func (l *loader) file(name string, text []byte) {
	documents, err := split(name, text)
	if err != nil {
		l.errors = append(l.errors, err)
	}
	snapshots := len(l.origins)
	for _, d := range documents {
		raw, notes, err := d.toJSON()
		if err != nil {
			l.errors = append(l.errors, err)
			continue
		}
		for _, note := range notes {
			l.note(d, note)
		}
		if err := l.object(place{document: d}, raw, schema.GroupVersionKind{}); err != nil {
			l.errors = append(l.errors, err)
		}
	}
	if len(l.origins) > snapshots {
		l.snapshots++
	}
}

func (l *loader) note(d *document, text string) {
	l.unknown = append(l.unknown, fmt.Sprintf("%s: document %d: %s", d.file, d.number, text))
}

// object takes an object of any kind. What it does not say of its kind the list
// that it is in says.
func (l *loader) object(p place, raw json.RawMessage, inherited schema.GroupVersionKind) error {
	if string(raw) == "null" {
		return nil // a document of comments
	}
	var h head
	if utiljson.Unmarshal(raw, &h) != nil {
		return p.errorAt(nil, "is not an object")
	}
	if len(p.at) > maxDepth {
		return p.errorAt(nil, "lists are nested too deep")
	}
	gvk, isObject, err := kindOfHead(p, h, inherited)
	if err != nil {
		return err
	}
	resource, known := kindOf(gvk.Group, gvk.Version, gvk.Kind)
	items, isList := h.items(gvk.Kind)
	if isObject {
		l.heads++
		l.sees(p, gvk, raw)
	}
	if isObject && !isList {
		l.objects++
	}
	switch {
	case !isObject:
		l.skip("", "")
	case gvk == snapshotKind && !p.saved:
		return l.snapshot(p, raw)
	case known:
		return l.keep(p, resource, gvk, raw)
	case isList:
		l.list(p, gvk, items)
	default:
		l.skip(gvk.GroupVersion().String(), gvk.Kind)
	}
	return nil
}

// kindOfHead returns the kind, and whether there is one. A document that has none
// of apiVersion, kind and metadata is not an object: the values of a chart. One
// that lacks only some of them is a mistake.
func kindOfHead(p place, h head, inherited schema.GroupVersionKind) (schema.GroupVersionKind, bool, error) {
	if h.APIVersion == nil && h.Kind == nil && inherited.Empty() {
		if h.Metadata == nil {
			return inherited, false, nil
		}
		return inherited, false, p.errorAt(nil, "has no apiVersion and no kind")
	}
	apiVersion, kind := inherited.GroupVersion().String(), inherited.Kind
	for _, field := range []struct {
		name  string
		value any
		into  *string
	}{{"apiVersion", h.APIVersion, &apiVersion}, {"kind", h.Kind, &kind}} {
		text, isText := field.value.(string)
		switch {
		case isText && text != "":
			*field.into = text
		case field.value != nil && !isText:
			return inherited, false, p.errorAt(fieldPath{field.name}, field.name+": wants text, got "+describe(field.value)+quoteHint(field.value))
		case *field.into == "":
			return inherited, false, p.errorAt(nil, "has no "+field.name)
		}
	}
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return inherited, false, p.errorAt(fieldPath{"apiVersion"}, "apiVersion: "+err.Error())
	}
	return gv.WithKind(kind), true, nil
}

// items returns the items of a list: a kind that ends with List, and has items.
func (h head) items(kind string) ([]json.RawMessage, bool) {
	var items []json.RawMessage
	if !strings.HasSuffix(kind, "List") || len(h.Items) == 0 || json.Unmarshal(h.Items, &items) != nil {
		return nil, false
	}
	return items, true
}

// list takes the items of a list. Those of a typed list need not say their kind.
func (l *loader) list(p place, gvk schema.GroupVersionKind, items []json.RawMessage) {
	inherited := gvk.GroupVersion().WithKind(strings.TrimSuffix(gvk.Kind, "List"))
	if inherited.Kind == "" {
		inherited = schema.GroupVersionKind{}
	}
	for i, raw := range items {
		item := place{document: p.document, at: p.at.plus("items").plus(i), saved: p.saved}
		if err := l.object(item, raw, inherited); err != nil {
			l.errors = append(l.errors, err)
		}
	}
}

func (l *loader) skip(apiVersion, kind string) {
	k := SkippedKind{APIVersion: apiVersion, Kind: kind}
	l.skipped[k] = SkippedKind{apiVersion, kind, l.skipped[k].Count + 1}
}

func compareSkipped(a, b SkippedKind) int {
	return cmp.Or(cmp.Compare(a.APIVersion, b.APIVersion), cmp.Compare(a.Kind, b.Kind))
}

// everything yields the objects of the snapshots as the manifests leave them.
func (l *loader) everything() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for k, item := range l.saved {
			if _, replaced := l.own[k]; !replaced && !yield(item) {
				return
			}
		}
		for _, item := range l.own {
			if !yield(item) {
				return
			}
		}
	}
}

// failed joins the errors, but for those beyond what anybody reads.
func (l *loader) failed() error {
	all := l.errors
	if more := len(all) - maxErrors; more > 0 {
		all = append(all[:maxErrors:maxErrors], fmt.Errorf("and %d more documents that cannot be read", more))
	}
	return errors.Join(all...)
}
