package history

import (
	"slices"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

const kind = "FixRecord"

// Intent is what a fix is for, and where.
type Intent struct {
	// Context is the kubeconfig's, empty if it has none; Server is https://host:port.
	Context string `json:"context,omitempty"`
	Server  string `json:"server"`
	// Namespace is where the names of the command are.
	Namespace string `json:"namespace,omitempty"`
	// Command is what was typed; see [Words].
	Command []string `json:"command,omitempty"`
	// Summary says in a sentence what the fix does.
	Summary string `json:"summary,omitempty"`
	// Undoes is the ID of the record that this one undoes.
	Undoes string `json:"undoes,omitempty"`
}

// Record is one fix.
type Record struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	Intent
	Steps []Step `json:"steps"`
}

// Step is one object of it.
type Step struct {
	apply.Step
	State apply.State `json:"state"`
	// Time is when it was written.
	Time time.Time `json:"time,omitzero"`
	// Error is why it was not, or why it is not known.
	Error string `json:"error,omitempty"`
}

// Status is what has become of a fix.
type Status string

const (
	Applied    Status = "applied"         // all of it is written
	Partly     Status = "partly applied"  // only some of it is
	Nothing    Status = "nothing written" // none of it is
	Unfinished Status = "unfinished"      // it is not known
	Undone     Status = "undone"          // it was, and was taken back
)

// Status is the status as far as the record alone tells.
func (r *Record) Status() Status {
	written := 0
	for _, s := range r.Steps {
		switch s.State {
		case apply.Written:
			written++
		case apply.Unwritten:
		default:
			return Unfinished
		}
	}
	switch written {
	case 0:
		return Nothing
	case len(r.Steps):
		return Applied
	}
	return Partly
}

// Objects names the objects of a fix with what was done to them.
func (r *Record) Objects() []string {
	var out []string
	for _, s := range r.Steps {
		out = append(out, s.Verb+" "+s.String())
	}
	return out
}

// problem says what is wrong with a record; empty is nothing.
func (r *Record) problem(id string) string {
	switch {
	case r.APIVersion != diagnose.APIVersion || r.Kind != kind:
		return "it is none of this version of the plugin: it is a " + strings.TrimSpace(r.Kind+" of "+r.APIVersion)
	case r.ID != id:
		return "it says that it is " + r.ID
	case len(r.Steps) == 0:
		return "it has no steps"
	}
	for _, s := range r.Steps {
		if s.Plural == "" || s.Name == "" || s.APIVersion == "" ||
			!slices.Contains([]string{apply.Creates, apply.Changes, apply.Deletes}, s.Verb) ||
			s.Verb == apply.Deletes && len(s.Object) == 0 ||
			slices.ContainsFunc(s.Fields, func(f apply.Field) bool { return len(f.Path) == 0 }) {
			return "a step of it is incomplete"
		}
	}
	return ""
}
