package authz

import (
	"encoding"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// text is what all enumerations are.
type enumeration interface {
	encoding.TextMarshaler
	fmt.Stringer
}

func TestEnumerations(t *testing.T) {
	tests := []struct {
		in   enumeration
		out  encoding.TextUnmarshaler
		want string
	}{
		{Undetermined, new(Verdict), "Undetermined"},
		{Allowed, new(Verdict), "Allowed"},
		{Denied, new(Verdict), "Denied"},
		{Conditional, new(Verdict), "Conditional"},
		{EnvoyHTTP, new(Dialect), "envoy-http"},
		{EnvoyTCP, new(Dialect), "envoy-tcp"},
		{Ztunnel, new(Dialect), "ztunnel"},
		{Kmesh, new(Dialect), "kmesh"},
		{KmeshXDP, new(Dialect), "kmesh-xdp"},
		{False, new(Truth), "no"},
		{True, new(Truth), "yes"},
		{Open, new(Truth), "depends"},
		{Unseen, new(Truth), "unknown"},
		{ActionUnknown, new(Action), "UNKNOWN"},
		{ActionCustom, new(Action), "CUSTOM"},
		{ActionAudit, new(Action), "AUDIT"},
		{ActionDeny, new(Action), "DENY"},
		{ActionAllow, new(Action), "ALLOW"},
		{Base, nil, "BASE"},
		{None, nil, "NONE"},
		{MergeSlashes, nil, "MERGE_SLASHES"},
		{DecodeAndMergeSlashes, nil, "DECODE_AND_MERGE_SLASHES"},
		{Ref{"foo", "a"}, new(Ref), "foo/a"},
		{Ref{}, new(Ref), ""},
	}
	for _, tt := range tests {
		b, err := tt.in.MarshalText()
		if err != nil || string(b) != tt.want || tt.in.String() != tt.want {
			t.Errorf("%v: %q, %v, want %q", tt.in, b, err, tt.want)
		}
		if tt.out == nil {
			continue
		}
		if err := tt.out.UnmarshalText(b); err != nil {
			t.Errorf("%q: %v", b, err)
		}
		if diff := cmp.Diff(fmt.Sprintf("%T %v", tt.in, tt.in), fmt.Sprintf("%T %v", tt.out, tt.out)[1:]); diff != "" && tt.want != "" {
			t.Error(diff)
		}
	}
	for _, out := range []encoding.TextUnmarshaler{new(Verdict), new(Dialect), new(Truth)} {
		if err := out.UnmarshalText([]byte("nonsense")); err == nil {
			t.Errorf("%T reads nonsense", out)
		}
	}
	for _, in := range []fmt.Stringer{Verdict(9), Dialect(9), Truth(9), Action(9), Normalization(9)} {
		if in.String() == "" {
			t.Errorf("%T has no word for what does not exist", in)
		}
	}
}

func TestTruth(t *testing.T) {
	all := []Truth{False, True, Open, Unseen}
	for _, a := range all {
		if Not(Not(a)) != a {
			t.Errorf("not not %v is %v", a, Not(Not(a)))
		}
		for _, b := range all {
			if And(a, b) != And(b, a) || Or(a, b) != Or(b, a) {
				t.Errorf("%v and %v: the order counts", a, b)
			}
			if Not(And(a, b)) != Or(Not(a), Not(b)) {
				t.Errorf("%v and %v: %v", a, b, Not(And(a, b)))
			}
		}
	}
	if Not(9) != 9 || State(9).unknown() != False {
		t.Error("a truth that does not exist")
	}
}

func TestAttr(t *testing.T) {
	if v, ok := Known(5).Get(); v != 5 || !ok {
		t.Error("known")
	}
	var open Attr[int]
	if _, ok := open.Get(); ok || open.State() != StateOpen || Absent[int]().State() != StateAbsent {
		t.Error("not known")
	}
	if a := UnseenBecause[int]("x"); a.Why() != "x" || a.State() != StateUnseen {
		t.Error("unseen")
	}
	h := Headers{Values: map[string][]string{"b": {"1"}, "a": nil}}
	if diff := cmp.Diff([]string{"a", "b"}, h.Names()); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]State{"A": StateAbsent, "b": StateKnown, "c": StateOpen} {
		if _, got := h.Get(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	h.Closed = true
	if _, got := h.Get("c"); got != StateAbsent {
		t.Errorf("c is %v", got)
	}
	if Compile(Ztunnel, Mesh{}, httpbin, nil).Dialect() != Ztunnel {
		t.Error("dialect")
	}
}
