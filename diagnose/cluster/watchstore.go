package cluster

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// baseline is what the snapshot holds of the place: what is otherwise by now has changed
// since.
func (f *follower) baseline() map[key]metav1.Object {
	out := map[key]metav1.Object{}
	match, err := f.matcher()
	if err != nil {
		return out
	}
	for _, item := range f.snapshot.items[f.Resource] {
		if match(item) && f.wants(item.Object) {
			out[f.key(item.Object)] = item.Object
		}
	}
	return out
}

func (f *follower) key(o metav1.Object) key {
	return key{f.Resource, o.GetNamespace(), o.GetName()}
}

func (f *follower) wants(o metav1.Object) bool { return f.names == nil || f.names[o.GetName()] }

// Replace takes what there is now.
func (f *follower) Replace(objects []any, _ string) error {
	now := map[key]metav1.Object{}
	for _, o := range objects {
		if o, ok := o.(metav1.Object); ok && f.wants(o) {
			now[f.key(o)] = o
		}
	}
	before := maps.Clone(f.known)
	for _, k := range slices.SortedFunc(maps.Keys(now), compareKeys) {
		f.put(now[k])
	}
	for _, k := range slices.SortedFunc(maps.Keys(before), compareKeys) {
		if now[k] == nil {
			f.drop(before[k])
		}
	}
	return nil
}

// Add takes an object that is new.
func (f *follower) Add(o any) error { return f.Update(o) }

// Update takes an object that has changed.
func (f *follower) Update(o any) error {
	if o, ok := o.(metav1.Object); ok && f.wants(o) {
		f.put(o)
	}
	return nil
}

// Delete takes an object that is gone.
func (f *follower) Delete(o any) error {
	if o, ok := o.(metav1.Object); ok && f.wants(o) {
		f.drop(o)
	}
	return nil
}

// Resync has nothing to do.
func (f *follower) Resync() error { return nil }

// put takes an object as it is now, and tells if it is another than before.
func (f *follower) put(o metav1.Object) {
	k := f.key(o)
	before, was := f.known[k]
	o.SetManagedFields(nil) // much, and nobody looks
	f.known[k] = o
	switch {
	case !was:
		f.say(o, f.chosen("was created", "has appeared"))
	case otherThan(f.Resource, before, o):
		f.say(o, "was changed")
	}
}

// drop takes an object as gone.
func (f *follower) drop(o metav1.Object) {
	k := f.key(o)
	if _, was := f.known[k]; !was {
		return
	}
	delete(f.known, k)
	f.say(o, f.chosen("was deleted", "is gone"))
}

// chosen is the verb where a selector chooses: an object that comes or goes there may only
// have got other labels.
func (f *follower) chosen(verb, selected string) string {
	if f.Labels != "" || f.Fields != "" {
		return selected
	}
	return verb
}

// behind is by how many changes of an object one watch may be behind another.
const behind = 16

// say tells of a change, once however many watch the object.
func (f *follower) say(o metav1.Object, verb string) {
	k := f.key(o)
	f.mu.Lock()
	told := o.GetResourceVersion() + verb
	twice := slices.Contains(f.seen[k], told)
	if !twice { // another one may be some changes behind
		f.seen[k] = append(f.seen[k][max(0, len(f.seen[k])-behind):], told)
	}
	f.mu.Unlock()
	if twice {
		return
	}
	name := types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}.String()
	if o.GetNamespace() == "" {
		name = o.GetName()
	}
	f.line.changed(f.Resource.Kind+" "+name, verb)
}
