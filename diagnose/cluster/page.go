package cluster

import (
	"encoding/json"
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
	raws, ok := []json.RawMessage{body}, true
	if q.Name == "" {
		raws, ok = itemsOf(body)
	}
	if !ok {
		return Result{Query: q, Unread: l.noJSON(q)}
	}
	return decodeAll(q, version, raws)
}

// itemsOf are the items of a list, which are not looked into; false if it is none.
func itemsOf(body []byte) ([]json.RawMessage, bool) {
	list, ok := members(body)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	for _, m := range list {
		switch {
		case m.name == "items" && string(m.value) != "null":
			items, ok = elements(m.value)
		default:
			ok = json.Valid(m.value)
		}
		if !ok {
			return nil, false
		}
	}
	return items, true
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
