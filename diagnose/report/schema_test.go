package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

const (
	schemaFile = "../../docs/diagnosis.schema.json"
	schemaID   = "https://authz-doctor.dev/v1alpha1/diagnosis.schema.json"
)

// enums are the types whose values are words of a fixed list, once plugins are in use.
var enums = sync.OnceValue(func() map[reflect.Type][]any {
	return map[reflect.Type][]any{
		reflect.TypeFor[authz.Verdict]():      {authz.Undetermined, authz.Allowed, authz.Denied, authz.Conditional},
		reflect.TypeFor[authz.Truth]():        {authz.False, authz.True, authz.Open, authz.Unseen},
		reflect.TypeFor[authz.Action]():       {authz.ActionUnknown, authz.ActionCustom, authz.ActionAudit, authz.ActionDeny, authz.ActionAllow},
		reflect.TypeFor[netpol.Verdict]():     {netpol.Undetermined, netpol.Allowed, netpol.Denied},
		reflect.TypeFor[netpol.Direction]():   {"Ingress", "Egress"},
		reflect.TypeFor[diagnose.Role]():      declared("..", "Role"),
		reflect.TypeFor[diagnose.Severity]():  declared("..", "Severity"),
		reflect.TypeFor[diagnose.StageName](): listed(diagnose.Stages()),
		reflect.TypeFor[cluster.Reason]():     declared("../cluster", "Reason"),
	}
})

func listed[T any](all []T) []any {
	var out []any
	for _, w := range all {
		out = append(out, w)
	}
	return out
}

// declared are the string constants of a type, in the order of the source, so
// that a new one cannot be forgotten.
func declared(dir, typ string) []any {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		panic(err)
	}
	var out []any
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			panic(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ && len(spec.Values) == 1 {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					out = append(out, strings.Trim(lit.Value, `"`))
				}
			}
			return true
		})
	}
	return out
}

// schemaOf is the JSON Schema of the published form, made from the Go types and
// their comments.
func schemaOf(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{Mapper: mapped, Namer: typeName}
	if err := r.AddGoComments(reflect.TypeFor[TextOptions]().PkgPath(), ".."); err != nil {
		t.Fatal(err)
	}
	for k, c := range r.CommentMap {
		r.CommentMap[k] = strings.Join(strings.Fields(c), " ")
	}
	s := r.Reflect(&diagnose.Diagnosis{})
	s.ID, s.Title = schemaID, "Diagnosis of kubectl authz-doctor"
	for name, value := range map[string]string{"apiVersion": diagnose.APIVersion, "kind": diagnose.Kind} {
		p, ok := s.Definitions["Diagnosis"].Properties.Get(name)
		if !ok {
			t.Fatalf("the schema has no %s", name)
		}
		p.Const = value
	}
	code, ok := s.Definitions["Finding"].Properties.Get("code")
	if !ok {
		t.Fatal("the schema has no code of a finding")
	}
	for _, k := range diagnose.Catalogue() {
		code.Enum = append(code.Enum, k.Code)
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// mapped is the schema of types that print as words.
func mapped(typ reflect.Type) *jsonschema.Schema {
	if typ == reflect.TypeFor[authz.Ref]() {
		return &jsonschema.Schema{Type: "string", Description: "A policy: namespace/name.", Pattern: "^([^/]*/[^/]*)?$"}
	}
	values, ok := enums()[typ]
	if !ok {
		return nil
	}
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		word := fmt.Sprint(v)
		if m, ok := v.(encoding.TextMarshaler); ok { // as it is published
			if text, err := m.MarshalText(); err == nil {
				word = string(text)
			}
		}
		s.Enum = append(s.Enum, word)
	}
	return s
}

// typeName tells types of the same name apart.
func typeName(typ reflect.Type) string {
	switch typ {
	case reflect.TypeFor[netpol.Result]():
		return "NetworkPolicyResult"
	case reflect.TypeFor[netpol.Verdict]():
		return "NetworkPolicyVerdict"
	case reflect.TypeFor[cluster.Reason]():
		return "UnreadReason"
	case reflect.TypeFor[netpol.Lack]():
		return "NetworkPolicyLack"
	}
	return typ.Name()
}

func TestSchemaFile(t *testing.T) {
	golden(t, schemaFile, string(schemaOf(t)))
}

func compiled(t *testing.T) *validator.Schema {
	t.Helper()
	b, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.DefaultDraft(validator.Draft2020)
	if err := c.AddResource(schemaID, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is what a reader of -o json gets.
func instance(t *testing.T, d *diagnose.Diagnosis) any {
	t.Helper()
	o, err := Object(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	v, err := validator.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestObjectValidates(t *testing.T) {
	s := compiled(t)
	empty := asked(diagnose.Undetermined, "", "")
	bare := answered(asked(diagnose.Denied, "", ""), diagnose.Answer{Hops: []diagnose.Hop{{
		Role: diagnose.RoleSource, Stages: []diagnose.Stage{{
			Name: diagnose.StageAllow, Policies: []authz.PolicyTrace{{}}, Near: []authz.NearMiss{{}},
			NetworkPolicies: &netpol.Result{Direction: "Egress"},
		}},
	}}})
	for name, d := range map[string]*diagnose.Diagnosis{"empty": empty, "bare": bare} {
		if err := s.Validate(instance(t, d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range cases {
		if c.Name == "hostile" { // its enums are no words of ours
			continue
		}
		if err := s.Validate(instance(t, c.Make())); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	for name, spoil := range map[string]func(*diagnose.Diagnosis){
		"kind":     func(d *diagnose.Diagnosis) { d.Kind = "Other" },
		"severity": func(d *diagnose.Diagnosis) { d.Status.Findings[0].Severity = "fatal" },
		"stage":    func(d *diagnose.Diagnosis) { d.Status.Answers[0].Hops[2].Stages[0].Name = "mtls" },
		"role":     func(d *diagnose.Diagnosis) { d.Status.Answers[0].Hops[0].Role = "waypoint?" },
		"version":  func(d *diagnose.Diagnosis) { d.APIVersion = "v1" },
		"reason":   func(d *diagnose.Diagnosis) { d.Status.Unread = []cluster.Unread{{Reason: "Bored"}} },
	} {
		d := denial()
		spoil(d)
		if s.Validate(instance(t, d)) == nil {
			t.Errorf("a wrong %s passes", name)
		}
	}
}
