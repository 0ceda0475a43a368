package history

import (
	"errors"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

// Journal writes the record of one fix.
type Journal struct {
	store  *Store
	record Record
}

// Journal makes ready to record a fix. Nothing is written before it begins.
func (s *Store) Journal(in Intent) *Journal {
	in.Command = Words(in.Command)
	return &Journal{store: s, record: Record{Intent: in}}
}

// ID is the record's; empty as long as nothing has begun.
func (j *Journal) ID() string { return j.record.ID }

// Begin writes what is intended.
func (j *Journal) Begin(steps []apply.Step) error {
	now := j.store.now()
	id, err := j.store.newID(now)
	if err != nil {
		return err
	}
	j.store.sweep()
	r := j.record
	r.ID, r.Time = id, now.UTC().Truncate(time.Microsecond)
	for _, s := range steps {
		r.Steps = append(r.Steps, Step{Step: s, State: apply.Intended})
	}
	if err := j.store.save(&r); err != nil {
		return err
	}
	j.record = r
	return nil
}

// Wrote adds what was stored.
func (j *Journal) Wrote(i int, s apply.Step) error {
	j.record.Steps[i] = Step{Step: s, State: apply.Written, Time: j.store.now().UTC().Truncate(time.Second)}
	return j.store.save(&j.record)
}

// Stopped notes that the rest was not written.
func (j *Journal) Stopped(i int, err error) error {
	var e *apply.Error
	for n := i; n < len(j.record.Steps); n++ {
		j.record.Steps[n].State = apply.Unwritten
	}
	if errors.As(err, &e) && e.Uncertain {
		j.record.Steps[i].State = apply.Intended
	}
	if err != nil {
		j.record.Steps[i].Error = err.Error()
	}
	return j.store.save(&j.record)
}
