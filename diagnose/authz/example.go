package authz

import "maps"

// request makes an example of r. It is nil if no request shows the values.
func (x *comparison) request(values []given) *Request {
	out := *x.e.r
	out.Headers.Values = maps.Clone(out.Headers.Values)
	out.Authorizers = maps.Clone(out.Authorizers)
	for _, g := range values {
		if !g.put(&out) {
			return nil
		}
	}
	return &out
}

// put gives the value to a request, if it can have it.
func (g *given) put(r *Request) bool {
	switch v := g.value; g.key.kind {
	case kindPrincipal, kindIdentity:
		r.Principal = attrOf(v, v.text)
	case kindSourceIP:
		r.SourceIP = Known(v.addr)
	case kindRemoteIP:
		r.RemoteIP = Known(v.addr)
	case kindDestinationIP:
		r.DestinationIP = Known(v.addr)
	case kindDestinationPort:
		r.DestinationPort = Known(v.port)
	case kindSNI:
		r.SNI = Known(v.text)
	case kindMethod:
		r.Method = Known(v.text)
	case kindHost:
		r.Host = Known(v.text)
	case kindPath:
		r.Path = attrOf(v, v.text)
	case kindHeader:
		if r.Headers.Values == nil {
			r.Headers.Values = map[string][]string{}
		}
		r.Headers.Values[g.key.name] = v.list
	case kindClaim:
		g.putClaim(r)
	case kindAuthorizer:
		if r.Authorizers == nil {
			r.Authorizers = map[string]bool{}
		}
		r.Authorizers[g.key.name] = v.ok
	case kindRequestPrincipal, kindMetadata, kindProvider, kindOffload:
		return false
	}
	return true
}

func attrOf(v value, text string) Attr[string] {
	if v.absent {
		return Absent[string]()
	}
	return Known(text)
}

// putClaim adds a claim to the token. Without any claim there is no token; with one
// there is an issuer.
func (g *given) putClaim(r *Request) {
	claims, _ := r.Claims.Get()
	switch {
	case !g.value.absent && claims == nil:
		claims = map[string]any{issuer.name: "x"}
	case g.value.absent && claims == nil:
		r.Claims = Absent[map[string]any]()
		return
	case g.value.absent:
		return
	}
	at := claims
	for _, name := range g.claim[:len(g.claim)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[name] = inner
		}
		at = inner
	}
	at[g.claim[len(g.claim)-1]] = g.value.text
	if g.value.isList {
		at[g.claim[len(g.claim)-1]] = g.value.list
	}
	r.Claims = Known(claims)
}
