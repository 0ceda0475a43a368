package clusters

// form is a way to write and to place an AuthorizationPolicy.
type form struct{ name, object string }

func forms() []form {
	return []form{
		{"none", ""},
		{"namespace", authorizationPolicy("$b", "p", "{rules: [{from: [{source: {namespaces: [$a]}}]}]}")},
		{"selector", authorizationPolicy("$b", "p", "{selector: {matchLabels: {app: server}}, action: DENY, rules: [{to: [{operation: {ports: ['9090']}}]}]}")},
		{"selector-elsewhere", authorizationPolicy("$b", "p", "{selector: {matchLabels: {app: other}}, action: DENY, rules: [{}]}")},
		{"root", authorizationPolicy("$root", "p", "{action: DENY, rules: [{from: [{source: {notNamespaces: [$a]}}]}]}")},
		{"root-selector", authorizationPolicy("$root", "p", "{selector: {matchLabels: {app: server}}, rules: [{from: [{source: {principals: ['cluster.local/ns/$a/sa/client']}}]}]}")},
		{"http-only", authorizationPolicy("$b", "p", "{rules: [{to: [{operation: {methods: [GET]}}]}]}") + "\n---\n" +
			authorizationPolicy("$b", "q", "{action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}")},
		{"half-http", authorizationPolicy("$b", "p", "{rules: [{to: [{operation: {methods: [GET]}}]}, {from: [{source: {namespaces: [$a]}}]}]}")},
		{"empty", authorizationPolicy("$b", "p", "{}")},
		{"empty-deny", authorizationPolicy("$b", "p", "{action: DENY}")},
		{"dry-run", `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: $b, annotations: {istio.io/dry-run: 'true'}}
spec: {action: DENY, rules: [{}]}`},
		{"audit", authorizationPolicy("$b", "p", "{action: AUDIT, rules: [{}]}")},
		{"several", authorizationPolicy("$b", "a", "{rules: [{from: [{source: {namespaces: [$a]}}]}]}") + "\n---\n" +
			authorizationPolicy("$b", "d", "{action: DENY, rules: [{to: [{operation: {ports: ['8080']}}], from: [{source: {namespaces: [x]}}]}]}") + "\n---\n" +
			authorizationPolicy("$root", "r", "{rules: [{to: [{operation: {ports: ['9090']}}]}]}")},
	}
}

// policies before a sidecar.
func policies() []*draft {
	own := []form{
		{"custom-grpc", authorizationPolicy("$b", "p", "{action: CUSTOM, provider: {name: grpc-authorizer}, rules: [{to: [{operation: {paths: [/x]}}]}]}")},
		{"custom-http", authorizationPolicy("$b", "p", "{action: CUSTOM, provider: {name: http-authorizer}, rules: [{}]}")},
		{"custom-unknown", authorizationPolicy("$b", "p", "{action: CUSTOM, provider: {name: nobody}, rules: [{}]}")},
		{"target-refs", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], action: DENY, rules: [{}]}")},
		{"jwt", object(security, "RequestAuthentication", "$b", "jwt", "{jwtRules: [{issuer: issuer@example.com, jwks: '"+jwks+"'}]}") + "\n---\n" +
			authorizationPolicy("$b", "p", "{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}")},
	}
	var out []*draft
	for _, f := range append(forms(), own...) {
		d := between("policy-"+f.name, sidecar, sidecar)
		if f.object != "" {
			d.add(f.object)
		}
		out = append(out, d.usually("client.$a"))
	}
	return out
}

// jwks is a public key whose private half nobody has any more.
const jwks = `{ "keys":[ {"e":"AQAB","kid":"DHFbpoIUqrY8t2zpA2qXfCmr5VO5ZEr4RzHU_-envvQ","kty":"RSA","n":"xAE7eB6qugXyCAG3yhh7pkDkT65pHymX-P7KfIupjf59vsdo91bSP9C8H07pSAGQO1MV_xFj9VswgsCg4R6otmg5PV2He95lZdHtOcU5DXIg_pbhLdKXbi66GlVeK6ABZOUW3WYtnNHD-91gVuoeJT_DwtGGcp4ignkgXfkiEm4sw-4sfb4qdt5oLbyVpmW6x9cfa7vs2WTfURiCrBoUqgBo_-4WTiULmmHSGZHOjzwa8WtrtOQGsAFjIbno85jp6MnGGGZPYZbDAa_b3y5u-YpW7ypZrvD8BgtKVjgtQgZhLAGezMt0ua3DRrWnKqTZ0BJ_EyxOGuHJrLsn00fnMQ"}]}`

// ambientPolicies are the same before an ambient Pod, and before one behind a
// waypoint.
func ambientPolicies() []*draft {
	var out []*draft
	for _, f := range forms() {
		d := between("policy-ambient-"+f.name, ambient, ambient)
		if f.object != "" {
			d.add(f.object)
		}
		out = append(out, d.usually("client.$a"))
	}
	behindWaypoint := []form{
		{"service", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], rules: [{to: [{operation: {methods: [GET]}}]}]}")},
		{"gateway", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wp}], action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}")},
		{"class", authorizationPolicy("$root", "p", "{targetRefs: [{kind: GatewayClass, group: gateway.networking.k8s.io, name: istio-waypoint}], action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}")},
		{"selector", authorizationPolicy("$b", "p", "{selector: {matchLabels: {app: server}}, rules: [{from: [{source: {principals: ['cluster.local/ns/$b/sa/wp']}}]}]}")},
		{"both", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], rules: [{from: [{source: {namespaces: [$a]}}]}]}") + "\n---\n" +
			authorizationPolicy("$b", "q", "{rules: [{from: [{source: {principals: ['cluster.local/ns/$b/sa/wp']}}]}]}")},
		{"custom", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], action: CUSTOM, provider: {name: grpc-authorizer}, rules: [{}]}")},
		{"other-service", authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: other}], action: DENY, rules: [{}]}")},
	}
	for _, f := range behindWaypoint {
		out = append(out, between("policy-waypoint-"+f.name, ambient, behind).add(f.object).usually("client.$a"))
	}
	return out
}
