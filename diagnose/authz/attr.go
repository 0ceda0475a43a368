package authz

// State tells how much is known of an attribute. Its zero value is the careful
// one: the question left the attribute open.
type State uint8

const (
	StateOpen   State = iota // the question did not say
	StateKnown               // the value is known
	StateAbsent              // known not to be there
	StateUnseen              // a fact that could not be seen
)

// Attr is one attribute of a request in four states. The zero Attr is open.
type Attr[T any] struct {
	state State
	value T
	why   string
}

// Known returns an attribute with the value v.
func Known[T any](v T) Attr[T] { return Attr[T]{state: StateKnown, value: v} }

// Absent returns an attribute that is known not to be there.
func Absent[T any]() Attr[T] { return Attr[T]{state: StateAbsent} }

// UnseenBecause returns an attribute that could not be seen; why names the
// missing fact ("pods in namespace foo: forbidden").
func UnseenBecause[T any](why string) Attr[T] { return Attr[T]{state: StateUnseen, why: why} }

// State returns how much is known.
func (a Attr[T]) State() State { return a.state }

// Get returns the value and whether it is known.
func (a Attr[T]) Get() (T, bool) { return a.value, a.state == StateKnown }

// Why names the missing fact of an unseen attribute; it is empty otherwise.
func (a Attr[T]) Why() string { return a.why }

// certain tells whether the attribute is known, or known not to be there.
func (s State) certain() bool { return s == StateKnown || s == StateAbsent }

// unknown maps the states without a value to the truth of any condition on
// them: what is absent satisfies no positive condition.
func (s State) unknown() Truth {
	switch s {
	case StateOpen:
		return Open
	case StateUnseen:
		return Unseen
	case StateKnown, StateAbsent:
		return False
	}
	return False
}
