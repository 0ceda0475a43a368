package cluster

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Snapshot is what was read. It never changes, and neither may the objects that
// it hands out. A nil Snapshot is empty: nothing was asked.
type Snapshot struct {
	origins []string
	// asked holds every query; what was not answered has its Unread.
	asked map[Query]*Unread
	// items are sorted by namespace and name, each of them once.
	items map[Resource][]Item
	// shelves are the items by the type of their objects, see Kept.
	shelves map[reflect.Type]*shelf
	// unread are the queries that were not answered.
	unread map[Query]*Unread
}

// Plus returns a snapshot that holds the results as well. Where they speak of
// what s holds they win: a query asked again is answered anew, and an object that
// an answered query no longer shows is gone.
func (s *Snapshot) Plus(origin string, results []Result) *Snapshot {
	out := &Snapshot{asked: map[Query]*Unread{}, items: map[Resource][]Item{}, shelves: map[reflect.Type]*shelf{}, unread: map[Query]*Unread{}}
	if s != nil {
		out.origins = slices.Clone(s.origins)
		maps.Copy(out.asked, s.asked)
		maps.Copy(out.items, s.items)
		maps.Copy(out.shelves, s.shelves)
		maps.Copy(out.unread, s.unread)
	}
	if origin != "" && !slices.Contains(out.origins, origin) {
		out.origins = append(out.origins, origin)
	}
	for _, r := range results {
		q := r.Query.normal()
		out.asked[q] = r.Unread
		if delete(out.unread, q); r.Unread != nil {
			out.unread[q] = r.Unread
		}
		kept := out.items[q.Resource]
		if match, err := q.matcher(); err == nil && r.Unread == nil {
			kept = slices.DeleteFunc(slices.Clone(kept), match)
		}
		if len(kept) == len(out.items[q.Resource]) && len(r.Items) == 0 {
			continue // nothing has changed
		}
		out.items[q.Resource] = merge(kept, r.Items)
		if t, ok := typeOf[q.Resource]; ok {
			out.shelves[t] = &shelf{resource: q.Resource, items: out.items[q.Resource]}
		}
	}
	return out
}

// merge returns the items of both, sorted; those of latter replace those of the
// same name. The slices given stay as they are.
func merge(former, latter []Item) []Item {
	all := append(slices.Clone(latter), former...)
	slices.Reverse(all[:len(latter)]) // the last of a name is the one that counts
	slices.SortStableFunc(all, compareItems)
	return slices.CompactFunc(all, func(a, b Item) bool { return compareItems(a, b) == 0 })
}

// Get returns the object of that name. Cluster-scoped objects have no namespace.
func Get[T Object](s *Snapshot, namespace, name string) (T, bool) {
	var none T
	shelf := shelfOf[T](s)
	if shelf == nil {
		return none, false
	}
	if !shelf.resource.Namespaced {
		namespace = ""
	}
	item, found := lookup(shelf.items, namespace, name)
	if !found {
		return none, false
	}
	object, ok := item.Object.(T)
	return object, ok
}

// lookup finds an item in sorted ones.
func lookup(items []Item, namespace, name string) (Item, bool) {
	i, found := slices.BinarySearchFunc(items, namespace, func(item Item, namespace string) int {
		return cmp.Or(cmp.Compare(item.Object.GetNamespace(), namespace), cmp.Compare(item.Object.GetName(), name))
	})
	if !found {
		return Item{}, false
	}
	return items[i], true
}

// List returns the objects of a namespace, or of all if it is empty, sorted by
// namespace and name. The list is the snapshot's own: it may not be changed.
func List[T Object](s *Snapshot, namespace string) []T {
	shelf := shelfOf[T](s)
	if shelf == nil {
		return nil
	}
	all := Kept(s, "", func(all []T) []T { return all })
	if namespace != "" && shelf.resource.Namespaced {
		all = within(all, namespace)
	}
	return all[:len(all):len(all)]
}

// Objects returns what was read of a resource, of a namespace or of all if it is
// empty, sorted by namespace and name. It is for resources that have no type of
// their own, see PolicyResources; List is for the others.
func (s *Snapshot) Objects(r Resource, namespace string) []Object {
	if s == nil {
		return nil
	}
	items := s.items[r]
	if namespace != "" && r.Namespaced {
		i, _ := slices.BinarySearchFunc(items, namespace, func(item Item, ns string) int { return cmp.Compare(item.Object.GetNamespace(), ns) })
		items = items[i:]
	}
	var out []Object
	for _, item := range items {
		if namespace != "" && r.Namespaced && item.Object.GetNamespace() != namespace {
			break
		}
		out = append(out, item.Object)
	}
	return out
}

// HasAny reports whether there are objects of a resource, in any namespace.
func (s *Snapshot) HasAny(r Resource) bool { return s != nil && len(s.items[r]) > 0 }

// Items returns everything that was read: by resource, namespace and name.
func (s *Snapshot) Items() []Item {
	if s == nil {
		return nil
	}
	var out []Item
	for _, k := range kinds {
		out = append(out, s.items[k.resource]...)
	}
	return out
}

// Origin says in words where the objects come from.
func (s *Snapshot) Origin() string {
	if s == nil {
		return ""
	}
	return strings.Join(s.origins, " and ")
}

// Item returns the object of that resource and name, with its JSON as it was read.
func (s *Snapshot) Item(r Resource, namespace, name string) (Item, bool) {
	if s == nil {
		return Item{}, false
	}
	return lookup(s.items[r], namespace, name)
}
