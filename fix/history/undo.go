package history

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

// Undo is what has to be done to take a fix back.
type Undo struct {
	Record *Record
	// Changes are in the order in which they are to be made: the last step first.
	Changes []fix.Change
	// Already says of which steps there is nothing to take back, and why.
	Already []string
}

// PlanUndo looks up what has to be done; nothing is changed in the cluster. An ID may be
// shortened as long as it is the only one that begins so; an empty one is the latest fix
// of this server. It refuses to undo an undo, what is undone, and what somebody has changed
// since ([apply.Conflict]).
func (s *Store) PlanUndo(ctx context.Context, w *apply.Writer, id string) (*Undo, error) {
	r, err := s.find(id, w.Server())
	if err != nil {
		return nil, err
	}
	why, err := s.Reconcile(ctx, w, r)
	if err != nil {
		return nil, fmt.Errorf("fix %s was cut off, and what became of it cannot be found out: %w", r.ID, err)
	}
	switch r.Status() {
	case Nothing:
		return nil, fmt.Errorf("of fix %s nothing was written: there is nothing to undo", r.ID)
	case Unfinished:
		return nil, fmt.Errorf("fix %s was cut off, and it cannot be told whether it was written: %s", r.ID, why)
	default:
	}
	u := &Undo{Record: r}
	for _, step := range slices.Backward(r.Steps) {
		if step.State != apply.Written {
			continue
		}
		change, already, err := w.Inverse(ctx, step.Step)
		switch {
		case err != nil:
			return nil, err
		case change == nil:
			u.Already = append(u.Already, already)
		default:
			u.Changes = append(u.Changes, *change)
		}
	}
	return u, nil
}

// find returns the record to undo, or says why there is none.
func (s *Store) find(id, server string) (*Record, error) {
	records, problems, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		if id != "" && strings.HasPrefix(filepath.Base(p.File), id) {
			return nil, p
		}
	}
	r, err := choose(records, id, server)
	if err != nil {
		return nil, err
	}
	switch undo := undoneBy(records, r.ID); {
	case r.Undoes != "":
		return nil, fmt.Errorf("%s is itself an undo, of fix %s: to have the fix again, apply it again", r.ID, r.Undoes)
	case undo != "":
		return nil, fmt.Errorf("fix %s is undone already, by %s", r.ID, undo)
	case r.Server != server:
		return nil, fmt.Errorf("fix %s was applied to %s%s, and this is %s: choose the cluster with --context", r.ID, r.Server, ofContext(r), server)
	}
	return r, nil
}

func choose(records []*Record, id, server string) (*Record, error) {
	if id == "" {
		for _, r := range slices.Backward(records) {
			if r.Undoes == "" && r.Server == server && r.Status() != Nothing {
				return r, nil
			}
		}
		return nil, fmt.Errorf("no fix of %s is on record", server)
	}
	var found []*Record
	for _, r := range records {
		if strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no fix %s is on record: fix history lists those that are", id)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%d fixes begin with %s: say more of the ID", len(found), id)
}

func ofContext(r *Record) string {
	if r.Context == "" {
		return ""
	}
	return fmt.Sprintf(" (context %q)", r.Context)
}

// undoneBy is the ID of the record that has undone a fix; empty if there is none.
func undoneBy(records []*Record, id string) string {
	for _, r := range records {
		if r.Undoes == id && r.Status() == Applied {
			return r.ID
		}
	}
	return ""
}

// Undo takes a fix back as planned, and records it. The intent's command is that of the
// undo. It returns the ID of the record, empty after a dry run.
func (s *Store) Undo(ctx context.Context, w *apply.Writer, u *Undo, in Intent, o apply.Options) (string, []apply.Result, error) {
	if len(u.Changes) == 0 {
		return "", nil, errors.New("there is nothing to undo any more: " + strings.Join(u.Already, "; "))
	}
	in.Undoes, in.Server = u.Record.ID, w.Server()
	if in.Summary == "" {
		in.Summary = "undo " + u.Record.ID
	}
	j := s.Journal(in)
	o.Journal = j
	results, err := w.Apply(ctx, u.Changes, o)
	var e *apply.Error
	if errors.As(err, &e) && e.Reason == apply.FieldConflict {
		e.Help = "who manages it has set it since, to what the fix has made of it: --force-conflicts undoes it all the same"
	}
	if err == nil && o.DryRun == apply.DryRunNone {
		if err := w.Release(ctx, results); err != nil { // it is undone all the same
			results[0].Notes = append(results[0].Notes, err.Error())
		}
	}
	return j.ID(), results, err
}
