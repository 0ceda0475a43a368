package apirule

// states are the words of v2 for those of v1beta1 (kyma-project/api-gateway,
// apis/gateway/v2/apirule_conversion.go, beta1toV2StatusConversionMap).
var states = map[string]string{"OK": "Ready", "ERROR": "Error", "WARNING": "Warning", "SKIPPED": "Warning"}

func (r *APIRule) readV1Beta1Status(status node) {
	n := status.get("APIRuleStatus")
	r.Status = Status{State: states[n.get("code").text()], Description: n.get("desc").text()}
}

func (r *APIRule) readV1Beta1(spec node) {
	if host := spec.get("host").text(); host != "" {
		r.Hosts = []string{host}
	}
	r.Service = service(spec.get("service"))
	r.Gateway = spec.get("gateway").text()
	r.CORS = cors(spec.get("corsPolicy"))
	r.Timeout = spec.get("timeout").number()
	for _, n := range spec.get("rules").list() {
		rule := plainRule(n)
		for _, h := range n.get("accessStrategies").list() {
			rule.Handlers = append(rule.Handlers, handler(h))
		}
		for _, m := range n.get("mutators").list() {
			rule.Mutators = append(rule.Mutators, m.get("handler").text())
		}
		r.Rules = append(r.Rules, rule)
	}
}

// handler reads a handler. That of tokens has two forms, Istio's and Oathkeeper's, which
// share no field.
func handler(n node) Handler {
	out := Handler{Name: n.get("handler").text()}
	config := n.get("config")
	if out.Name != "jwt" || config.absent() {
		return out
	}
	if j := jwt(config); len(j.Authentications)+len(j.Authorizations) > 0 {
		out.JWT = j
		return out
	}
	out.Ory = &Ory{
		TrustedIssuers: config.get("trusted_issuers").texts(), JWKSURLs: config.get("jwks_urls").texts(),
		RequiredScopes: config.get("required_scope").texts(), Audiences: config.get("target_audience").texts(),
	}
	return out
}
