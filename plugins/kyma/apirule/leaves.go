package apirule

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	securityv1beta1 "istio.io/api/security/v1beta1"
)

// leaves are the values of an object of Istio by their path: of a list of texts all, of
// labels KEY=VALUE, of conditions KEY=VALUE too. What is not set is not there.
type leaves map[string][]string

// nothing is the value of what is there and has nothing in it.
const nothing = "{}"

// leavesOf walks over what is set.
func leavesOf(m proto.Message) leaves {
	out := leaves{}
	out.message("spec", m.ProtoReflect())
	return out
}

func (l leaves) message(path string, m protoreflect.Message) {
	empty := true
	defer func() {
		if empty {
			l.add(path, nothing) // it is there, and says something by that
		}
	}()
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		empty = false
		at := path + "." + f.JSONName()
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				l.add(at, k.String()+"="+v.String())
				return true
			})
			slices.Sort(l[at])
		case f.IsList():
			l.list(at, f, v.List())
		default:
			l.value(at, f, v)
		}
		return true
	})
}

func (l leaves) list(path string, f protoreflect.FieldDescriptor, list protoreflect.List) {
	for i := range list.Len() {
		v := list.Get(i)
		switch {
		case f.Message() == nil:
			l.value(path, f, v)
		case !l.condition(path, v.Message()):
			l.message(fmt.Sprintf("%s[%d]", path, i), v.Message())
		}
	}
}

// condition adds one of a rule's conditions: their order says nothing.
func (l leaves) condition(path string, m protoreflect.Message) bool {
	c, ok := m.Interface().(*securityv1beta1.Condition)
	if !ok {
		return false
	}
	for _, v := range c.GetValues() {
		l.add(path, c.GetKey()+"="+v)
	}
	if n := len(c.GetValues()); n > 1 {
		l.add(path, fmt.Sprintf("%s=one of these %d", c.GetKey(), n))
	}
	for _, v := range c.GetNotValues() {
		l.add(path, c.GetKey()+"!="+v)
	}
	if len(c.GetValues())+len(c.GetNotValues()) == 0 {
		l.add(path, c.GetKey()+"=nothing")
	}
	return true
}

func (l leaves) value(path string, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch {
	case f.Message() != nil:
		l.message(path, v.Message())
	case f.Enum() != nil:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			l.add(path, string(e.Name()))
		}
	default:
		l.add(path, v.String())
	}
}

func (l leaves) add(path, value string) { l[path] = append(l[path], value) }
