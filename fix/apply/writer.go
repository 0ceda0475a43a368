package apply

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// FieldManager is the plugin's name in metadata.managedFields.
const FieldManager = "kubectl-authz-doctor"

// Writer writes to one API server.
type Writer struct {
	server cluster.Connection
}

// New makes ready to write; nothing is asked yet. Origin names the server in an error.
func New(config *rest.Config, origin string) (*Writer, error) {
	server, err := cluster.Connect(config, origin)
	if err != nil {
		return nil, err
	}
	return &Writer{server}, nil
}

// Server is where the API server is: https://host:port.
func (w *Writer) Server() string { return w.server.Server() }

// DryRun is how much is only tried.
type DryRun int

const (
	DryRunNone   DryRun = iota
	DryRunClient        // nothing is asked
	DryRunServer        // the server does all but store it
)

// Options say how changes are applied.
type Options struct {
	DryRun DryRun
	// ForceConflicts takes over fields that others manage.
	ForceConflicts bool
	// Journal keeps what is done. Without one only a dry run is possible.
	Journal Journal
}

// Result is what became of one change.
type Result struct {
	Step
	// Object is the object as the server has stored it, or would store it, without
	// metadata.managedFields; nil where it is deleted.
	Object []byte
	// Altered are the fields that the server has stored otherwise than it was asked to:
	// Before is what was asked for. Admission may do that.
	Altered []Field
	// Notes are warnings of the server, and what else should be known.
	Notes []string
}

// Apply writes changes, in order, each of them whole or not at all. Where there are several
// the server tries all of them before the first is written. It returns what was written (or
// would be); with an error these are the changes before the one that failed, which is why.
// An error about an object is an *[Error].
func (w *Writer) Apply(ctx context.Context, changes []fix.Change, o Options) ([]Result, error) {
	if o.DryRun == DryRunClient {
		return planned(changes)
	}
	if o.DryRun == DryRunNone && o.Journal == nil {
		return nil, errors.New("nothing is written without a record of it")
	}
	ops := make([]*operation, len(changes))
	steps := make([]Step, len(changes))
	for i, c := range changes {
		op, err := w.prepare(ctx, c, o.ForceConflicts)
		if err != nil {
			return nil, err
		}
		ops[i], steps[i] = op, op.Step
	}
	if o.DryRun == DryRunServer || len(ops) > 1 {
		results, err := w.rehearse(ctx, ops)
		if err != nil || o.DryRun == DryRunServer {
			return results, err
		}
	}
	if err := o.Journal.Begin(steps); err != nil {
		return nil, fmt.Errorf("nothing was written, for no record of it could be kept: %w", err)
	}
	return w.perform(ctx, ops, o.Journal)
}

// rehearse lets the server try everything.
func (w *Writer) rehearse(ctx context.Context, ops []*operation) ([]Result, error) {
	var out []Result
	for _, op := range ops {
		r, err := w.write(ctx, op, true)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}

// perform writes and keeps the journal.
func (w *Writer) perform(ctx context.Context, ops []*operation, j Journal) ([]Result, error) {
	var out []Result
	for i, op := range ops {
		r, err := w.write(ctx, op, false)
		if err != nil {
			return out, errors.Join(err, noted(j.Stopped(i, err)))
		}
		if err := noted(j.Wrote(i, r.Step)); err != nil {
			r.Notes = append(r.Notes, err.Error())
		}
		out = append(out, r)
	}
	return out, nil
}

// noted words a failure of the journal after something was done. The record says what was
// meant to be done, so nothing is lost: the next to look at it finds out.
func noted(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the record of it could not be completed, which fix history does when it can: %w", err)
}

// planned is what changes come to if everything goes as they say.
func planned(changes []fix.Change) ([]Result, error) {
	var out []Result
	for _, c := range changes {
		r := Result{Object: c.After}
		o, err := decode(c.After)
		if len(c.After) == 0 {
			o, err = decode(c.Before)
		}
		if err == nil {
			r.Target, err = targetOf(c, o)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Object(), err)
		}
		if r.Verb = c.Verb(); r.Verb == Changes {
			r.Fields = Differences(c.Before, c.After)
		}
		if e := guard(r.Target, r.Verb, r.Fields); e != nil {
			return nil, e
		}
		out = append(out, r)
	}
	return out, nil
}
