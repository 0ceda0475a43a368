package cluster

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/validate/content"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pager is a Reader that hands out a long list while it is still being read. A list that
// expires on the way is read again from its beginning, so an object may come twice.
type Pager interface {
	// Pages hands out the objects of a list, page by page.
	Pages(ctx context.Context, q Query, page func([]Item)) *Unread
	// Heads hands out no more than their metadata, which is what is least to send.
	Heads(ctx context.Context, q Query, page func([]metav1.ObjectMeta)) *Unread
}

// Pages reads a list page by page.
func (l *live) Pages(ctx context.Context, q Query, page func([]Item)) *Unread {
	return l.list(ctx, q.normal(), acceptJSON, func(q Query, body []byte) *Unread {
		r := l.decodePage(q, q.Resource.Version, body)
		if r.Items != nil { // it is a list, if only of nothing
			page(r.Items)
		}
		return r.Unread
	})
}

// Heads reads the metadata of a list page by page.
func (l *live) Heads(ctx context.Context, q Query, page func([]metav1.ObjectMeta)) *Unread {
	return l.list(ctx, q.normal(), acceptNames, func(q Query, body []byte) *Unread {
		var list struct {
			listHead
			Items []struct {
				Metadata metav1.ObjectMeta `json:"metadata"`
			} `json:"items"`
		}
		if u := l.understand(q, body, &list, &list.listHead); u != nil {
			return u
		}
		heads := make([]metav1.ObjectMeta, 0, len(list.Items))
		for _, item := range list.Items {
			heads = append(heads, item.Metadata)
		}
		page(heads)
		return nil
	})
}

// list gives take each page of a list. What take could not understand is told after the
// rest was read.
func (l *live) list(ctx context.Context, q Query, accept string, take func(Query, []byte) *Unread) *Unread {
	if len(content.IsPathSegmentName(q.Namespace)) > 0 {
		return nil // no server has such a namespace
	}
	var wrong *Unread
	failure := l.each(ctx, q, q.Resource.Version, accept, pageSize, func(body []byte, _ bool) {
		if u := take(q, body); u != nil {
			wrong = u
		}
	})
	if failure != nil {
		return q.unread(failure.reason, failure.message)
	}
	return wrong
}

func (l *live) noJSON(q Query) *Unread {
	return q.unread(Failed, l.server.name+" answered something else than JSON")
}

func (l *live) noList(q Query) *Unread {
	return q.unread(Failed, l.server.name+" answered something else than a list of "+q.Resource.Plural)
}

// understand reads a page into list, of which head is a part; it says why it cannot.
func (l *live) understand(q Query, body []byte, list any, head *listHead) *Unread {
	if json.Unmarshal(body, list) != nil {
		return l.noJSON(q)
	}
	if !head.lists(q.Resource) {
		return l.noList(q)
	}
	return nil
}

// one reads an object, and makes sure that it is the one that was asked for.
func (l *live) one(q Query, version string, body []byte) Result {
	var object struct {
		Metadata struct{ Name, Namespace any }
	}
	switch {
	case !json.Valid(body):
		return Result{Query: q, Unread: l.noJSON(q)}
	case json.Unmarshal(body, &object) != nil, object.Metadata.Name != q.Name, q.Namespace != "" && object.Metadata.Namespace != q.Namespace:
		return Result{Query: q, Unread: q.unread(Failed, l.server.name+" answered something else than "+q.Resource.Kind+" "+q.Name)}
	}
	return decodeAll(q, version, []json.RawMessage{body})
}
