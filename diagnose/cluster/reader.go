package cluster

import (
	"cmp"
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Object is a typed object: istio.io/client-go v1, k8s.io/api or gateway-api v1.
type Object interface {
	runtime.Object
	metav1.Object
}

// Query asks for one object (Name) or for a list (Labels and Fields are
// selectors). An empty Namespace is all namespaces, or none for what has none.
type Query struct {
	Resource                        Resource
	Namespace, Name, Labels, Fields string
}

// Item is an object and its JSON as it was read. Raw keeps what typed decoding
// drops: unknown fields, and an empty selector against none.
type Item struct {
	Resource Resource
	Object   Object
	Raw      json.RawMessage
}

// Result answers a Query. A named object that does not exist is no Items and no
// Unread: its absence is known. Items beside an Unread are not all there are.
type Result struct {
	Query  Query
	Items  []Item
	Unread *Unread
}

// Reason says why a query was not answered.
type Reason string

// The reasons.
const (
	Forbidden     Reason = "Forbidden"
	NotInstalled  Reason = "NotInstalled"
	TimedOut      Reason = "TimedOut"
	Unreachable   Reason = "Unreachable"
	Unauthorized  Reason = "Unauthorized"
	NotInSnapshot Reason = "NotInSnapshot"
	NotAsked      Reason = "NotAsked" // the question may ask no further round
	Failed        Reason = "Failed"
)

// Unread is a query that was not answered, and why. Resource is the plural alone.
type Unread struct {
	Resource  string `json:"resource"`
	Group     string `json:"group,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Reason    Reason `json:"reason"`
	Message   string `json:"message"`
}

// Reader is a way to get objects.
type Reader interface {
	// Read answers all queries at once, in their order. It never fails as a whole.
	Read(ctx context.Context, queries []Query) []Result
	// Names are the names of at most 500 objects, or nil if they cannot be had:
	// for "did you mean".
	Names(ctx context.Context, r Resource, namespace string) []string
	// Origin says in words where the objects come from: context "kind-dev".
	Origin() string
	// Live says whether the objects are those of a running cluster.
	Live() bool
}

// maxNames bounds what Names returns.
const maxNames = 500

// unread is the Unread of a query.
func (q Query) unread(reason Reason, message string) *Unread {
	return &Unread{
		Resource: q.Resource.Plural, Group: q.Resource.Group,
		Namespace: q.Namespace, Name: q.Name, Reason: reason, Message: message,
	}
}

// normal drops the namespace of what has none, so that equal questions are equal.
func (q Query) normal() Query {
	if !q.Resource.Namespaced {
		q.Namespace = ""
	}
	return q
}

// everything says whether the query is a list without selectors.
func (q Query) everything() bool { return q.Name == "" && q.Labels == "" && q.Fields == "" }

// covers says whether an answer to q is also an answer to other.
func (q Query) covers(other Query) bool {
	if q == other {
		return true
	}
	return q.Resource == other.Resource && q.everything() && (q.Namespace == "" || q.Namespace == other.Namespace)
}

func compareQueries(a, b Query) int {
	return cmp.Or(
		cmp.Compare(a.Resource.Group, b.Resource.Group), cmp.Compare(a.Resource.Plural, b.Resource.Plural),
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Labels, b.Labels), cmp.Compare(a.Fields, b.Fields))
}

func compareUnread(a, b Unread) int {
	return cmp.Or(
		cmp.Compare(a.Group, b.Group), cmp.Compare(a.Resource, b.Resource),
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
}

// compareItems orders the items of one resource.
func compareItems(a, b Item) int {
	return cmp.Or(
		cmp.Compare(a.Object.GetNamespace(), b.Object.GetNamespace()),
		cmp.Compare(a.Object.GetName(), b.Object.GetName()))
}
