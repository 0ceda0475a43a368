package history

import (
	"context"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

// inFlight is how long a request may be on its way that nobody waits for any more. API
// servers give up after a minute (kube-apiserver --request-timeout).
const inFlight = 2 * time.Minute

// Reconcile finds out what became of the steps that a record says are intended, by what is
// in the cluster, and completes the record. Why says what could not be found out. A
// record of another server is left as it is.
func (s *Store) Reconcile(ctx context.Context, w *apply.Writer, r *Record) (why string, err error) {
	if r.Status() != Unfinished || r.Server != w.Server() {
		return "", nil
	}
	claimed, err := s.claimed(r.ID)
	if err != nil {
		return "", err
	}
	news := false
	fresh := s.now().Sub(r.Time) < inFlight
	lasting := *r // what is kept
	lasting.Steps = append([]Step{}, r.Steps...)
	for i, step := range r.Steps {
		if step.State != apply.Intended {
			continue
		}
		landed, err := w.Landed(ctx, step.Step, func(uid string) bool { return claimed[uid] })
		if err != nil {
			return "", err
		}
		if landed.State == apply.Intended {
			why = step.String() + ": " + landed.Why
			continue
		}
		r.Steps[i] = Step{Step: landed.Step, State: landed.State, Error: step.Error}
		if landed.State == apply.Written || !fresh {
			lasting.Steps[i], news = r.Steps[i], true
		}
	}
	if news {
		err = s.save(&lasting)
	}
	return why, err
}

// claimed are the objects that other records have created.
func (s *Store) claimed(but string) (map[string]bool, error) {
	records, _, err := s.List()
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range records {
		for _, step := range r.Steps {
			if r.ID != but && step.Verb == apply.Creates && step.State == apply.Written {
				out[step.UID] = true
			}
		}
	}
	return out, nil
}
