package apirule

import (
	"fmt"
	"slices"
	"strings"
)

type migration struct {
	r     *APIRule
	steps []Step
}

func (m *migration) add(s Step) { m.steps = append(m.steps, s) }

func (m *migration) workload(others []*APIRule) {
	services := m.r.Services()
	names := join(services)
	m.add(Step{Topic: TopicInCluster, Words: fmt.Sprintf("v2 makes ALLOW policies that admit the ingress gateway only: callers inside the cluster no longer get to %s, unless a policy of your own admits them", names)})
	m.add(Step{Topic: TopicMesh, Field: "spec.service", Words: fmt.Sprintf("the Pods of %s need a sidecar: without one the APIRule gets the state Error", names)})
	var sharing []string
	for _, o := range others {
		if o.Ref == m.r.Ref || o.Written() != V1Beta1 {
			continue
		}
		old, ok, err := o.AsV1Beta1()
		if err == nil && ok && slices.ContainsFunc(old.Services(), func(s Ref) bool { return slices.Contains(services, s) }) {
			sharing = append(sharing, o.String())
		}
	}
	if len(sharing) > 0 {
		slices.Sort(sharing)
		m.add(Step{Topic: TopicSharing, Words: fmt.Sprintf("v1beta1 APIRules of the same workload (%s) are refused from then on (403, RBAC: access denied): migrate them together, or admit them meanwhile with a policy of your own", strings.Join(sharing, ", "))})
	}
}

// Services are those that the rules lead to, each once.
func (r *APIRule) Services() []Ref {
	var out []Ref
	for i := range r.Rules {
		if s, ok := r.ServiceOf(&r.Rules[i]); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func join(services []Ref) string {
	var out []string
	for _, s := range services {
		out = append(out, "Service "+s.String())
	}
	if len(out) == 0 {
		return "the workload"
	}
	return strings.Join(out, " and ")
}

// gateway: v2 wants namespace/name.
func (m *migration) gateway() {
	g := m.r.Gateway
	if g == "" || strings.Count(g, "/") == 1 {
		return
	}
	s := Step{Topic: TopicGatewayName, Field: "spec.gateway", Words: fmt.Sprintf("v2 writes a Gateway as NAMESPACE/NAME, not as %s", g)}
	if parts := strings.Split(g, "."); len(parts) > 1 {
		s.To = []string{parts[1] + "/" + parts[0]}
	}
	m.add(s)
}

// cors: what v1beta1 tells browsers by default, v2 does not.
func (m *migration) cors() {
	if m.r.CORS == nil {
		m.add(Step{
			Topic: TopicCORS, Field: "spec.corsPolicy",
			To:    []string{`allowOrigins: [{regex: ".*"}]`, "allowMethods: [GET, POST, PUT, DELETE, PATCH]", `allowHeaders: [Authorization, Content-Type, "*"]`},
			Words: "without corsPolicy v1beta1 lets pages of every origin call (GET, POST, PUT, DELETE and PATCH; Authorization, Content-Type and any header); v2 sends no CORS headers then, and takes off those that the workload sends itself",
		})
	}
	for i := range m.r.Rules {
		if !slices.Contains(m.r.Rules[i].Methods, "OPTIONS") {
			field := fmt.Sprintf("spec.rules[%d].methods", i)
			m.add(Step{Topic: TopicPreflight, Field: field, To: []string{"OPTIONS"}, Words: field + " does not have OPTIONS, which browsers ask with before they call: v2 wants it to be listed"})
		}
	}
}

func (m *migration) rule(i int) {
	rule := &m.r.Rules[i]
	m.path(i)
	m.routed(i)
	for k, h := range rule.Handlers {
		m.handler(fmt.Sprintf("spec.rules[%d].accessStrategies[%d]", i, k), h)
	}
	for k, name := range rule.Mutators {
		m.mutator(fmt.Sprintf("spec.rules[%d].mutators[%d]", i, k), name)
	}
}

// routed is about what the VirtualService of v1beta1 does with methods and paths
// (internal/processing/processors/ory/virtual_service_processor.go).
func (m *migration) routed(i int) {
	rule := &m.r.Rules[i]
	if rule.has("allow") {
		field := fmt.Sprintf("spec.rules[%d].methods", i)
		m.add(Step{Topic: TopicMethods, Field: field, To: rule.Methods, Words: fmt.Sprintf("%s (%s) does not count with allow: v1beta1 lets every method in, and v2 those that are listed, with 404 for the rest", field, strings.Join(rule.Methods, ", "))})
	}
	if first := slices.IndexFunc(m.r.Rules, func(r Rule) bool { return r.Path == rule.Path }); first < i {
		field := fmt.Sprintf("spec.rules[%d].path", i)
		m.add(Step{Topic: TopicSamePath, Field: field, To: []string{rule.Path}, Words: fmt.Sprintf("%s is that of spec.rules[%d], whose route takes the requests of both in v1beta1: in v2 each rule has a route for its own methods", field, first)})
	}
}
