package ztunnel

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	securityv1beta1 "istio.io/api/security/v1beta1"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

//go:embed tables/*.yaml
var files embed.FS

// rbacFile is tables/rbac.yaml.
type rbacFile struct {
	Connections map[string]connectionRow `json:"connections"`
	Tables      []rbacTable              `json:"tables"`
}

type connectionRow struct {
	Identity    []string   `json:"identity"`
	Source      netip.Addr `json:"source"`
	Destination netip.Addr `json:"destination"`
	Port        uint16     `json:"port"`
}

type rbacTable struct {
	Test  string          `json:"test"`
	Sent  json.RawMessage `json:"sent"`
	Rules json.RawMessage `json:"rules"` // absent: no AuthorizationPolicy becomes this
	Rows  map[string]bool `json:"rows"`
}

// tables compares with what ztunnel's own tests expect.
func tables(out *suite.Result) error {
	text, err := files.ReadFile("tables/rbac.yaml")
	if err != nil {
		return err
	}
	var f rbacFile
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		return fmt.Errorf("tables/rbac.yaml: %w", err)
	}
	for i := range f.Tables {
		for _, deny := range []bool{false, true} {
			if err := f.table(out, &f.Tables[i], deny); err != nil {
				return fmt.Errorf("tables/rbac.yaml: %s: %w", f.Tables[i].Test, err)
			}
		}
		out.Worlds++
	}
	return state(out)
}

// table runs a table with its policy as ALLOW or DENY.
func (f *rbacFile) table(out *suite.Result, t *rbacTable, deny bool) error {
	sent := &security.Authorization{}
	if err := protojson.Unmarshal(t.Sent, sent); err != nil {
		return err
	}
	sent.Namespace, sent.Name = "namespace", "policy"
	spec := &securityv1beta1.AuthorizationPolicy{}
	if t.Rules != nil {
		if err := protojson.Unmarshal(fmt.Appendf(nil, `{"rules":%s}`, t.Rules), spec); err != nil {
			return err
		}
	}
	if deny {
		sent.Action, spec.Action = security.Action_DENY, securityv1beta1.AuthorizationPolicy_DENY
	}
	w := &world{name: "rbac.rs " + t.Test, namespace: "namespace", domain: "cluster.local"}
	w.policies = []authz.Policy{{Namespace: "namespace", Name: "policy", Spec: spec}}
	for _, name := range slices.Sorted(maps.Keys(t.Rows)) {
		c, ok := f.Connections[name]
		if !ok {
			return fmt.Errorf("no connection %s", name)
		}
		want := expectation{allowed: t.Rows[name] != deny}
		if t.Rows[name] {
			want.by = "namespace/policy"
		}
		if err := want.check(out, w, []*security.Authorization{sent}, c.connection(), t.Rules == nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *connectionRow) connection() *reference.Connection {
	c := &reference.Connection{Source: r.Source, Destination: r.Destination, Port: r.Port}
	if len(r.Identity) == 3 {
		c.Identity = &reference.Identity{TrustDomain: r.Identity[0], Namespace: r.Identity[1], ServiceAccount: r.Identity[2]}
	}
	return c
}

// expectation is what ztunnel's test says of a connection.
type expectation struct {
	allowed bool
	by      string // the policy that matches; empty: none does
}

// check asks the matcher about the policies as ztunnel's test makes them, and then
// the product and the matcher about the objects, unless there are none.
func (e *expectation) check(out *suite.Result, w *world, sent []*security.Authorization, c *reference.Connection, only bool) error {
	compare := func(what string, v reference.Verdict) {
		if by := append(v.By, "")[0]; v.Allowed != e.allowed || by != e.by || len(v.By) > 1 {
			out.Mismatches = append(out.Mismatches, fmt.Sprintf("%s: %s: ztunnel's test expects %+v, %s says %+v", w.name, say(c), *e, what, v))
		}
	}
	compare("the transcription", reference.Decide(reference.Select(sent, w.namespace, nil), c))
	if only {
		out.LeftOut["no AuthorizationPolicy becomes this: only the transcription was asked"]++
		return nil
	}
	j, err := newJudge(w, nil)
	if err != nil {
		return err
	}
	compare("the transcription on what istiod makes", j.compare(out, c))
	return nil
}
