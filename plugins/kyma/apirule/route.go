package apirule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1alpha3"
)

// usualTimeout is what requests have where nothing is said (kyma-project/api-gateway,
// internal/processing/processors/v2alpha1/virtualservice/virtual_service_processor.go).
const usualTimeout = 180

// corsHeaders are taken off the answers of what is exposed, so that those of corsPolicy are
// the only ones (internal/builders/virtual_service.go).
var corsHeaders = []string{
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Allow-Headers",
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Max-Age",
}

// segmentsOf are the regular expressions that the controller writes for {**} and {*}.
var segmentsOf = strings.NewReplacer(
	"{**}", `([A-Za-z0-9-._~!$&'()*+,;=:@/]|%[0-9a-fA-F]{2})*`,
	"{*}", `([A-Za-z0-9-._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+`,
)

// Route is the spec of the VirtualService that the controller makes of a v2 APIRule: one
// route for each rule, in their order. Of an APIRule at an ExternalGateway the gateways are
// not known, and there are none. The error names what the world does not know.
func Route(r *APIRule, w World) (*networkingapi.VirtualService, error) {
	if r.Version == V1Beta1 {
		return nil, fmt.Errorf("apirule %q: it was read as v1beta1", r.Ref)
	}
	names, err := Hosts(r, w)
	if err != nil {
		return nil, err
	}
	out := &networkingapi.VirtualService{Hosts: names}
	if r.Gateway != "" {
		out.Gateways = []string{r.Gateway}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		to, err := r.destination(rule)
		if err != nil {
			return nil, err
		}
		match := &networkingapi.HTTPMatchRequest{Method: methodRegex(rule.Methods), Uri: regex("^" + segmentsOf.Replace(rule.Path) + "$")}
		if rule.Path == "/*" {
			match.Uri = prefix("/")
		}
		http := r.route(rule, names, match, to)
		http.Headers.Response.Remove = slices.Clone(corsHeaders)
		maps.Copy(http.Headers.Request.Set, rule.Headers)
		if len(rule.Cookies) > 0 {
			http.Headers.Request.Set["Cookie"] = cookies(rule.Cookies)
		}
		http.CorsPolicy = r.CORS.policy()
		out.Http = append(out.Http, http)
	}
	return out, nil
}

// route is what routes of all versions have.
func (r *APIRule) route(rule *Rule, hosts []string, match *networkingapi.HTTPMatchRequest, to *networkingapi.Destination) *networkingapi.HTTPRoute {
	seconds := rule.Timeout
	if seconds == 0 {
		seconds = r.Timeout
	}
	if seconds == 0 {
		seconds = usualTimeout
	}
	set := map[string]string{}
	if len(hosts) > 0 {
		set["x-forwarded-host"] = hosts[0]
	}
	return &networkingapi.HTTPRoute{
		Match:   []*networkingapi.HTTPMatchRequest{match},
		Route:   []*networkingapi.HTTPRouteDestination{{Destination: to, Weight: 100}},
		Timeout: durationpb.New(time.Duration(seconds) * time.Second),
		Headers: &networkingapi.Headers{Request: &networkingapi.Headers_HeaderOperations{Set: set}, Response: &networkingapi.Headers_HeaderOperations{}},
	}
}

// destination is where a rule leads.
func (r *APIRule) destination(rule *Rule) (*networkingapi.Destination, error) {
	service, ok := r.ServiceOf(rule)
	if !ok {
		return nil, fmt.Errorf("apirule %q: a rule names no Service", r.Ref)
	}
	port := rule.Service
	if port == nil {
		port = r.Service
	}
	if port.Port <= 0 || port.Port > 65535 {
		return nil, fmt.Errorf("apirule %q: Service %s: no port is named", r.Ref, service)
	}
	return &networkingapi.Destination{
		Host: service.Name + "." + service.Namespace + ".svc.cluster.local", Port: &networkingapi.PortSelector{Number: uint32(port.Port)},
	}, nil
}

func methodRegex(methods []string) *networkingapi.StringMatch {
	return regex("^(" + strings.Join(methods, "|") + ")$")
}

func regex(s string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: s}}
}

func prefix(s string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: s}}
}

// cookies is the header of some, in the order of their names. The controller writes them
// in any order.
func cookies(set map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		out = append(out, name+"="+set[name])
	}
	return strings.Join(out, "; ")
}

// policy is what browsers are told, nil for nothing: without origins nothing else counts
// (internal/builders/virtual_service.go, corsPolicy.Get).
func (c *CORS) policy() *networkingapi.CorsPolicy {
	if c == nil || len(c.AllowOrigins) == 0 {
		return nil
	}
	out := &networkingapi.CorsPolicy{AllowMethods: c.AllowMethods, AllowHeaders: c.AllowHeaders, ExposeHeaders: c.ExposeHeaders}
	for _, o := range c.AllowOrigins {
		switch o.Type {
		case "regex":
			out.AllowOrigins = append(out.AllowOrigins, regex(o.Value))
		case "exact":
			out.AllowOrigins = append(out.AllowOrigins, &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: o.Value}})
		default:
			out.AllowOrigins = append(out.AllowOrigins, prefix(o.Value))
		}
	}
	if c.AllowCredentials != nil {
		out.AllowCredentials = wrapperspb.Bool(*c.AllowCredentials)
	}
	if c.MaxAge != nil {
		out.MaxAge = durationpb.New(*c.MaxAge)
	}
	return out
}
