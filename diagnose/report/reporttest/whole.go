package reporttest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// HoldsEverything changes every single datum of a Diagnosis in turn and looks whether
// what show makes of it changes, too. Only the token, which is a secret, must not show.
// Every list has so many entries: one does for a face that is made of a report.View,
// of which the test with two holds that it leaves out no entry.
func HoldsEverything(t *testing.T, entries int, show func(*diagnose.Diagnosis) string) {
	t.Helper()
	for _, answers := range []int{1, 2} {
		d := whole(answers, entries)
		before := show(d)
		leaves := 0
		each(reflect.ValueOf(d).Elem(), "", func(path string, v reflect.Value) {
			leaves++
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			change(v)
			if changed := show(d) != before; changed != (path != ".Spec.Request.Token") {
				t.Errorf("%d answers, %s: its change shows: %v", answers, path, changed)
			}
			v.Set(old)
		})
		if leaves < 80*entries*entries {
			t.Errorf("only %d data were tried", leaves)
		}
	}
}

// Whole is a Diagnosis in which every datum has a value of its own, with one answer
// or two.
func Whole(answers int) *diagnose.Diagnosis { return whole(answers, 2) }

func whole(answers, entries int) *diagnose.Diagnosis {
	d := new(diagnose.Diagnosis)
	f := filler{entries: entries}
	f.fill(reflect.ValueOf(d).Elem())
	d.Status.Answers = make([]diagnose.Answer, answers)
	for i := range answers {
		f.fill(reflect.ValueOf(&d.Status.Answers[i]).Elem())
	}
	return d
}

// filler counts the values that it has given, so that each is another.
type filler struct{ n, entries int }

// Poisoned is a Diagnosis in which every string is bad: what a cluster could hold in
// order to break a face. The token is left out.
func Poisoned(bad string) *diagnose.Diagnosis {
	d := whole(2, 1)
	each(reflect.ValueOf(d).Elem(), "", func(path string, v reflect.Value) {
		if v.Kind() == reflect.String && path != ".Spec.Request.Token" {
			v.SetString(bad)
		}
	})
	d.Spec.Request.Headers = map[string][]string{bad: {bad}}
	d.Spec.Request.Claims = map[string]any{bad: bad}
	return d
}

// fill gives every datum below v a value of its own, and every list its entries.
func (f *filler) fill(v reflect.Value) {
	f.n++
	switch k := v.Kind(); {
	case k == reflect.String:
		v.SetString(fmt.Sprintf("w%d", f.n))
	case k == reflect.Bool:
		v.SetBool(true)
	case v.CanUint() && v.Type().PkgPath() == "":
		v.SetUint(uint64(f.n))
	case v.CanInt() && v.Type().PkgPath() == "":
		v.SetInt(int64(f.n))
	case v.CanUint():
		v.SetUint(1)
	case v.CanInt():
		v.SetInt(1)
	case k == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case k == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.entries, f.entries))
		for i := range f.entries {
			f.fill(v.Index(i))
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	case v.Type() == reflect.TypeFor[map[string][]string]():
		v.Set(reflect.ValueOf(map[string][]string{"x-b": {"1", "2"}, "x-a": {"3"}}))
	case v.Type() == reflect.TypeFor[map[string]any]():
		v.Set(reflect.ValueOf(map[string]any{"sub": "me", "aud": []any{"a", "b"}}))
	default:
		panic("fill: what to do with a " + v.Type().String())
	}
}

// each visits every datum below v.
func each(v reflect.Value, path string, visit func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		each(v.Elem(), path, visit)
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				each(v.Field(i), path+"."+f.Name, visit)
			}
		}
	default:
		visit(path, v)
	}
}

// change gives v another value of its kind.
func change(v reflect.Value) {
	switch k := v.Kind(); {
	case k == reflect.String:
		v.SetString(v.String() + "x")
	case k == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.CanUint():
		v.SetUint(v.Uint() + 1)
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case k == reflect.Map:
		v.SetZero()
	}
}
