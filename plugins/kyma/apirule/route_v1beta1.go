package apirule

import (
	"fmt"
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// OathkeeperService is where v1beta1 sends what Oathkeeper has to decide about
// (kyma-project/api-gateway, cmd/main.go, and config/manager).
const (
	OathkeeperService = "ory-oathkeeper-proxy.kyma-system.svc.cluster.local"
	oathkeeperPort    = 4455
)

// usualCORS is what v1beta1 tells browsers where an APIRule says nothing (cmd/main.go).
var usualCORS = &CORS{
	AllowOrigins: []Origins{{"regex", ".*"}}, AllowMethods: []string{"GET", "POST", "PUT", "DELETE", "PATCH"},
	AllowHeaders: []string{"Authorization", "Content-Type", "*"},
}

// handlerOf is who decides about tokens in v1beta1: a setting of the controller, which no
// APIRule shows (ConfigMap kyma-system/api-gateway-config).
type handlerOf uint8

const (
	byOathkeeper handlerOf = iota
	byIstio
)

// routeV1Beta1 is the spec of the VirtualService that releases before 3.10.0 make of a
// v1beta1 APIRule (internal/processing/processors/ory/virtual_service_processor.go, and
// that of istio beside it). Of rules with the same path the first counts.
func routeV1Beta1(r *APIRule, w World, handler handlerOf) (*networkingapi.VirtualService, error) {
	names, err := Hosts(r, w)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 || r.Gateway == "" {
		return nil, fmt.Errorf("apirule %q: spec.host or spec.gateway is not set", r.Ref)
	}
	out := &networkingapi.VirtualService{Hosts: names, Gateways: []string{r.Gateway}}
	var paths []string
	for i := range r.Rules {
		rule := &r.Rules[i]
		if slices.Contains(paths, rule.Path) {
			continue
		}
		paths = append(paths, rule.Path)
		to := &networkingapi.Destination{Host: OathkeeperService, Port: &networkingapi.PortSelector{Number: oathkeeperPort}}
		if !rule.oathkeeper() || handler == byIstio && rule.has("jwt") {
			if to, err = r.destination(rule); err != nil {
				return nil, err
			}
		}
		http := r.route(rule, names, rule.matchV1Beta1(handler), to)
		if http.CorsPolicy = r.CORS.policy(); r.CORS == nil {
			http.CorsPolicy = usualCORS.policy()
		} else {
			http.Headers.Response.Remove = slices.Clone(corsHeaders)
		}
		out.Http = append(out.Http, http)
	}
	return out, nil
}

func (r *Rule) matchV1Beta1(handler handlerOf) *networkingapi.HTTPMatchRequest {
	out := &networkingapi.HTTPMatchRequest{Uri: regex(r.Path)}
	if handler == byIstio && r.Path == "/*" {
		out.Uri = prefix("/")
	}
	if handler == byIstio && !r.has("allow") || r.has("no_auth") {
		out.Method = methodRegex(r.Methods)
	}
	return out
}

// has reports whether a v1beta1 rule has an access strategy.
func (r *Rule) has(name string) bool {
	return slices.ContainsFunc(r.Handlers, func(h Handler) bool { return h.Name == name })
}

// oathkeeper reports whether Oathkeeper has to decide about a v1beta1 rule
// (internal/processing/rules.go, IsSecuredByOathkeeper).
func (r *Rule) oathkeeper() bool {
	return slices.ContainsFunc(r.Handlers, func(h Handler) bool { return h.Name != "allow" && h.Name != "no_auth" })
}
