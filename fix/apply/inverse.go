package apply

import (
	"context"
	"errors"
	"maps"
	"reflect"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// Inverse returns the change that takes a step back: what was created is deleted, what was
// deleted is created, and of what was changed exactly the fields that were changed become
// what they were. It is nil where there is nothing to take back any more, and why says so.
//
// It is a [Conflict] if somebody has changed the same since.
func (w *Writer) Inverse(ctx context.Context, s Step) (change *fix.Change, why string, err error) {
	live, err := w.get(ctx, s.Target)
	var e *Error
	missing := errors.As(err, &e) && e.Reason == NotFound
	if err != nil && !missing {
		return nil, "", err
	}
	c := &fix.Change{Resource: s.Resource(), Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}
	switch {
	case s.Verb == Deletes && missing:
		c.After = s.Object
		return c, "", nil
	case s.Verb == Deletes:
		return nil, s.String() + " is there again", s.recreated(live)
	case missing:
		return nil, s.String() + " is not there any more", nil
	case metadataString(live, "uid") != s.UID:
		return nil, "", &Error{
			Reason: Conflict, Object: s.String(), By: who(live, nil),
			Message: "it was deleted since, and another one of that name was made", Help: "nothing was undone",
		}
	}
	c.Before = encode(withoutManagers(live))
	if s.Verb == Creates {
		if metadataString(live, "deletionTimestamp") != "" {
			return nil, s.String() + " is being deleted", nil
		}
		if foreign := s.since(live); len(foreign) > 0 {
			return nil, "", s.foreign(live, foreign)
		}
		return c, "", nil
	}
	restored, foreign := s.restore(live)
	if len(foreign) > 0 {
		return nil, "", s.foreign(live, foreign)
	}
	if len(differences(live, restored)) == 0 {
		return nil, s.String() + " is as it was before already", nil
	}
	c.After = encode(withoutManagers(restored))
	return c, "", nil
}

// restore puts the fields back, and returns those that somebody else has changed.
func (s Step) restore(live object) (object, []Field) {
	out := maps.Clone(live)
	var foreign []Field
	for _, f := range s.Fields {
		is := at(live, f.Path)
		switch {
		case reflect.DeepEqual(is, value(f.Before)):
		case reflect.DeepEqual(is, value(f.After)):
			set(out, f.Path, value(f.Before), f.Stood)
		default:
			foreign = append(foreign, Field{Path: f.Path, Before: f.After, After: encode(is), Stood: f.Stood})
		}
	}
	return out, foreign
}

// foreign is the refusal to undo over what somebody else has done.
func (s Step) foreign(live object, fields []Field) *Error {
	e := changed(s.String(), fields, who(live, fields))
	e.Message = "it has changed since the fix"
	if e.By != nil {
		e.Message += ", by " + e.By.String()
	}
	e.Message += " (" + paths(fields) + ")"
	e.Help = "nothing was undone: change it by hand, or leave it"
	return e
}

// recreated is about an object that was deleted and is there: no error if it is the same.
func (s Step) recreated(live object) error {
	was, err := decode(s.Object)
	if err != nil {
		return err
	}
	fields := differences(was, live)
	if len(fields) == 0 {
		return nil
	}
	e := s.foreign(live, fields)
	e.Message = "it is there again, and differs (" + paths(fields) + ")"
	return e
}
