package cluster

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// parts are the members of an object that is about to be changed.
type parts struct {
	raw     json.RawMessage
	members []member
	changed bool
}

// partsOf takes an object apart; false if raw is none.
func partsOf(raw json.RawMessage) (*parts, bool) {
	all, ok := members(raw)
	return &parts{raw: raw, members: all}, ok
}

// get returns a value; of a name that is given twice the last one counts.
func (p *parts) get(name string) (json.RawMessage, bool) {
	for i := len(p.members) - 1; i >= 0; i-- {
		if p.members[i].name == name {
			return p.members[i].value, true
		}
	}
	return nil, false
}

func (p *parts) set(name string, value json.RawMessage) {
	if given, ok := p.get(name); ok && bytes.Equal(given, value) {
		return
	}
	p.drop(name)
	p.members, p.changed = append(p.members, member{name, value}), true
}

func (p *parts) drop(name string) {
	if _, ok := p.get(name); ok {
		p.members = slices.DeleteFunc(p.members, func(m member) bool { return m.name == name })
		p.changed = true
	}
}

// join puts the object together, its names sorted and each of them once. The values are
// JSON that was read before: they are not looked at again.
func (p *parts) join() json.RawMessage {
	if p.inOrder() {
		if !p.changed {
			return p.raw
		}
	} else {
		slices.SortStableFunc(p.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	}
	out := make([]byte, 0, len(p.raw)+128)
	for i, m := range p.members {
		if i+1 < len(p.members) && p.members[i+1].name == m.name {
			continue
		}
		out = append(out, ',')
		out = append(out, quote(m.name)...)
		out = append(out, ':')
		out = append(out, m.value...)
	}
	if len(out) == 0 {
		return json.RawMessage("{}")
	}
	out[0] = '{'
	return append(out, '}')
}

// inOrder reports whether the names are sorted and different.
func (p *parts) inOrder() bool {
	for i := range len(p.members) - 1 {
		if p.members[i].name >= p.members[i+1].name {
			return false
		}
	}
	return true
}
