package tui

import (
	"context"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// Options are what the interface is given. The interfaces may be called from several
// goroutines at once, and end when their context does.
type Options struct {
	// Question is the one to begin with; without a Source the first screen asks for it.
	Question Question
	// Origin says in words where the objects come from: context "kind-dev".
	Origin string
	// Command is how the tool is called, with the flags that say where the objects come
	// from: kubectl authz-doctor -f cluster.yaml.
	Command []string

	Asker  Asker
	Lister Lister
	// Fixer proposes; Writer writes what was proposed, and WhyNot says why there is none.
	Fixer  Fixer
	Writer Writer
	WhyNot string
	// ReadOnly hides all that writes to a cluster.
	ReadOnly bool
	// Files are where the objects come from, as they were named; empty: from a cluster.
	Files []string
	// Watcher tells of changes; nil: nothing changes, as in files.
	Watcher Watcher
	// Recent keeps the questions that were asked; nil: none are kept.
	Recent Recent
	// SaveFile writes a file that the user has named; it does not overwrite one.
	SaveFile func(name string, data []byte) error

	Now     func() time.Time
	ASCII   bool // nothing but ASCII
	NoMouse bool
}

// Answer is the answer to a question, and what it rests on.
type Answer struct {
	Question  Question
	Diagnosis *diagnose.Diagnosis
	Snapshot  *cluster.Snapshot
	View      report.View // the Diagnosis in words
	At        time.Time   // when the objects were read
}

// Asker answers questions.
type Asker interface {
	// Ask answers from what was read, and reads what is not there yet. An error is one of
	// the question, in one line.
	Ask(ctx context.Context, q Question) (*Answer, error)
	// Renew forgets what was read.
	Renew()
	// Reach answers for every source of a target (Source is diagnose.Everyone), or for
	// every Service in sight of a source (Target is empty): each gets the rows as they
	// come. Many questions may have to be asked.
	Reach(ctx context.Context, q Question, each func([]ReachRow)) error
}

// ReachRow is one line of who reaches what.
type ReachRow struct {
	Source, Target string // as one would type them; Source is not askable if Whoever
	Whoever        bool   // a source that no name stands for: a caller outside the mesh
	Verdict        diagnose.Verdict
	Summary        string
}

// EntryKind is what an entry of the first screen is.
type EntryKind string

// The kinds, in the order of a list.
const (
	NamespaceEntry EntryKind = "namespace"
	WorkloadEntry  EntryKind = "workload"
	PodEntry       EntryKind = "pod"
	ServiceEntry   EntryKind = "service"
)

// Entry is something that can be picked.
type Entry struct {
	Kind            EntryKind
	Namespace, Name string
	// Text is what one would type: deploy/sleep.foo, pod/sleep-x7.foo, and one for each
	// port of a Service: http://httpbin.default:8000.
	Text string
	Says string // what else there is to know, in a few words
}

// Lister lists what can be picked.
type Lister interface {
	// List tells of namespaces, workloads, Pods and Services, page by page; empty is every
	// namespace. Pages may repeat an entry. The error says in one line what could not be listed;
	// what could was told. It wraps a [cluster.Unread] where the server says why.
	List(ctx context.Context, namespace string, page func([]Entry)) error
}

// Fixer proposes repairs.
type Fixer interface {
	Propose(ctx context.Context, q Question) (*fix.Proposal, error)
}

// Writer applies a candidate, and takes it back.
type Writer interface {
	// Apply proves the candidate once more, writes it, and waits whether it stays; stage
	// gets each part that begins. Afterwards everything is to be read anew. With an error
	// Applied says what was written all the same.
	Apply(ctx context.Context, q Question, c fix.Candidate, stage func(Stage)) (Applied, error)
	// PlanUndo looks up what Undo comes to, and whether it can be done.
	PlanUndo(ctx context.Context, id string) (UndoPlan, error)
	// Undo takes back what Apply has done; with an error Applied says what of it.
	Undo(ctx context.Context, id string) (Applied, error)
}

// Stage is a part of applying a candidate, in words.
type Stage string

// The stages, in their order.
const (
	Proving  Stage = "proving it once more, with what is there now"
	Writing  Stage = "writing"
	Watching Stage = "waiting whether it stays"
)

// Applied is what became of a candidate, or of what was taken back.
type Applied struct {
	// ID is for Undo; empty: nothing was written.
	ID string
	// Written is what was written, verb and object: create AuthorizationPolicy shop/cart.
	Written []string
	// Uncertain says that the answer to the last of it got lost.
	Uncertain bool
	// Notes are what the server had to say, and what it stores otherwise than asked.
	Notes []string
	// Reverted is what did not stay, and who has put it back.
	Reverted []string
}

// UndoPlan is what taking back comes to.
type UndoPlan struct {
	ID, Title string
	Does      []string // verb and object, and below it the fields, indented
	Already   []string // what there is nothing to do about, and why
}

// Event is something that happened to what was read.
type Event struct {
	// Object names what changed: AuthorizationPolicy default/allow-frontend; empty with
	// the others.
	Object string
	Verb   string // was created, was changed, was deleted
	// Lost says that the server does not answer any more, and why; Regained that it does.
	Lost     string
	Regained bool
	// Unwatched is what may not be watched: what happens to it is not told.
	Unwatched string
}

// Watcher watches what an answer rests on.
type Watcher interface {
	// Watch tells of every change of what s was read from, until ctx ends.
	Watch(ctx context.Context, s *cluster.Snapshot, tell func(Event))
}

// Recent keeps the questions that were asked.
type Recent interface {
	// List are the questions, the latest first.
	List() []Question
	Add(q Question)
}
