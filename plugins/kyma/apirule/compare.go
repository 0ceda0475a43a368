package apirule

import (
	"fmt"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// Drift is how a difference came to be, as far as objects show it.
type Drift uint8

// The kinds of difference.
const (
	DriftUnknown Drift = iota
	Missing            // an object that the APIRule asks for is not there
	Surplus            // an object has its labels, but it asks for none such
	Changed            // an object says something else than it asks for
)

// String is the kind in a word.
func (d Drift) String() string {
	switch d {
	case Missing:
		return "missing"
	case Surplus:
		return "surplus"
	case Changed:
		return "changed"
	case DriftUnknown:
		return "unknown"
	}
	return "unknown"
}

// Difference is one thing in which the generated objects are not what an APIRule asks for.
type Difference struct {
	Drift Drift
	// Kind and Object are of the generated object; Object is empty if it is missing.
	Kind   string
	Object Ref
	// Rule is the index in spec.rules, -1 if it is about none.
	Rule int
	// Field is the way to the value in the generated object, Wanted and Got are its values;
	// all are empty if it is about the object as a whole.
	Field       string
	Wanted, Got []string
	// Words say it in the terms of the APIRule.
	Words string
}

// Comparison is what came of comparing.
type Comparison struct {
	// Release wrote what is there; ReleaseUnknown if there are no policies.
	Release Release
	// Compared is false if the controller does not keep the objects as the APIRule has it:
	// then Notes say why, and there are no differences.
	Compared bool
	// Notes are about the APIRule as a whole.
	Notes       []string
	Differences []Difference
}

// Compare holds the objects that carry the labels of an APIRule against what the release
// that wrote them makes of it; others are passed over. That an older release wrote them is
// no difference.
//
// The controller puts back what was changed by hand when the APIRule or a Service changes,
// and every half hour (kyma-project/api-gateway, cmd/main.go): a difference may be young.
func Compare(r *APIRule, w World, policies []*securityv1.AuthorizationPolicy, authentications []*securityv1.RequestAuthentication) (Comparison, error) {
	mine := owned(r, policies)
	out := Comparison{Release: ReleaseOf(mine), Notes: notes(r)}
	if r.Written() == V1Beta1 {
		return out, nil
	}
	release := out.Release
	if release == ReleaseUnknown {
		release = Latest
	}
	made, err := generate(r, w, release)
	if err != nil {
		return out, err
	}
	_, wanted, err := GenerateAs(r, w, release)
	if err != nil {
		return out, err
	}
	out.Compared = true
	out.Differences = append(comparePolicies(r, w, release, made, mine), compareAuthentications(r, wanted, owned(r, authentications))...)
	return out, nil
}

// labelled is what has labels and a name.
type labelled interface {
	GetLabels() map[string]string
	GetNamespace() string
	GetName() string
}

func owned[T labelled](r *APIRule, list []T) []T {
	var out []T
	for _, o := range list {
		if owner, ok := Owner(o.GetLabels()); ok && owner == r.Ref {
			out = append(out, o)
		}
	}
	return out
}

func refOf(o labelled) Ref { return Ref{Namespace: o.GetNamespace(), Name: o.GetName()} }

// notes say what an APIRule's version and state do to its objects.
func notes(r *APIRule) []string {
	var out []string
	if r.Written() == V1Beta1 {
		out = append(out, fmt.Sprintf("APIRule %s was written in v1beta1, which the controller leaves alone since 3.10.0: what it made before stays as it is, and nobody puts back what is changed there", r.Ref))
	}
	switch r.Status.State {
	case "Error":
		why := ""
		if r.Status.Description != "" {
			why = " (" + r.Status.Description + ")"
		}
		out = append(out, fmt.Sprintf("APIRule %s is in state Error%s: until that is mended, the policies of its last good spec stay", r.Ref, why))
	case "Deleting":
		out = append(out, fmt.Sprintf("APIRule %s is being deleted, and its policies with it", r.Ref))
	case "Processing":
		out = append(out, fmt.Sprintf("APIRule %s is being processed: its policies may be about to change", r.Ref))
	}
	if r.Migrating() {
		out = append(out, fmt.Sprintf("APIRule %s is being migrated from v1beta1 (%s): until that is done its policies admit Oathkeeper, and ask for no host", r.Ref, r.MigrationStep))
	}
	return out
}
