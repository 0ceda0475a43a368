package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
)

// maxErrors bounds how many documents are complained about.
const maxErrors = 10

// key is the identity of an object.
type key struct {
	resource        Resource
	namespace, name string
}

// loader collects the objects of documents.
type loader struct {
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

func newLoader() *loader {
	return &loader{
		own: map[key]Item{}, saved: map[key]Item{},
		named: map[string]bool{}, places: map[key]place{}, groups: map[string]map[string]bool{}, skipped: map[SkippedKind]SkippedKind{},
	}
}

// file takes what was found in a file.
func (l *loader) file(found outcome) {
	snapshots := len(l.origins)
	for _, take := range found.takes {
		take(l)
	}
	if len(l.origins) > snapshots {
		l.snapshots++
	}
}

func (l *loader) note(d *document, text string) {
	l.unknown = append(l.unknown, fmt.Sprintf("%s: document %d: %s", d.file, d.number, text))
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
