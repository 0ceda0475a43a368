package apply

import (
	"fmt"
	"strings"
)

// Reason is why an object was not written.
type Reason string

const (
	Conflict      Reason = "Conflict"      // it has changed since it was read
	FieldConflict Reason = "FieldConflict" // somebody else manages the fields
	Forbidden     Reason = "Forbidden"     // the user may not
	Refused       Reason = "Refused"       // by an admission webhook or policy
	AlreadyExists Reason = "AlreadyExists" // there is one of that name
	NotFound      Reason = "NotFound"      // it is not there any more
	NotInstalled  Reason = "NotInstalled"  // the server does not know the kind
	Invalid       Reason = "Invalid"       // the server does not accept its content
	Unauthorized  Reason = "Unauthorized"  // the server does not accept the user
	TimedOut      Reason = "TimedOut"      // there was no answer in time
	Unreachable   Reason = "Unreachable"   // there was no server, or it went away
	Unsupported   Reason = "Unsupported"   // this package does not make such a change
	Failed        Reason = "Failed"        // anything else; the message says what
)

// Error says why an object was not written.
type Error struct {
	Reason Reason `json:"reason"`
	// Object is "AuthorizationPolicy shop/allow-cart".
	Object string `json:"object"`
	// Message is one sentence without the object.
	Message string `json:"message"`
	// Help says what can be done about it; it may be empty.
	Help string `json:"help,omitempty"`
	// Answer is what an admission webhook or policy has said, whole, as it was said.
	Answer string `json:"answer,omitempty"`
	// Changed is what differs between the object that was read and the one that is there,
	// and By who has changed it, if that is on record.
	Changed []Field  `json:"changed,omitempty"`
	By      *Manager `json:"by,omitempty"`
	// Managed are the fields that others manage.
	Managed []Managed `json:"managed,omitempty"`
	// Uncertain says that the object may have been written: the answer got lost.
	Uncertain bool `json:"uncertain,omitempty"`
}

// Error is one line; [Error.Detail] has the rest.
func (e *Error) Error() string {
	text := e.Object + ": " + e.Message
	if e.Uncertain {
		text += "; it is not known whether it was written"
	}
	if e.Help != "" {
		text += ": " + e.Help
	}
	return text
}

// Detail is what is too long for one line: what has changed, or an answer of admission in
// several lines. It is empty where there is no more to say; otherwise its last line ends.
func (e *Error) Detail() string {
	if answer := strings.TrimSpace(e.Answer); strings.Contains(answer, "\n") {
		return answer + "\n"
	}
	return Lines(e.Changed)
}

// changed is the conflict with what somebody else has done.
func changed(name string, since []Field, by *Manager) *Error {
	e := &Error{Reason: Conflict, Object: name, Changed: since, By: by, Message: "it has changed since it was read"}
	if by != nil {
		e.Message += ", by " + by.String()
	}
	e.Message += " (" + paths(since) + ")"
	e.Help = "nothing was overwritten: ask again, for the fix may be another one now"
	return e
}

// managed is the conflict with those who manage the fields.
func managed(name string, by []Managed) *Error {
	e := &Error{Reason: FieldConflict, Object: name, Managed: by}
	var who []string
	for _, m := range by {
		who = append(who, fmt.Sprintf("%s manages %s", m.Manager, strings.Join(m.Fields, ", ")))
	}
	e.Message = strings.Join(who, "; ")
	e.Help = "it may put back what it manages: change it where it comes from, choose a candidate that leaves it alone, or take the fields over with --force-conflicts"
	return e
}

// paths names fields, the first few of them.
func paths(fields []Field) string {
	const most = 3
	var out []string
	for i, f := range show(fields) {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, f.path)
	}
	return strings.Join(out, ", ")
}
