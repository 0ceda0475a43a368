package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes what Write does as JSON, which takes several times less time to be read,
// with each object in a line of its own. The same snapshot is always the same text.
func (s *Snapshot) WriteJSON(w io.Writer) error {
	queries, unread := s.savedQueries()
	frame := &parts{}
	for _, m := range []struct {
		name  string
		value any
	}{
		{"apiVersion", snapshotKind.GroupVersion().String()},
		{"kind", snapshotKind.Kind},
		{"metadata", map[string]string{"name": "snapshot"}},
		{"origin", savedOrigin(s.Origin())},
		{"queries", queries},
		{"unread", unread},
	} {
		frame.set(m.name, encode(m.value))
	}
	items := bytes.NewBufferString("[")
	for i, item := range s.Items() {
		raw, err := item.saved()
		if err == nil {
			if i > 0 {
				items.WriteByte(',')
			}
			items.WriteByte('\n')
			err = json.Compact(items, raw)
		}
		if err != nil {
			return item.unwritten(err)
		}
	}
	items.WriteString("\n]")
	frame.set("items", items.Bytes())
	if _, err := w.Write(append(frame.join(), '\n')); err != nil {
		return fmt.Errorf("cannot write the snapshot: %w", err)
	}
	return nil
}

// saved is the object as it is saved. One that has no Raw was made by the doctor: its
// typed form is all there is of it.
func (item Item) saved() (json.RawMessage, error) {
	if len(item.Raw) > 0 {
		return item.Raw, nil
	}
	return RawOf(item.Resource, item.Object)
}

func (item Item) unwritten(err error) error {
	return fmt.Errorf("cannot write %s %s/%s: %w", item.Resource.Kind, item.Object.GetNamespace(), item.Object.GetName(), err)
}
