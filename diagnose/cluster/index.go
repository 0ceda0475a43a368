package cluster

import (
	"reflect"
	"sort"
	"sync"
)

// shelf holds the objects of one type and what was made of them. Snapshots that hold
// the same objects share one.
type shelf struct {
	resource Resource
	items    []Item // sorted
	made     sync.Map
}

// shelfKey is the name of what was made, and its type, so that two users of a name
// do not meet.
type shelfKey struct {
	name string
	form reflect.Type
}

// Kept returns what build makes of all objects of a type, sorted by namespace and
// name. It is built when it is first asked for and kept as long as no more of these
// objects are read; name tells it from what else is made of them. Neither the objects
// nor what is made of them may be changed.
func Kept[T Object, V any](s *Snapshot, name string, build func(all []T) V) V {
	shelf := shelfOf[T](s)
	if shelf == nil {
		return build(nil)
	}
	key := shelfKey{name, reflect.TypeFor[V]()}
	if v, ok := shelf.made.Load(key); ok {
		return v.(V)
	}
	v, _ := shelf.made.LoadOrStore(key, build(typed[T](shelf.items)))
	return v.(V)
}

// shelfOf is nil where no objects of the type were read.
func shelfOf[T Object](s *Snapshot) *shelf {
	if s == nil {
		return nil
	}
	return s.shelves[reflect.TypeFor[T]()]
}

// typed are the objects of items, which are of that type unless the resource has none.
func typed[T Object](items []Item) []T {
	out := make([]T, 0, len(items))
	for _, item := range items {
		if object, ok := item.Object.(T); ok {
			out = append(out, object)
		}
	}
	return out
}

// within is the part of sorted objects that is of a namespace.
func within[T Object](all []T, namespace string) []T {
	i := sort.Search(len(all), func(i int) bool { return all[i].GetNamespace() >= namespace })
	j := i + sort.Search(len(all)-i, func(k int) bool { return all[i+k].GetNamespace() > namespace })
	return all[i:j:j]
}
