package cluster

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/client-go/rest"
)

const (
	// pageSize is kubectl's.
	pageSize = 500
	// inOnePiece is the size of a page that is the whole list.
	inOnePiece = -1

	acceptJSON  = "application/json"
	acceptNames = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
)

// live reads a running cluster. It never reads Secrets: no resource stands for them.
type live struct {
	client rest.Interface
	config *rest.Config
	server server
	origin string
	// version is the one that a resource was answered in.
	version sync.Map // family to string
	// served are the versions of the server's groups; nil: it was not asked for them.
	served atomic.Pointer[map[string][]string]
}

// NewLive returns a Reader of a running cluster. Nothing is asked yet: a server
// that is not there shows in the answers.
func NewLive(config *rest.Config, origin string) (Reader, error) {
	c, err := Connect(config, origin)
	if err != nil {
		return nil, err
	}
	return &live{client: c.Client, config: config, origin: origin, server: c.server}, nil
}

func (l *live) Origin() string { return l.origin }

func (l *live) Live() bool { return true }

// Read asks everything at the same time. It ends when ctx does.
func (l *live) Read(ctx context.Context, queries []Query) []Result {
	out := make([]Result, len(queries))
	var wait sync.WaitGroup
	wait.Go(prepare)
	for i, q := range queries {
		wait.Go(func() { out[i] = l.read(ctx, q.normal()) })
	}
	wait.Wait()
	return out
}

func (l *live) read(ctx context.Context, q Query) Result {
	if q.Resource == APIGroups {
		return l.groups(ctx, q)
	}
	if source := byResource[q.Resource].source; source != nil {
		return l.from(ctx, source, q)
	}
	if len(content.IsPathSegmentName(q.Name)) > 0 || len(content.IsPathSegmentName(q.Namespace)) > 0 {
		return Result{Query: q} // no server has such a name
	}
	var d decoding
	failure := l.fetch(ctx, q, acceptJSON, pageSize, func(version string, body []byte, first bool) {
		d.add(first, func() Result { return l.decodePage(q, version, body) })
	})
	out := d.result(q)
	switch {
	case failure == nil:
		return out
	case failure.absent:
		return Result{Query: q}
	}
	return Result{Query: q, Unread: q.unread(failure.reason, failure.message)}
}

// Names asks for the names only: one page, and no more of it than the metadata.
func (l *live) Names(ctx context.Context, r Resource, namespace string) []string {
	q := Query{Resource: r, Namespace: namespace}.normal()
	if len(content.IsPathSegmentName(q.Namespace)) > 0 {
		return nil
	}
	if r == APIGroups {
		return namesOf(l.groups(ctx, q))
	}
	var body []byte
	failure := l.fetch(ctx, q, acceptNames, 0, func(_ string, page []byte, _ bool) { body = page })
	if failure != nil {
		return nil
	}
	var list struct {
		listHead
		Items []struct {
			Metadata struct{ Name string }
		}
	}
	if l.understand(q, body, &list, &list.listHead) != nil {
		return nil
	}
	out := []string{}
	for _, item := range list.Items {
		out = append(out, item.Metadata.Name)
	}
	slices.Sort(out)
	return out[:min(len(out), maxNames)]
}

// each gives take the pages of a list as they come, the first one marked. A list that
// expires on the way is read again in one piece, which is a first page again.
func (l *live) each(ctx context.Context, q Query, version, accept string, page int, take func(body []byte, first bool)) *failure {
	for next := ""; ; {
		req := l.request(q, version).SetHeader("Accept", accept)
		switch {
		case q.Name != "":
		case page > 0:
			req = req.Param("limit", strconv.Itoa(page))
		case page == 0 && accept == acceptNames:
			req = req.Param("limit", strconv.Itoa(maxNames))
		}
		if next != "" {
			req = req.Param("continue", next)
		}
		body, err := req.DoRaw(ctx)
		if err != nil {
			failure := l.server.failure(ctx, q, err, body)
			if failure.code == http.StatusGone && next != "" {
				return l.each(ctx, q, version, accept, inOnePiece, take)
			}
			return failure
		}
		take(body, next == "")
		asked := next
		if next = continues(body); next == "" || q.Name != "" || page <= 0 {
			return nil
		}
		if next == asked {
			return &failure{reason: Failed, message: l.server.name + " answers the same page of the list again and again"}
		}
	}
}

func (l *live) request(q Query, version string) *rest.Request {
	root := "/apis/" + q.Resource.Group + "/" + version
	if q.Resource.Group == "" {
		root = "/api/" + version
	}
	req := l.client.Get().MaxRetries(1).AbsPath(root).Resource(q.Resource.Plural)
	if q.Namespace != "" {
		req = req.Namespace(q.Namespace)
	}
	if q.Name != "" {
		return req.Name(q.Name)
	}
	if q.Labels != "" {
		req = req.Param("labelSelector", q.Labels)
	}
	if q.Fields != "" {
		req = req.Param("fieldSelector", q.Fields)
	}
	return req
}
