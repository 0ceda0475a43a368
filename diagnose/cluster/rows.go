package cluster

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
)

// acceptTable asks for what kubectl get prints: a row for each object.
const acceptTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

// Namer is a Reader that can tell the names of very many objects at once.
type Namer interface {
	// AllNames are the names that a query finds, of one namespace: across namespaces they
	// would not say where they are. They may be some seconds old. With a most, a list that
	// is longer is cut there.
	AllNames(ctx context.Context, q Query, most int) ([]string, *Unread)
}

// AllNames reads a table without the objects: of all answers of a server the shortest. It
// comes from the server's memory, unless it is to be cut.
func (l *live) AllNames(ctx context.Context, q Query, most int) ([]string, *Unread) {
	q = q.normal()
	if len(content.IsPathSegmentName(q.Namespace)) > 0 {
		return nil, nil // no server has such a namespace
	}
	req := l.request(q, q.Resource.Version).SetHeader("Accept", acceptTable).Param("includeObject", "None")
	if most > 0 {
		req = req.Param("limit", strconv.Itoa(most))
	} else {
		req = req.Param("resourceVersion", "0")
	}
	body, err := req.DoRaw(ctx)
	if err != nil {
		f := l.server.failure(ctx, q, err, body)
		return nil, q.unread(f.reason, f.message)
	}
	names, ok := namesInTable(body)
	if !ok {
		return nil, l.noJSON(q)
	}
	return names, nil
}

// namesInTable reads a table, or a list from a server that makes no tables.
func namesInTable(body []byte) ([]string, bool) {
	var table struct {
		ColumnDefinitions []struct{ Name string }
		Rows              []struct{ Cells []json.RawMessage }
		Items             []struct{ Metadata struct{ Name string } }
	}
	if json.Unmarshal(body, &table) != nil {
		return nil, false
	}
	out := make([]string, 0, len(table.Rows)+len(table.Items))
	for _, item := range table.Items {
		out = append(out, item.Metadata.Name)
	}
	column := -1
	for i, c := range table.ColumnDefinitions {
		if column < 0 && strings.EqualFold(c.Name, "name") {
			column = i
		}
	}
	for _, row := range table.Rows {
		name := ""
		if column < 0 || column >= len(row.Cells) || json.Unmarshal(row.Cells[column], &name) != nil {
			return nil, false
		}
		out = append(out, name)
	}
	return out, true
}
