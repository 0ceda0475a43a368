package apply

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Manager is who has set a field, as metadata.managedFields has it.
type Manager struct {
	Name string    `json:"name"`
	Time time.Time `json:"time,omitzero"`
}

// String is "kubectl-edit at 2026-11-26 10:45:01 UTC".
func (m Manager) String() string {
	if m.Time.IsZero() {
		return m.Name
	}
	return m.Name + " at " + m.Time.UTC().Format("2006-01-02 15:04:05 MST")
}

// Managed are fields that a manager has set.
type Managed struct {
	Manager Manager `json:"manager"`
	// Fields are as the server writes them: "spec.rules", "spec.ports[port=80].name".
	Fields []string `json:"fields"`
}

// manager is an entry of metadata.managedFields.
type manager struct {
	Manager
	operation metav1.ManagedFieldsOperationType
	sub       bool // by way of a subresource: the status
	// fields is the tree of what it has set: f:NAME, k:{KEYS}, v:VALUE, and "." for the
	// node itself (the format of structured-merge-diff, FieldsV1).
	fields object
}

// managers reads metadata.managedFields; what cannot be read is left out.
func managers(o object) []manager {
	metadata, _ := o["metadata"].(object)
	var entries []metav1.ManagedFieldsEntry
	if json.Unmarshal(encode(metadata["managedFields"]), &entries) != nil {
		return nil
	}
	var out []manager
	for _, e := range entries {
		m := manager{Manager: Manager{Name: e.Manager}, operation: e.Operation, sub: e.Subresource != ""}
		if e.Time != nil {
			m.Time = e.Time.Time
		}
		if e.FieldsV1 != nil {
			m.fields, _ = decode(e.FieldsV1.GetRawBytes())
		}
		out = append(out, m)
	}
	return out
}

// who has set one of the fields, or something in it, last; nil if that is not on record.
// A field that is gone has no manager any more: then it is who did anything last, if that
// was not before the plugin did.
func who(o object, fields []Field) *Manager {
	var set, others []Manager
	var ours time.Time
	for _, m := range managers(o) {
		if slices.ContainsFunc(fields, func(f Field) bool { return m.has(f.Path) }) {
			set = append(set, m.Manager)
		}
		if m.Name != FieldManager {
			others = append(others, m.Manager)
		} else if m.Time.After(ours) {
			ours = m.Time
		}
	}
	if len(set) == 0 {
		set = slices.DeleteFunc(others, func(m Manager) bool { return m.Time.Before(ours) })
	}
	if len(set) == 0 {
		return nil
	}
	last := slices.MaxFunc(set, func(a, b Manager) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(b.Name, a.Name))
	})
	return &last
}

// node is what a manager has set at a path of names; false if nothing.
func (m manager) node(path []string) (object, bool) {
	node := m.fields
	for _, key := range path {
		if len(node) == 0 {
			return nil, false
		}
		inner, ok := node["f:"+key].(object)
		if !ok {
			return nil, false
		}
		node = inner
		if len(node) == 0 { // it has set all that is below
			break
		}
	}
	return node, true
}

func (m manager) has(path []string) bool {
	_, ok := m.node(path)
	return ok
}

// keyed reports whether the server keeps the items at or below a node by key or value.
func keyed(node object) bool {
	for name, inner := range node {
		if strings.HasPrefix(name, "k:") || strings.HasPrefix(name, "v:") {
			return true
		}
		if o, ok := inner.(object); ok && keyed(o) {
			return true
		}
	}
	return false
}
