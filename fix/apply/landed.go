package apply

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// State is how far a step has come.
type State string

const (
	Intended  State = "intended"  // it was or is about to be written
	Written   State = "written"   // it is in the cluster, or was
	Unwritten State = "unwritten" // it never was
)

// Landing is what became of a step whose answer nobody has seen.
type Landing struct {
	Step
	State State
	// Why it cannot be told; empty unless the state is Intended.
	Why  string
	live json.RawMessage
}

// Landed finds out whether a step was written, by what is there now. Claimed reports
// whether an object, by its UID, is known to come from another fix; it may be nil.
//
// It cannot be told where somebody else has changed the same since. Where the change is gone
// without a trace, it counts as not written: there is nothing to take back.
func (w *Writer) Landed(ctx context.Context, s Step, claimed func(uid string) bool) (Landing, error) {
	live, err := w.get(ctx, s.Target)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Reason == NotFound && s.Verb == Deletes:
		return Landing{Step: s, State: Written}, nil
	case errors.As(err, &e) && e.Reason == NotFound:
		return Landing{Step: s, State: Unwritten}, nil
	case err != nil:
		return Landing{Step: s, State: Intended, Why: err.Error()}, err
	}
	out := Landing{Step: s, State: Unwritten}
	uid := metadataString(live, "uid")
	switch s.Verb {
	case Creates:
		if claimed == nil || !claimed(uid) {
			out.State, out.Why = created(s, live)
		}
	case Changes:
		if uid == s.UID && metadataString(live, "resourceVersion") != s.ResourceVersion {
			out.State, out.Why = edited(s, live)
		}
	case Deletes:
		if uid != s.UID || metadataString(live, "deletionTimestamp") != "" {
			return Landing{Step: s, State: Written}, nil
		}
	}
	if out.State == Written {
		out.Step, out.live = s.stored(live), encode(withoutManagers(live))
	}
	return out, nil
}

// created tells an object of ours by its manager and its content.
func created(s Step, live object) (State, string) {
	ours := false
	for _, m := range managers(live) {
		ours = ours || m.Name == FieldManager && m.operation == metav1.ManagedFieldsOperationUpdate
	}
	if !ours {
		return Unwritten, ""
	}
	if lost := altered(s, live); len(lost) > 0 {
		return Intended, "there is one of that name that differs (" + paths(lost) + ")"
	}
	return Written, ""
}

// edited tells a change of ours by who manages the fields. A field that was taken away has
// no manager: there the value has to do.
func edited(s Step, live object) (State, string) {
	all := managers(live)
	was, is, ours := true, true, true
	for _, f := range s.Fields {
		v := at(live, f.Path)
		was = was && reflect.DeepEqual(v, value(f.Before))
		is = is && reflect.DeepEqual(v, value(f.After))
		mine, theirs := f.After == nil && v == nil, false
		for _, m := range all {
			has := m.has(f.Path)
			mine = mine || has && m.Name == FieldManager
			theirs = theirs || has && m.Name != FieldManager
		}
		// What others manage too may be what was asked for, but is not what admission made of it.
		ours = ours && mine && (!theirs || reflect.DeepEqual(v, value(f.After)))
	}
	switch {
	case was:
		return Unwritten, ""
	case ours:
		return Written, ""
	case is:
		return Unwritten, "" // somebody else has made the same change
	}
	why := "it has changed since (" + paths(s.since(live)) + ")"
	if by := who(live, s.Fields); by != nil {
		why += ", by " + by.String()
	}
	return Intended, why
}

// since are the fields that are not as the step left them: Before is how it did. Of an
// object that was created these are those that it was stored with.
func (s Step) since(live object) []Field {
	var out []Field
	if s.Verb == Creates {
		stored, _ := decode(s.Object)
		for _, f := range differences(stored, live) {
			// Labels and annotations that others add say nothing.
			if f.Before != nil || f.Path[0] != "metadata" {
				out = append(out, f)
			}
		}
		return out
	}
	for _, f := range s.Fields {
		if is := at(live, f.Path); !reflect.DeepEqual(is, value(f.After)) {
			out = append(out, Field{Path: f.Path, Before: f.After, After: encode(is), Stood: f.Stood})
		}
	}
	return out
}
