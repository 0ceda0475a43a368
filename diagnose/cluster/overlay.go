package cluster

import (
	"context"
	"encoding/json"
	"slices"
)

// Edit is what becomes of one object in an [Overlay].
type Edit struct {
	Resource        Resource
	Namespace, Name string
	// After is the object as it is meant to be; empty: there is none any more.
	After json.RawMessage
}

// Overlay is a Reader that answers as another would if some objects were changed,
// created or deleted. What the other could not read stays unread.
type Overlay struct {
	base    Reader
	edits   []Edit
	written []Item // of any resource: two of them may have one name
}

// NewOverlay lays edits over what base reads; of two edits of one object the latter
// counts. The error names an edit that is no object of its resource.
func NewOverlay(base Reader, edits []Edit) (*Overlay, error) {
	o := &Overlay{base: base}
	for _, e := range edits {
		o.edits = slices.DeleteFunc(o.edits, func(had Edit) bool { return had.same(e.Resource, e.Namespace, e.Name) })
		o.edits = append(o.edits, e)
	}
	for _, e := range o.edits {
		if len(e.After) == 0 {
			continue
		}
		item, err := Decode(e.Resource, e.After)
		if err != nil {
			return nil, err
		}
		o.written = append(o.written, item)
	}
	return o, nil
}

func (e Edit) same(r Resource, namespace, name string) bool {
	return e.Resource == r && e.Namespace == namespace && e.Name == name
}

// Decode makes an Item of the JSON of one object. The error says what of it cannot
// be understood.
func Decode(r Resource, raw json.RawMessage) (Item, error) {
	out := decodeAll(Query{Resource: r}, r.Version, []json.RawMessage{raw})
	if out.Unread != nil {
		return Item{}, out.Unread
	}
	return out.Items[0], nil
}

// Error makes what could not be read an error.
func (u *Unread) Error() string { return u.Message }

// Read answers as the base does, with the edits.
func (o *Overlay) Read(ctx context.Context, queries []Query) []Result {
	out := o.base.Read(ctx, queries)
	for i, q := range queries {
		q = q.normal()
		match, err := q.matcher()
		if err != nil {
			continue
		}
		out[i].Items = slices.DeleteFunc(slices.Clone(out[i].Items), func(item Item) bool {
			return slices.ContainsFunc(o.edits, func(e Edit) bool {
				return e.same(item.Resource, item.Object.GetNamespace(), item.Object.GetName())
			})
		})
		for _, item := range o.written {
			if item.Resource == q.Resource && match(item) {
				out[i].Items = merge(out[i].Items, []Item{item})
				if q.Name != "" { // what was asked for by name is there, whatever the base said
					out[i].Unread = nil
				}
			}
		}
	}
	return out
}

// Names are those of the base and of what is written.
func (o *Overlay) Names(ctx context.Context, r Resource, namespace string) []string {
	names := slices.Clone(o.base.Names(ctx, r, namespace))
	for _, item := range o.written {
		if item.Resource == r && item.Object.GetNamespace() == namespace && !slices.Contains(names, item.Object.GetName()) {
			names = append(names, item.Object.GetName())
		}
	}
	slices.Sort(names)
	return names
}

// Origin is that of the base.
func (o *Overlay) Origin() string { return o.base.Origin() }

// Live is false: what would be is not what runs.
func (o *Overlay) Live() bool { return false }

// Whole says that what is not in the base does not exist.
func (o *Overlay) Whole() bool {
	r, ok := o.base.(interface{ Whole() bool })
	return ok && r.Whole()
}

// Cache is a Reader that asks another each query at most once. It is not safe for
// concurrent use.
type Cache struct {
	base  Reader
	known map[Query]Result
}

// NewCache keeps what base answers.
func NewCache(base Reader) *Cache { return &Cache{base: base, known: map[Query]Result{}} }

// Read answers what is known, and asks for the rest in one go.
func (c *Cache) Read(ctx context.Context, queries []Query) []Result {
	var fresh []Query
	for _, q := range queries {
		if !c.knows(q.normal()) {
			fresh = append(fresh, q)
		}
	}
	if len(fresh) > 0 {
		for i, r := range c.base.Read(ctx, fresh) {
			if ctx.Err() == nil { // what was broken off is no answer
				c.known[fresh[i].normal()] = r
			}
		}
	}
	out := make([]Result, len(queries))
	for i, q := range queries {
		out[i] = c.known[q.normal()]
		out[i].Query = q.normal()
	}
	return out
}

// knows reports whether a query was answered, or a list that shows all that it asks for.
func (c *Cache) knows(q Query) bool {
	if _, ok := c.known[q]; ok {
		return true
	}
	for _, list := range [...]Query{{Resource: q.Resource, Namespace: q.Namespace}, {Resource: q.Resource}} {
		r, ok := c.known[list]
		if !ok || r.Unread != nil {
			continue
		}
		match, err := q.matcher()
		if err != nil {
			return false
		}
		var items []Item // no larger than what is in it: many are kept
		for _, item := range r.Items {
			if match(item) {
				items = append(items, item)
			}
		}
		c.known[q] = Result{Items: items}
		return true
	}
	return false
}

// Names asks the base.
func (c *Cache) Names(ctx context.Context, r Resource, namespace string) []string {
	return c.base.Names(ctx, r, namespace)
}

// Origin is that of the base.
func (c *Cache) Origin() string { return c.base.Origin() }

// Live says whether the base is.
func (c *Cache) Live() bool { return c.base.Live() }

// Whole says whether the base is.
func (c *Cache) Whole() bool {
	r, ok := c.base.(interface{ Whole() bool })
	return ok && r.Whole()
}
