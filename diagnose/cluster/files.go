package cluster

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Files is a Reader of manifests and saved snapshots. Without a snapshot among
// them they are the whole world: what is not in them does not exist. With one,
// only what it was asked for is known; the manifests add to it and replace.
type Files struct {
	origin  string
	items   map[Resource][]Item // sorted
	skipped []SkippedKind
	unknown []string
	places  map[key]place // of some resources, see Where
	// asked is what the snapshots were asked; nil if there is no snapshot.
	asked map[Query]*Unread
}

// SkippedKind counts the documents of a kind that the doctor does not read. One
// without APIVersion and Kind is not an object at all.
type SkippedKind struct {
	APIVersion, Kind string
	Count            int
}

// ReadFiles reads files, folders, and "-", which is stdin. Namespaced objects that
// name no namespace go to the one given; empty is "default". Where there is no
// object something went wrong before: that is an error, not an empty cluster. It
// is one for stdin alone as well, where not even an empty list says so.
func ReadFiles(paths []string, stdin io.Reader, namespace string) (*Files, error) {
	found, err := sources(paths)
	if err != nil {
		return nil, err
	}
	l, reading := newLoader(), loading{or(namespace, "default")}
	outcomes, errs := make([]outcome, len(found)), make([]error, len(found))
	Parallel(len(found), func(i int) {
		var text []byte
		if text, errs[i] = found[i].read(stdin); errs[i] == nil {
			outcomes[i] = reading.file(found[i].name(), text)
		}
	})
	for i, s := range found {
		if errs[i] != nil {
			return nil, errs[i]
		}
		heads := l.heads
		l.file(outcomes[i])
		if s.path == "-" && l.heads == heads && !outcomes[i].failed {
			l.errors = append(l.errors, empty(s.path))
		}
	}
	if l.objects == 0 && len(l.errors) == 0 {
		for _, path := range paths {
			l.errors = append(l.errors, empty(path))
		}
	}
	if err := l.failed(); err != nil {
		return nil, err
	}
	return l.files(found), nil
}

// files puts together what was loaded.
func (l *loader) files(from []source) *Files {
	f := &Files{origin: l.origin(from), asked: l.asked, unknown: l.unknown, places: l.places, items: map[Resource][]Item{}}
	for item := range l.everything() {
		f.items[item.Resource] = append(f.items[item.Resource], item)
	}
	for _, items := range f.items {
		slices.SortFunc(items, compareItems)
	}
	f.skipped = slices.SortedFunc(maps.Values(l.skipped), compareSkipped)
	f.addGroups(l)
	f.addNamespaces(l)
	f.addPods(l)
	return f
}

// addNamespaces adds those that manifests name and nothing declares: they exist,
// without labels.
func (f *Files) addNamespaces(l *loader) {
	for _, name := range slices.Sorted(maps.Keys(l.named)) {
		if _, declared := lookup(f.items[Namespaces], "", name); declared {
			continue
		}
		object := &corev1.Namespace{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
			ObjectMeta: metav1.ObjectMeta{Name: name},
		}
		raw := encode(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}})
		f.add(Item{Namespaces, object, raw})
	}
}

func (f *Files) add(item Item) { f.items[item.Resource] = merge(f.items[item.Resource], []Item{item}) }

// find returns what matches the query, whose selectors are known to be good.
func (f *Files) find(q Query) []Item {
	match, err := q.normal().matcher()
	if err != nil {
		return nil
	}
	var out []Item
	for _, item := range f.items[q.Resource] {
		if match(item) {
			out = append(out, item)
		}
	}
	return out
}

// Read answers as a server would that holds these objects.
func (f *Files) Read(_ context.Context, queries []Query) []Result {
	out := make([]Result, len(queries))
	for i, q := range queries {
		q = q.normal()
		out[i].Query = q
		if _, err := q.matcher(); err != nil {
			out[i].Unread = q.unread(Failed, oneLine(err.Error()))
			continue
		}
		out[i].Items = f.find(q)
		out[i].Unread = f.gap(q, len(out[i].Items))
	}
	return out
}

// gap says why a snapshot does not answer the query to the end; nil if it does.
func (f *Files) gap(q Query, found int) *Unread {
	if f.asked == nil || q.Name != "" && found > 0 {
		return nil
	}
	if unread, ok := f.asked[q]; ok {
		return unread
	}
	for a, unread := range f.asked {
		switch {
		case unread == nil && a.covers(q):
			return nil
		case unread != nil && unread.Reason == NotInstalled && a.Resource == q.Resource:
			return q.unread(NotInstalled, unread.Message)
		}
	}
	if Elsewhere(q.Resource) { // whoever saved it has not asked
		return nil
	}
	return q.unread(NotInSnapshot, f.origin+" does not hold "+q.words()+": ask the cluster, or save a snapshot of this question")
}

// words is the query in words.
func (q Query) words() string {
	var out strings.Builder
	out.WriteString(q.Resource.String())
	if q.Name != "" {
		out.WriteString(" " + strconv.Quote(q.Name))
	}
	if selectors := strings.Trim(q.Labels+","+q.Fields, ","); selectors != "" {
		out.WriteString(" with " + selectors)
	}
	switch {
	case !q.Resource.Namespaced:
	case q.Namespace == "":
		out.WriteString(" of all namespaces")
	default:
		out.WriteString(" in namespace " + q.Namespace)
	}
	return out.String()
}

// Names are the names of what is known.
func (f *Files) Names(_ context.Context, r Resource, namespace string) []string {
	q := Query{Resource: r, Namespace: namespace}.normal()
	found := f.find(q)
	if len(found) == 0 && f.gap(q, 0) != nil {
		return nil
	}
	out := []string{}
	for _, item := range found {
		out = append(out, item.Object.GetName())
	}
	slices.Sort(out)
	return out[:min(len(out), maxNames)]
}

// Origin counts the files, or names the only one.
func (f *Files) Origin() string { return f.origin }

// Whole says that what is not in the files does not exist.
func (f *Files) Whole() bool { return f.asked == nil }

// Live is false.
func (f *Files) Live() bool { return false }

// Skipped counts what the doctor does not read, sorted.
func (f *Files) Skipped() []SkippedKind { return slices.Clone(f.skipped) }

// Unknown lists what is in the files and has no effect: fields that no type has,
// and what is given twice.
func (f *Files) Unknown() []string { return slices.Clone(f.unknown) }

// Queries returns what the snapshots were asked, sorted; none without a snapshot.
func (f *Files) Queries() []Query {
	return slices.SortedFunc(maps.Keys(f.asked), compareQueries)
}

// Namespaces returns every namespace that is declared or named, sorted.
func (f *Files) Namespaces() []string {
	names := map[string]bool{}
	for r, items := range f.items {
		for _, item := range items {
			if r == Namespaces {
				names[item.Object.GetName()] = true
			} else if ns := item.Object.GetNamespace(); ns != "" {
				names[ns] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
