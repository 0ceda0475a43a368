package logs

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxGroups bounds how many different events are told apart.
const MaxGroups = 10_000

// maxRecent bounds how many requests are remembered to know their other lines by.
const maxRecent = 1024

// Group is what equal events have in common: the first of them, and how many.
type Group struct {
	Event
	Count     int
	LastLine  int
	FirstTime time.Time
	LastTime  time.Time
}

// Groups puts equal events together.
type Groups struct {
	// Others counts the events of groups for which there was no room.
	Others int
	groups map[string]*Group
	// recent are the groups of the last requests, by the format and the id of the
	// request; ids says in which order they go.
	recent map[string]*Group
	ids    []string
}

// Add takes in an event. It returns the event's group if it is the first of it.
func (g *Groups) Add(e Event) *Group {
	if g.groups == nil {
		g.groups, g.recent = map[string]*Group{}, map[string]*Group{}
	}
	if other := g.otherLine(e); other != nil {
		if other.Source.Identity == "" {
			other.Source.Identity, other.Source.MutualTLS = e.Source.Identity, other.Source.MutualTLS || e.Source.MutualTLS
		}
		return nil
	}
	key := e.key()
	in, ok := g.groups[key]
	if !ok {
		if len(g.groups) >= MaxGroups {
			g.Others++
			return nil
		}
		in = &Group{Event: e, FirstTime: e.Time}
		g.groups[key] = in
	}
	in.Count++
	in.LastLine = e.Line
	in.FirstTime, in.LastTime = earlier(in.FirstTime, e.Time), later(in.LastTime, e.Time)
	g.remember(e, in)
	if ok {
		return nil
	}
	return in
}

// otherLine finds the group of an event that the other of Envoy's logs has told of
// already: at the level debug a denial is in both.
func (g *Groups) otherLine(e Event) *Group {
	if e.Request.id == "" || e.Effect != Denied {
		return nil
	}
	other := map[Format]Format{EnvoyAccess: EnvoyRBAC, EnvoyRBAC: EnvoyAccess}[e.Format]
	in := g.recent[string(other)+e.Request.id]
	if in == nil || in.Reason != e.Reason || in.Policy != e.Policy || in.Target.Address != e.Target.Address {
		return nil
	}
	return in
}

func (g *Groups) remember(e Event, in *Group) {
	if e.Request.id == "" {
		return
	}
	id := string(e.Format) + e.Request.id
	if _, ok := g.recent[id]; ok {
		return
	}
	if len(g.ids) >= maxRecent {
		delete(g.recent, g.ids[0])
		g.ids = append(g.ids[:0], g.ids[1:]...)
	}
	g.ids, g.recent[id] = append(g.ids, id), in
}

// List returns the groups, the largest first.
func (g *Groups) List() []*Group {
	out := make([]*Group, 0, len(g.groups))
	for _, in := range g.groups {
		out = append(out, in)
	}
	slices.SortFunc(out, func(a, b *Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// key is the same for events that are equal but for their times and ports: the same
// source, target, request and reason.
func (e Event) key() string {
	source := e.Source.Identity
	switch {
	case source != "":
	case e.Source.Pod != "":
		source = e.Source.Namespace + "/" + e.Source.Pod
	default:
		source = e.Source.Address.String()
	}
	target := e.Target.Host
	switch {
	case target != "":
		target += ":" + number(e.Target.Port)
	case e.Target.Pod != "":
		target = e.Target.Namespace + "/" + e.Target.Pod + ":" + number(e.Target.PodPort)
	default:
		target = e.Target.Address.String() + ":" + number(e.Target.PodPort)
	}
	rule := ""
	if e.Rule >= 0 {
		rule = number(uint16(e.Rule))
	}
	return strings.Join([]string{
		string(e.Effect), string(e.Reason), e.Policy, rule, source, target, e.Request.Method, template(e.Request.Path),
	}, "\x00")
}

// template is a path with a star for each part that looks like the name of one thing
// out of many: a number, a UUID, a long hexadecimal word.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		digits := len(p) - len(strings.Trim(p, "0123456789"))
		hex := strings.Trim(p, "0123456789abcdefABCDEF-") == ""
		if p != "" && (strings.Trim(p, "0123456789") == "" || len(p) >= 16 && hex && digits > 0) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
