package history

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

// History is all that is on record, the latest first.
type History struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Records    []Entry   `json:"records"`
	Problems   []Problem `json:"problems,omitempty"`
}

// Entry is a record and what has become of it.
type Entry struct {
	Record
	Status   Status `json:"status"`
	UndoneBy string `json:"undoneBy,omitempty"`
	// Note says why it is not known what has become of it.
	Note string `json:"note,omitempty"`
}

// History returns what is on record. With a Writer it first finds out what became of the
// fixes of that server that were cut off; w may be nil.
func (s *Store) History(ctx context.Context, w *apply.Writer) (*History, error) {
	records, problems, err := s.List()
	if err != nil {
		return nil, err
	}
	h := &History{APIVersion: diagnose.APIVersion, Kind: "FixHistory", Records: []Entry{}, Problems: problems}
	notes := map[string]string{}
	for _, r := range records {
		if r.Status() != Unfinished {
			continue
		}
		switch {
		case w == nil:
			notes[r.ID] = "it was cut off; no server was asked what became of it"
		case r.Server != w.Server():
			notes[r.ID] = "it was cut off; only " + r.Server + " knows what became of it"
		default:
			why, err := s.Reconcile(ctx, w, r)
			if err != nil {
				why = err.Error()
			}
			notes[r.ID] = why
		}
	}
	for _, r := range slices.Backward(records) {
		e := Entry{Record: *r, Status: r.Status(), UndoneBy: undoneBy(records, r.ID), Note: notes[r.ID]}
		if e.UndoneBy != "" {
			e.Status = Undone
		}
		h.Records = append(h.Records, e)
	}
	return h, nil
}

// JSON writes the history as one document.
func (h *History) JSON(w io.Writer) error { return report.JSON(w, h) }

// Text writes a paragraph for each record:
//
//	20261126-104501-a1b2  applied  2026-11-26 11:45 CET  context "prod"
//	    admit shop/cart to shop/stock
//	    change AuthorizationPolicy shop/stock
//
// Times are in the zone given. Clean makes a text harmless to a terminal.
func (h *History) Text(w io.Writer, zone *time.Location, clean func(string) string) error {
	var b strings.Builder
	if len(h.Records) == 0 && len(h.Problems) == 0 {
		b.WriteString("no fix is on record\n")
	}
	line := func(text string) { b.WriteString(clean(text) + "\n") }
	for _, e := range h.Records {
		status := string(e.Status)
		if e.UndoneBy != "" {
			status += " by " + e.UndoneBy
		}
		where := e.Server
		if e.Context != "" {
			where = fmt.Sprintf("context %q", e.Context)
		}
		line(fmt.Sprintf("%s  %s  %s  %s", e.ID, status, e.Time.In(zone).Format("2006-01-02 15:04 MST"), where))
		if e.Summary != "" {
			line("    " + e.Summary)
		}
		for _, object := range e.Objects() {
			line("    " + object)
		}
		for _, s := range e.Steps {
			if s.Error != "" {
				line("    " + s.Error)
			}
		}
		if e.Note != "" {
			line("    " + e.Note)
		}
	}
	for _, p := range h.Problems {
		line(p.Error())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
