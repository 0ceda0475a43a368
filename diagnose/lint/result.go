package lint

import (
	"cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Result is one thing that is wrong with an object.
type Result struct {
	Code     string            `json:"code"` // AD0420
	Severity diagnose.Severity `json:"severity"`
	Title    string            `json:"title"`
	// Kind, Namespace and Name are the object.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Field is the path of the field: spec.rules[0].from[0].source.principals.
	Field   string   `json:"field"`
	Message string   `json:"message"`
	Help    []string `json:"help"`
	// File and Line are where the field stands, if the object comes from a file.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Suppressed is the reason that the object gives for not reporting this.
	Suppressed string `json:"suppressed,omitempty"`
}

// Object names the object: Kind namespace/name.
func (r Result) Object() string { return r.Kind + " " + r.Namespace + "/" + r.Name }

// Options say what is looked at, and how far what is not there is known not to exist.
type Options struct {
	// Namespace is that of the policies to report on; empty for all.
	Namespace string
	// Exclude are namespaces whose policies are not reported on.
	Exclude []string
	// MeshNamespace is where istiod runs; istio-system if empty.
	MeshNamespace string
	// Manifests says that the objects are manifests: others may exist elsewhere.
	Manifests bool
	// Where returns the file and line of a field; nil if there are no files.
	Where func(r cluster.Resource, namespace, name, field string) (file string, line int)
}

// compare orders results: by object, then as the fields stand in it.
func compare(a, b Result) int {
	return cmp.Or(
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
}

// Count counts the results of a severity, without those that are suppressed.
func Count(results []Result, s diagnose.Severity) int {
	n := 0
	for _, r := range results {
		if r.Severity == s && r.Suppressed == "" {
			n++
		}
	}
	return n
}

// Suppressed counts the results that are suppressed.
func Suppressed(results []Result) int {
	n := 0
	for _, r := range results {
		if r.Suppressed != "" {
			n++
		}
	}
	return n
}
