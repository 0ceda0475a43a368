package cluster

import (
	"maps"
	"slices"
)

// Queries returns everything that was asked, sorted.
func (s *Snapshot) Queries() []Query {
	if s == nil {
		return nil
	}
	return slices.SortedFunc(maps.Keys(s.asked), compareQueries)
}

// Asked says whether asking q would tell nothing new: it was asked, or a list
// that covers it was answered.
func (s *Snapshot) Asked(q Query) bool {
	if s == nil {
		return false
	}
	q = q.normal()
	if _, ok := s.asked[q]; ok {
		return true
	}
	return s.answered(q)
}

// answered says whether an answered query shows all that q asks for: see covers.
func (s *Snapshot) answered(q Query) bool {
	for _, a := range [...]Query{q, {Resource: q.Resource, Namespace: q.Namespace}, {Resource: q.Resource}} {
		if unread, asked := s.asked[a]; asked && unread == nil {
			return true
		}
	}
	return false
}

// Unread returns what was not answered, sorted, each once.
func (s *Snapshot) Unread() []Unread {
	if s == nil {
		return nil
	}
	var out []Unread
	for _, unread := range s.unread {
		out = append(out, *unread)
	}
	slices.SortFunc(out, compareUnread)
	return slices.Compact(out)
}

// Missing says whether something that was asked and not answered would have
// shown the named object, or a part of the list if name is empty. What was never
// asked is not missing, and neither is what another query did show.
func (s *Snapshot) Missing(r Resource, namespace, name string) (Unread, bool) {
	q := Query{Resource: r, Namespace: namespace, Name: name}.normal()
	if s == nil || len(s.unread) == 0 || s.answered(q) || name != "" && s.holds(q) {
		return Unread{}, false
	}
	var found []Unread
	for a, unread := range s.unread {
		if a.touches(q) {
			found = append(found, *unread)
		}
	}
	if len(found) == 0 {
		return Unread{}, false
	}
	return slices.MinFunc(found, compareUnread), true
}

func (s *Snapshot) holds(q Query) bool {
	_, found := lookup(s.items[q.Resource], q.Namespace, q.Name)
	return found
}

// touches says whether an answer to q could show something of what other asks
// for. One named object says nothing of a list.
func (q Query) touches(other Query) bool {
	if q.Resource != other.Resource || q.Name != "" && q.Name != other.Name {
		return false
	}
	return q.Namespace == other.Namespace || q.Namespace == "" || other.Namespace == "" && other.Name == ""
}
