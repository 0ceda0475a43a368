package cluster

import (
	"context"
	"encoding/json"
	"errors"
)

// Elsewhere reports whether no API server has the objects of a resource: see [Source].
func Elsewhere(r Resource) bool { return byResource[r].source != nil }

// from answers a query for an object that is not the API server's. A list of such objects
// cannot be had.
func (l *live) from(ctx context.Context, source Source, q Query) Result {
	if q.Name == "" {
		return Result{Query: q, Unread: q.unread(NotAsked, q.Resource.Plural+" are asked for one by one")}
	}
	raw, err := source(ctx, l, l.config, q.Name)
	var denied Denied
	switch {
	case errors.As(err, &denied):
		return Result{Query: q, Unread: q.unread(Forbidden, oneLine(err.Error()))}
	case ctx.Err() != nil:
		return Result{Query: q, Unread: q.unread(TimedOut, oneLine(ctx.Err().Error()))}
	case err != nil:
		return Result{Query: q, Unread: q.unread(Failed, oneLine(err.Error()))}
	}
	if raw == nil {
		return Result{Query: q}
	}
	return decodeAll(q, q.Resource.Version, []json.RawMessage{raw})
}
