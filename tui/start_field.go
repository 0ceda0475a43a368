package tui

import (
	"net/netip"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// startField is a line to type in, and the list of what it can be.
type startField struct {
	label, hint, of string
	kinds           []EntryKind // what it can be, in this order
	input           textinput.Model
	search          search
	version         int        // of the stock that search is over
	namespace       string     // that search is limited to
	leads           bool       // a q may begin the name of something in it
	before, after   []startRow // what stands around what was found
	list            list
}

// startRow is one of a field's list.
type startRow struct {
	text, says string
	choice     *choice
	recent     *Question
	value      string // what the field is to hold
	unfinished bool   // and what is to be typed on
}

func (f *startField) text() string { return strings.TrimSpace(f.input.Value()) }

func (f *startField) rows() int { return len(f.before) + len(f.search.hits) + len(f.after) }

// row is the i-th of the list.
func (f *startField) row(i int) startRow {
	if i < len(f.before) {
		return f.before[i]
	}
	if i -= len(f.before); i < len(f.search.hits) {
		c := f.search.all[f.search.hits[i].at]
		return startRow{text: c.text, says: c.says, choice: c, value: c.text}
	}
	return f.after[i-len(f.search.hits)]
}

// recentRows is how many recent questions stand above the list.
func (m *Model) recentRows() int { return max(3, m.height/5) }

// refresh finds for each field what can be picked now. The cursor stays with what it was on.
func (s *start) refresh(m *Model) {
	namespace := s.limit()
	for i := range s.fields {
		f := &s.fields[i]
		limit := namespace
		if i == startNamespace {
			limit = ""
		}
		var on *choice
		if f.list.cursor > 0 && f.list.cursor < f.rows() {
			on = f.row(f.list.cursor).choice
		}
		if f.version != s.stock.version || f.namespace != limit || f.search.all == nil {
			f.version, f.namespace = s.stock.version, limit
			f.search.over(s.stock.of(f.kinds, limit))
			f.leads = slices.ContainsFunc(f.search.all, func(c *choice) bool { return strings.HasPrefix(c.name, "q") })
		}
		f.search.find(lookedFor(f.text()))
		s.around(m, i)
		f.list.resize(f.rows())
		if at := f.find(on); at >= 0 {
			f.list.to(at)
		}
	}
}

// limit is the namespace that is chosen. A part of a name is none while it is being typed.
func (s *start) limit() string {
	text := s.fields[startNamespace].text()
	if s.focus == startNamespace && !s.stock.has[string(NamespaceEntry)+" "+text] {
		return ""
	}
	return text
}

// find is the row of a choice, or -1.
func (f *startField) find(c *choice) int {
	if c == nil {
		return -1
	}
	for i, h := range f.search.hits {
		if f.search.all[h.at] == c {
			return len(f.before) + i
		}
	}
	return -1
}

// around sets what stands around what was found: what was typed, as it is; while nothing
// is, the recent questions and what else there may be.
func (s *start) around(m *Model, i int) {
	f := &s.fields[i]
	f.before, f.after = nil, nil
	text := f.text()
	switch {
	case text != "":
		if f.exact(text) {
			return
		}
		typed := startRow{text: text, says: "as typed", value: text}
		_, err := netip.ParseAddr(text)
		if err == nil && i == startSource { // which has to say that it is one
			typed = startRow{text: "ip/" + text, says: "an address", value: "ip/" + text}
		}
		if len(f.search.hits) == 0 || literal(typed.text) {
			f.before = []startRow{typed}
		} else {
			f.after = []startRow{typed}
		}
	case i == startNamespace:
		f.before = []startRow{{text: f.hint}}
	case i == startSource:
		for j := range s.recent[:min(len(s.recent), m.recentRows())] {
			f.before = append(f.before, startRow{text: recentText(m.theme, s.recent[j]), says: "asked before", recent: &s.recent[j]})
		}
		f.after = []startRow{{text: "ip/ADDRESS", says: "outside the mesh", value: "ip/", unfinished: true}}
	}
}

// exact reports whether a text is that of something that can be picked.
func (f *startField) exact(text string) bool {
	return slices.ContainsFunc(f.search.hits, func(h hit) bool { return f.search.all[h.at].text == text })
}

// recentText is a question as the command line has it, without what is secret.
func recentText(t *theme, q Question) string {
	words := history.Words(q.Args())
	return t.clean(words[0] + " → " + strings.Join(words[1:], " "))
}

// literal reports whether a text says by itself what it is, and is not a part of a name.
func literal(text string) bool {
	if strings.Contains(text, "://") {
		return true
	}
	switch word, _, typed := strings.Cut(strings.ToLower(text), "/"); word {
	case "ip", "sa", "serviceaccount", "gateway", "gw", "svc", "service":
		return typed
	case "kubelet", "apiserver", "kube-apiserver", "*":
		return !typed
	}
	return false
}

// lookedFor is the part of a text that names are looked for by: an URL's host.
func lookedFor(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text, _, _ = strings.Cut(rest, "/")
	}
	return strings.ReplaceAll(text, " ", "")
}
