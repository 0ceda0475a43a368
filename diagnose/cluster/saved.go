package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// snapshotKind is the kind of the saved form.
var snapshotKind = schema.GroupVersionKind{Group: "authz-doctor.dev", Version: "v1alpha1", Kind: "Snapshot"}

// readBack marks the origin of what was saved; readBackOnly is that of what had none.
const (
	readBack     = "snapshot of "
	readBackOnly = "a snapshot"
)

// savedQuery is a Query in the saved form.
type savedQuery struct {
	Resource  string `json:"resource"` // as Resource.String has it
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Labels    string `json:"labels,omitempty"`
	Fields    string `json:"fields,omitempty"`
}

// savedUnread is an Unread with the selectors of its query.
type savedUnread struct {
	Unread
	Labels string `json:"labels,omitempty"`
	Fields string `json:"fields,omitempty"`
}

// savedSnapshot is what is read of the saved form, but for the items.
type savedSnapshot struct {
	Origin  string        `json:"origin"`
	Queries []savedQuery  `json:"queries"`
	Unread  []savedUnread `json:"unread"`
}

// Write writes the saved form: what was asked, what was not answered, and every
// object in full. The same snapshot is always the same text.
func (s *Snapshot) Write(w io.Writer) error {
	queries, unread := s.savedQueries()
	var out bytes.Buffer
	fmt.Fprintf(&out, "apiVersion: %s\nkind: %s\nmetadata:\n  name: snapshot\n", snapshotKind.GroupVersion(), snapshotKind.Kind)
	for _, section := range []map[string]any{
		{"origin": savedOrigin(s.Origin())}, {"queries": queries}, {"unread": unread},
	} {
		text, err := yaml.Marshal(section)
		if err != nil {
			return fmt.Errorf("cannot write the snapshot: %w", err)
		}
		out.Write(text)
	}
	items := s.Items()
	if len(items) == 0 {
		out.WriteString("items: []\n")
	} else {
		out.WriteString("items:\n")
	}
	for _, item := range items {
		if err := writeItem(&out, item); err != nil {
			return err
		}
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("cannot write the snapshot: %w", err)
	}
	return nil
}

// savedQueries are what was asked, and what of it was not answered.
func (s *Snapshot) savedQueries() ([]savedQuery, []savedUnread) {
	queries, unread := []savedQuery{}, []savedUnread{}
	for _, q := range s.Queries() {
		queries = append(queries, savedQuery{q.Resource.String(), q.Namespace, q.Name, q.Labels, q.Fields})
		if u := s.asked[q]; u != nil {
			unread = append(unread, savedUnread{*u, q.Labels, q.Fields})
		}
	}
	return queries, unread
}

// savedOrigin is the origin as it is saved: saving what was saved changes nothing.
func savedOrigin(origin string) string {
	if origin == readBackOnly {
		return ""
	}
	return strings.TrimPrefix(origin, readBack)
}

// writeItem writes an object as an element of a list.
func writeItem(out *bytes.Buffer, item Item) error {
	raw, err := item.saved()
	var text []byte
	if err == nil {
		text, err = yaml.JSONToYAML(raw)
	}
	if err != nil {
		return item.unwritten(err)
	}
	first := true
	for line := range bytes.Lines(text) {
		switch {
		case first:
			out.WriteString("- ")
		case len(bytes.TrimSpace(line)) > 0:
			out.WriteString("  ")
		}
		out.Write(line)
		first = false
	}
	return nil
}

// RawOf is the complete JSON of a typed object: of one that was made, not read.
func RawOf(r Resource, object Object) (json.RawMessage, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	return complete(raw, r.apiVersion(), r.Kind)
}

// snapshot takes a saved snapshot: its objects, and what it was asked.
func (l loading) snapshot(p place, h head) (out outcome) {
	var items []json.RawMessage
	if given, ok := h.get("items"); ok && string(given) != "null" {
		var isList bool
		if items, isList = elements(given); !isList {
			out.fail(p.errorAt(fieldPath{"items"}, "this Snapshot cannot be read: items: wants a list"))
			return out
		}
	}
	h.drop("items")
	var saved savedSnapshot
	if err := json.Unmarshal(h.join(), &saved); err != nil {
		out.fail(p.errorAt(nil, "this Snapshot cannot be read: "+strings.TrimPrefix(err.Error(), "json: ")))
		return out
	}
	out.add(func(l *loader) { l.snapshot(saved) })
	p.saved = true
	out.join(l.items(p, items, schema.GroupVersionKind{}))
	return out
}

// snapshot takes what a saved snapshot was asked. What a newer doctor asked for and this
// one does not know is left out.
func (l *loader) snapshot(saved savedSnapshot) {
	if l.asked == nil {
		l.asked = map[Query]*Unread{}
	}
	origin := readBackOnly
	if saved.Origin != "" {
		origin = readBack + saved.Origin
	}
	l.origins = append(l.origins, origin)
	for _, q := range saved.Queries {
		if r, ok := byName[q.Resource]; ok {
			l.asked[Query{r, q.Namespace, q.Name, q.Labels, q.Fields}.normal()] = nil
		}
	}
	for _, u := range saved.Unread {
		if r, ok := byName[Resource{Group: u.Group, Plural: u.Resource}.String()]; ok {
			l.asked[Query{r, u.Namespace, u.Name, u.Labels, u.Fields}.normal()] = &u.Unread
		}
	}
}

// origin counts the manifests, or names the only one, beside the snapshots.
func (l *loader) origin(from []source) string {
	out := l.origins
	switch files := len(from) - l.snapshots; {
	case files == 1 && len(from) == 1 && from[0].path == "-":
		out = append(out, "stdin")
	case files == 1 && len(from) == 1:
		out = append(out, "file "+from[0].name())
	case files == 1:
		out = append(out, "1 file")
	case files > 1 || len(from) == 0:
		out = append(out, fmt.Sprintf("%d files", files))
	}
	return strings.Join(out, " and ")
}
