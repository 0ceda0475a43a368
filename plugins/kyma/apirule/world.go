package apirule

import (
	"fmt"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// World is what the controller reads besides an APIRule.
type World interface {
	// Selector is what a Service selects its Pods by; false if the Service is not known.
	Selector(service Ref) (map[string]string, bool)
	// Domain is the domain of the Gateway of an APIRule, which a short host gets; false
	// if it is not known. See [Domain].
	Domain(r *APIRule) (string, bool)
}

// Domain is the domain that short hosts get at a Gateway: of its first host, without the
// star. Empty if it has none (kyma-project/api-gateway,
// internal/processing/processors/v2alpha1/authorizationpolicy/creator.go,
// getHostsFromAPIRule).
func Domain(g *networkingv1.Gateway) string {
	for _, s := range g.Spec.GetServers() {
		if hosts := s.GetHosts(); len(hosts) > 0 {
			return strings.TrimPrefix(hosts[0], "*.")
		}
	}
	return ""
}

// Hosts are those of an APIRule, the short ones with the domain of its Gateway.
func Hosts(r *APIRule, w World) ([]string, error) {
	var out []string
	for i, h := range r.Hosts {
		if strings.Contains(h, ".") {
			out = append(out, h)
			continue
		}
		domain, ok := w.Domain(r)
		if !ok || domain == "" {
			return nil, fmt.Errorf("apirule %q: spec.hosts[%d]: %s is short, and the domain of %s is not known", r.Ref, i, h, r.gateway())
		}
		out = append(out, h+"."+domain)
	}
	return out, nil
}

// gateway names the Gateway for a message.
func (r *APIRule) gateway() string {
	switch {
	case r.Gateway != "":
		return "Gateway " + r.Gateway
	case r.ExternalGateway != "":
		return "ExternalGateway " + r.ExternalGateway
	}
	return "its Gateway, which it does not name"
}

// target is the Service of a rule and what it selects.
func target(r *APIRule, w World, index int) (Ref, map[string]string, error) {
	at := fmt.Sprintf("spec.rules[%d].service", index)
	if r.Rules[index].Service == nil {
		at = "spec.service"
	}
	service, ok := r.ServiceOf(&r.Rules[index])
	if !ok {
		return service, nil, fmt.Errorf("apirule %q: %s: no Service is named for spec.rules[%d]", r.Ref, at, index)
	}
	selector, ok := w.Selector(service)
	switch {
	case !ok:
		return service, nil, fmt.Errorf("apirule %q: %s: what Service %s selects is not known", r.Ref, at, service)
	case len(selector) == 0:
		return service, nil, fmt.Errorf("apirule %q: %s: Service %s has no selector, and the controller refuses that", r.Ref, at, service)
	}
	return service, selector, nil
}
