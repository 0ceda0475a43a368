package authz

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// DryRunAnnotation makes a policy report without enforcing.
const DryRunAnnotation = "istio.io/dry-run"

// RevisionLabel restricts an object to one istiod revision.
const RevisionLabel = "istio.io/rev"

// Policy is one AuthorizationPolicy as it stands in the cluster.
type Policy struct {
	Namespace, Name     string
	Created             time.Time
	Labels, Annotations map[string]string
	Spec                *securityv1beta1.AuthorizationPolicy // not nil
}

// Ref names a policy: namespace/name. The empty Ref names none.
type Ref struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// String returns namespace/name, or the empty string for the empty Ref.
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return r.Namespace + "/" + r.Name
}

// MarshalText renders a Ref as namespace/name.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads namespace/name.
func (r *Ref) UnmarshalText(b []byte) error {
	r.Namespace, r.Name, _ = strings.Cut(string(b), "/")
	return nil
}

// Ref returns the policy's name.
func (p Policy) Ref() Ref { return Ref{Namespace: p.Namespace, Name: p.Name} }

// Action is what a policy does with what it matches, in the order in which the
// data plane asks. The zero value is no action at all: one that is not known.
type Action uint8

const (
	ActionUnknown Action = iota
	ActionCustom
	ActionAudit
	ActionDeny
	ActionAllow
)

// String returns the API's word.
func (a Action) String() string {
	switch a {
	case ActionCustom:
		return "CUSTOM"
	case ActionAudit:
		return "AUDIT"
	case ActionDeny:
		return "DENY"
	case ActionAllow:
		return "ALLOW"
	case ActionUnknown:
		return "UNKNOWN"
	}
	return "UNKNOWN"
}

// MarshalText renders the API's word.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Action returns the policy's action; an omitted one is ALLOW.
func (p Policy) Action() Action {
	switch p.Spec.GetAction() {
	case securityv1beta1.AuthorizationPolicy_ALLOW:
		return ActionAllow
	case securityv1beta1.AuthorizationPolicy_DENY:
		return ActionDeny
	case securityv1beta1.AuthorizationPolicy_AUDIT:
		return ActionAudit
	case securityv1beta1.AuthorizationPolicy_CUSTOM:
		return ActionCustom
	}
	return ActionUnknown
}

// DryRun reports whether the policy is only evaluated, not enforced. A value
// that is not a boolean counts as false, so the policy is enforced
// (builder.go, isDryRun).
func (p Policy) DryRun() bool {
	on, err := strconv.ParseBool(p.Annotations[DryRunAnnotation])
	return err == nil && on
}

func isBool(s string) bool {
	_, err := strconv.ParseBool(s)
	return err == nil
}

// UnmarshalText reads the API's word; anything else is ActionUnknown.
func (a *Action) UnmarshalText(b []byte) error {
	*a = ActionUnknown
	for c := ActionCustom; c <= ActionAllow; c++ {
		if c.String() == string(b) {
			*a = c
		}
	}
	return nil
}

// key is the name under which Envoy holds a rule (builder.go, policyName).
func (p Policy) key(rule int) string {
	return fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", p.Namespace, p.Name, rule)
}
