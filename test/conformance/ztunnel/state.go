package ztunnel

import (
	"encoding/json"
	"fmt"
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

// stateFile is tables/state.yaml.
type stateFile struct {
	Policies []statePolicy `json:"policies"`
	Rows     []stateRow    `json:"rows"`
}

type statePolicy struct {
	Namespace string          `json:"namespace"`
	Name      string          `json:"name"`
	Sent      json.RawMessage `json:"sent"`
	Spec      json.RawMessage `json:"spec"`
}

type stateRow struct {
	Test     string   `json:"test"`
	Workload string   `json:"workload"` // its namespace
	Account  string   `json:"account"`  // the client's, in the namespace default
	Without  bool     `json:"without"`  // any policy
	Dry      []string `json:"dry"`      // policies that only report
	Allowed  bool     `json:"allowed"`
	By       string   `json:"by"`
}

// state compares with the tests of the order of decisions.
func state(out *suite.Result) error {
	text, err := files.ReadFile("tables/state.yaml")
	if err != nil {
		return err
	}
	var f stateFile
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		return fmt.Errorf("tables/state.yaml: %w", err)
	}
	for i := range f.Rows {
		if err := f.row(out, &f.Rows[i]); err != nil {
			return fmt.Errorf("tables/state.yaml: %s: %w", f.Rows[i].Test, err)
		}
		out.Worlds++
	}
	return nil
}

func (f *stateFile) row(out *suite.Result, r *stateRow) error {
	w := &world{name: "state.rs " + r.Test, namespace: r.Workload, domain: "cluster.local"}
	var sent []*security.Authorization
	for i := range f.Policies {
		if r.Without {
			break
		}
		p, a := &f.Policies[i], &security.Authorization{}
		spec := &securityv1beta1.AuthorizationPolicy{}
		if err := protojson.Unmarshal(p.Sent, a); err != nil {
			return err
		}
		if err := protojson.Unmarshal(p.Spec, spec); err != nil {
			return err
		}
		o := authz.Policy{Namespace: p.Namespace, Name: p.Name, Spec: spec}
		if slices.Contains(r.Dry, p.Name) {
			a.DryRun, o.Annotations = true, map[string]string{authz.DryRunAnnotation: "true"}
		}
		a.Namespace, a.Name = p.Namespace, p.Name
		sent, w.policies = append(sent, a), append(w.policies, o)
	}
	c := &reference.Connection{
		Identity: &reference.Identity{TrustDomain: "cluster.local", Namespace: "default", ServiceAccount: r.Account},
		Source:   netip.MustParseAddr("192.168.1.1"), Destination: netip.MustParseAddr("192.168.0.1"), Port: 8080,
	}
	e := expectation{allowed: r.Allowed, by: r.By}
	return e.check(out, w, sent, c, false)
}
