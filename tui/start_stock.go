package tui

import (
	"cmp"
	"slices"
	"strings"
)

// choice is an entry as it is shown and looked for.
type choice struct {
	kind            EntryKind
	namespace, name string
	text, says      string // clean
	skip            int    // how many bytes of text are not looked for: a scheme
}

// key is what a choice is looked for by.
func (c *choice) key() string { return c.text[c.skip:] }

// choices make entries ready to be shown. It is done where they come from, not in Update.
func (t *theme) choices(entries []Entry) []*choice {
	out := make([]*choice, 0, len(entries))
	for _, e := range entries {
		c := &choice{kind: e.Kind, namespace: e.Namespace, name: e.Name, text: t.clean(e.Text), says: t.clean(e.Says)}
		if i := strings.Index(c.text, "://"); i >= 0 {
			c.skip = i + len("://")
		}
		out = append(out, c)
	}
	return out
}

// stock is what can be picked, as far as it is known: each once, sorted.
type stock struct {
	has     map[string]bool // by kind and text
	kinds   map[EntryKind][]*choice
	version int // another one when there is more
}

// add takes a page in. The namespaces of what is on it are known then, too.
func (s *stock) add(page []*choice) {
	fresh := map[EntryKind][]*choice{}
	take := func(c *choice) {
		if id := string(c.kind) + " " + c.text; !s.has[id] {
			s.has[id] = true
			fresh[c.kind] = append(fresh[c.kind], c)
		}
	}
	for _, c := range page {
		take(c)
		if c.kind != NamespaceEntry && c.namespace != "" {
			take(&choice{kind: NamespaceEntry, name: c.namespace, text: c.namespace})
		}
	}
	if len(fresh) == 0 {
		return
	}
	s.version++
	if s.kinds == nil {
		s.kinds = map[EntryKind][]*choice{}
	}
	for kind, more := range fresh {
		slices.SortFunc(more, compareChoices)
		s.kinds[kind] = mergeChoices(s.kinds[kind], more)
	}
}

func compareChoices(a, b *choice) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.text, b.text))
}

// mergeChoices makes one sorted list of two.
func mergeChoices(a, b []*choice) []*choice {
	out := make([]*choice, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareChoices(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// of are the choices of some kinds, one kind after the other, of a namespace or of all.
func (s *stock) of(kinds []EntryKind, namespace string) []*choice {
	out := []*choice{}
	for _, k := range kinds {
		for _, c := range s.kinds[k] {
			if namespace == "" || c.namespace == namespace {
				out = append(out, c)
			}
		}
	}
	return out
}
