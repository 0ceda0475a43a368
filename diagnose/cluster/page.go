package cluster

import (
	"encoding/json"
	"strings"
	"sync"
)

// decoding decodes the pages of an answer while the next ones are still to come.
type decoding struct {
	pages []*Result
	wait  sync.WaitGroup
}

// add begins to decode a page; with a first one the answer begins anew.
func (d *decoding) add(first bool, decode func() Result) {
	if first {
		d.pages = nil
	}
	page := new(Result)
	d.pages = append(d.pages, page)
	d.wait.Go(func() { *page = decode() })
}

// result waits for all pages and puts them together.
func (d *decoding) result(q Query) Result {
	d.wait.Wait()
	out := Result{Query: q}
	for i, page := range d.pages {
		if i == 0 {
			out.Items = page.Items
		} else {
			out.Items = append(out.Items, page.Items...)
		}
		if out.Unread == nil {
			out.Unread = page.Unread
		}
	}
	return out
}

// decodePage decodes a page of a list, or the object that has the name.
func (l *live) decodePage(q Query, version string, body []byte) Result {
	if q.Name != "" {
		return l.one(q, version, body)
	}
	raws, head, ok := itemsOf(body)
	switch {
	case !ok:
		return Result{Query: q, Unread: l.noJSON(q)}
	case !head.lists(q.Resource):
		return Result{Query: q, Unread: l.noList(q)}
	}
	return decodeAll(q, version, raws)
}

// listHead tells whether a body is a list at all. A proxy or a page to log in may answer
// with JSON too, and what is empty by mistake must not count as a list of nothing.
type listHead struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// lists reports whether the head is that of a list of the resource.
func (h listHead) lists(r Resource) bool {
	group, _, found := strings.Cut(h.APIVersion, "/")
	if !found {
		group = ""
	}
	return strings.HasSuffix(h.Kind, "List") && (group == r.Group || h.Kind == "List" || h.Kind == "PartialObjectMetadataList")
}

// itemsOf are the items of a list, which are not looked into, and what it is a list of;
// false if it is no JSON object.
func itemsOf(body []byte) (items []json.RawMessage, head listHead, ok bool) {
	list, ok := members(body)
	if !ok {
		return nil, head, false
	}
	for _, m := range list {
		switch {
		case m.name == "items" && string(m.value) != "null":
			items, ok = elements(m.value)
		case m.name == "kind":
			ok = json.Unmarshal(m.value, &head.Kind) == nil
		case m.name == "apiVersion":
			ok = json.Unmarshal(m.value, &head.APIVersion) == nil
		default:
			ok = json.Valid(m.value)
		}
		if !ok {
			return nil, head, false
		}
	}
	return items, head, true
}

// continues returns where the next page of a list begins; empty is the last. The metadata
// stands before the items, so no more than the beginning is looked at.
func continues(body []byte) string {
	var next string
	_ = eachMember(body, func(name string, from, to int) bool {
		if name != "metadata" {
			return true
		}
		var metadata struct {
			Continue string `json:"continue"`
		}
		if json.Unmarshal(body[from:to], &metadata) == nil {
			next = metadata.Continue
		}
		return false
	})
	return next
}
