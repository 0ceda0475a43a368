package report

import (
	"encoding/json"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Object is the published form of d: what -o json, yaml, jsonpath and
// go-template print. Lists that must be there are there, empty rather than null.
func Object(d *diagnose.Diagnosis) (*unstructured.Unstructured, error) {
	b, err := json.Marshal(filled(reflect.ValueOf(*d)).Interface())
	if err != nil {
		return nil, fmt.Errorf("encode the diagnosis: %w", err)
	}
	var m map[string]any
	if err := utiljson.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("decode the diagnosis: %w", err)
	}
	return &unstructured.Unstructured{Object: m}, nil
}

// filled copies v with empty lists in the place of nil ones. Maps and
// interfaces, which hold what the question gave, stay as they are.
func filled(v reflect.Value) reflect.Value {
	switch k := v.Kind(); {
	case k == reflect.Pointer && !v.IsNil():
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(filled(v.Elem()))
		return out
	case k == reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(filled(v.Index(i)))
		}
		return out
	case k == reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(filled(v.Field(i)))
			}
		}
		return out
	}
	return v
}
