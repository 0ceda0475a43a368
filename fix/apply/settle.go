package apply

import (
	"context"
	"errors"
	"time"
)

// Reverted is a change that did not last.
type Reverted struct {
	Target
	// Fields are those that are not as they were written: Before is what was written.
	Fields []Field `json:"fields,omitempty"`
	// Gone says that an object that was created is there no more, Back that one that was
	// deleted is there again.
	Gone bool `json:"gone,omitempty"`
	Back bool `json:"back,omitempty"`
	// By is who did it, if that is on record.
	By *Manager `json:"by,omitempty"`
}

// String is a sentence: "AuthorizationPolicy shop/cart was put back by helm (spec.rules)".
func (r Reverted) String() string {
	text := r.Target.String() + " was put back"
	switch {
	case r.Gone:
		text = r.Target.String() + " was deleted again"
	case r.Back:
		text = r.Target.String() + " was created again"
	}
	if r.By != nil {
		text += " by " + r.By.String()
	}
	if len(r.Fields) > 0 {
		text += " (" + paths(r.Fields) + ")"
	}
	return text
}

// settleInterval is how often an object is looked at.
const settleInterval = 250 * time.Millisecond

// Settle watches for a while whether what was written stays, and returns what did not.
// A controller that keeps an object as it is puts it back at once. It ends early if
// nothing is left to watch; an error is about reading.
func (w *Writer) Settle(ctx context.Context, results []Result, while time.Duration) ([]Reverted, error) {
	var out []Reverted
	left := append([]Result{}, results...)
	for end := time.Now().Add(while); len(left) > 0; {
		var stayed []Result
		for _, r := range left {
			reverted, err := w.reverted(ctx, r.Step)
			if err != nil {
				return out, err
			}
			if reverted == nil {
				stayed = append(stayed, r)
				continue
			}
			out = append(out, *reverted)
		}
		left = stayed
		if len(left) == 0 || time.Now().Add(settleInterval).After(end) {
			break
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(settleInterval):
		}
	}
	return out, nil
}

// reverted compares a step that was written with what is there; nil if it is the same.
func (w *Writer) reverted(ctx context.Context, s Step) (*Reverted, error) {
	live, err := w.get(ctx, s.Target)
	var e *Error
	missing := errors.As(err, &e) && e.Reason == NotFound
	if err != nil && !missing {
		return nil, err
	}
	r := &Reverted{Target: s.Target}
	switch {
	case s.Verb == Deletes:
		r.Back = !missing && metadataString(live, "uid") != s.UID
	case missing:
		r.Gone = true
		return r, nil
	default:
		r.Fields = s.since(live)
	}
	if !r.Back && len(r.Fields) == 0 {
		return nil, nil
	}
	r.By = who(live, r.Fields)
	return r, nil
}
