package apirule

import (
	"fmt"
)

// Topic is what a step from v1beta1 to v2 is about.
type Topic uint8

// The topics. See kyma-project/api-gateway,
// docs/user/custom-resources/apirule/04-70-changes-in-apirule-v2.md.
const (
	TopicUnknown     Topic = iota
	TopicInCluster         // traffic inside the cluster is refused
	TopicMesh              // the workload has to be in the mesh
	TopicSharing           // other APIRules of the workload are refused
	TopicPath              // the path is a regular expression
	TopicHandler           // the access strategy is another, or is gone
	TopicIssuer            // the issuer of tokens has to be named
	TopicMutator           // what changes requests is another, or is gone
	TopicCORS              // browsers are told nothing by default
	TopicPreflight         // OPTIONS has to be among the methods
	TopicRuleOrder         // the order of rules decides
	TopicGatewayName       // the Gateway is written in another way
	TopicMethods           // methods count that did not
	TopicSamePath          // several rules have the same path
)

// String is the topic in a word.
func (t Topic) String() string {
	names := []string{
		"unknown", "in-cluster", "mesh", "sharing", "path", "handler", "issuer", "mutator", "cors", "preflight", "rule order", "gateway", "methods", "same path",
	}
	if int(t) < len(names) {
		return names[t]
	}
	return names[0]
}

// Step is one thing that becomes another in v2.
type Step struct {
	Topic Topic
	// Field is where it stands in the v1beta1 APIRule; empty if it is about none.
	Field string
	// To is what v2 has instead, if that is known; several where one becomes several.
	To []string
	// Blocks says that the APIRule cannot be shown in v2 as it is: its v2 form has no rules.
	Blocks bool
	Words  string
}

// Migrate says what changes when a v1beta1 APIRule becomes a v2 one, as far as it concerns
// this one, in the order of its fields after what is true of all. Others are further
// APIRules, of which those of the same workload matter.
func Migrate(r *APIRule, others ...*APIRule) ([]Step, error) {
	old, ok, err := r.AsV1Beta1()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("apirule %q: it was not written in v1beta1, or what it was is not kept", r.Ref)
	}
	m := &migration{r: old}
	m.workload(others)
	m.gateway()
	m.cors()
	for i := range old.Rules {
		m.rule(i)
	}
	return m.steps, nil
}
