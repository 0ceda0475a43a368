package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// throughGateway walks to a gateway and on to where it forwards.
func (e *explorer) throughGateway(t trip, w *walk) {
	w.forwarding = true
	w.meet()
	branches, missing := e.in.gatewayRoutes(w)
	if w.protocol = mesh.TCP; w.listener.HTTP {
		w.protocol = mesh.HTTP
	}
	first := len(t.legs) == 0
	switch {
	case e.dry:
		e.in.wantLeg(w)
	case missing != "", !w.listener.Found:
		w.approach(first)
		if w.verdict() != Denied {
			t.end = w.deaf(missing)
		}
		e.add(t.then(w), []party{w.dst})
		return
	default:
		w.judgeLeg(first)
		if w.verdict() == Denied {
			e.add(t.then(w), []party{w.dst})
			return
		}
		if w.jwt.Applies || w.m.token.State != mesh.TokenOpen { // routes may ask for claims
			branches, _ = e.in.gatewayRoutes(w)
		}
	}
	after := w.forwarded()
	t = t.then(w)
	for _, b := range branches {
		e.branch(t, w.dst, w.r, after, b)
	}
}

// deaf is the end of a way at a gateway of which it is not known that it listens, or
// that does not.
func (w *walk) deaf(missing string) *ending {
	if missing != "" {
		return &ending{verdict: Undetermined, says: "where the gateway " + w.dst.String() + " sends it is not known", missing: []string{missing}}
	}
	return &ending{
		verdict: Denied, symptom: "connection refused or reset",
		says: fmt.Sprintf("the gateway %s has no server for it on port %d: %s", w.dst, w.r.port, lower(or(w.listener.Why, "no Gateway listens there"))) + w.listener.Near + w.sentBy(),
	}
}

// throughWaypoint walks to the waypoint that stands before a Service or Pod, and
// on from there.
func (e *explorer) throughWaypoint(t trip, src party, r route, m message, wp *waypoint) {
	if wp.missing != "" {
		e.finish(t, src, r, m, &ending{verdict: Undetermined, says: "waypoint " + wp.String() + ": not known", missing: []string{wp.missing}})
		return
	}
	at := r
	at.ends = wp.ends
	for _, ends := range classes(wp.ends, e.how) {
		w := e.in.newWalk(at, src, ends[0], m)
		w.forwarding, w.behind = true, r.ends
		if e.dry {
			e.in.wantLeg(w)
			e.in.met.add(wp.ends)
		} else {
			w.judgeLeg(len(t.legs) == 0)
			if w.verdict() == Denied {
				e.add(t.then(w), r.ends)
				continue
			}
		}
		branches := e.in.waypointRoutes(w, r)
		next := t.then(w)
		if branches == nil {
			e.to(next, w.dst, r, w.forwarded())
			continue
		}
		for _, b := range branches {
			e.branch(next, w.dst, r, w.forwarded(), b)
		}
	}
}

// verdict is that of the leg's hops.
func (w *walk) verdict() Verdict {
	v := Allowed
	for _, h := range w.hops {
		v = both(v, h.Verdict)
	}
	return v
}

// forwarded is the request as the leg's proxy sends it on: what the JWT filter left
// of it, and at a gateway the client's address at the end of X-Forwarded-For
// (use_remote_address: pilot/pkg/networking/core/gateway.go).
func (w *walk) forwarded() message {
	m := w.m.afterJWT(w.jwt)
	if len(w.jwt.TokenHeaders)+len(w.jwt.TokenParams) > 0 {
		m.taken = fmt.Sprintf("RequestAuthentication %s takes the verified token out of the request at %s (forwardOriginalToken is not set), so it does not get any further", firstOf(w.jwt.Policies), w.dst.who())
	}
	m.sourceIP, m.sni, m.silent = "", "", false
	if w.dst.presence.Plane != mesh.Gateway {
		return m
	}
	if !w.listener.HTTP {
		return m
	}
	m.scheme, m.dialled = "http", ""
	peer := w.sourceIP()
	m.client = &peer
	ip, known := peer.Get()
	return m.with(func(h map[string][]string) {
		delete(h, "x-forwarded-for")
		delete(h, "x-forwarded-proto")
		if old, state := w.m.headers.Get("x-forwarded-for"); known && state == authz.StateKnown {
			h["x-forwarded-for"] = []string{strings.Join(append(slices.Clone(old), ip.String()), ",")}
		} else if known && state == authz.StateAbsent {
			h["x-forwarded-for"] = []string{ip.String()}
		}
	})
}

// apply is the request after a route's changes.
func (m message) apply(c routing.Change) message {
	if c.Host != "" {
		m.host = authz.Known(c.Host)
	}
	if c.Path != nil && m.path != "" {
		m.path = c.Path(m.path)
	}
	if len(c.SetHeaders)+len(c.AddHeaders)+len(c.RemoveHeaders) == 0 {
		return m
	}
	return m.with(func(h map[string][]string) {
		for _, name := range c.RemoveHeaders {
			h[strings.ToLower(name)] = nil
		}
		for name, v := range c.SetHeaders {
			h[strings.ToLower(name)] = []string{v}
		}
		for name, v := range c.AddHeaders {
			n := strings.ToLower(name)
			if old, state := m.headers.Get(n); state == authz.StateKnown || state == authz.StateAbsent {
				h[n] = append(slices.Clone(old), v)
			}
		}
	})
}

// meetGateway is what comes of a connection to a gateway: the tls setting of its
// server decides (pilot/pkg/networking/core/gateway.go, buildGatewayListenerTLSContext).
func (w *walk) meetGateway(c mesh.Client) mesh.Connection {
	l := w.listener
	refuse := func(why, symptom string) mesh.Connection {
		return mesh.Connection{Outcome: mesh.Refused, Why: why, Symptom: symptom}
	}
	ok := mesh.Connection{Outcome: mesh.Established, HTTP: mesh.TCP, Why: l.Server}
	if l.HTTP {
		ok.HTTP = mesh.HTTP
	}
	encrypted := slices.Contains([]string{"https", "tls", "grpcs", "wss"}, w.m.scheme)
	switch {
	case c.TLS == mesh.UnknownTLS:
		return mesh.Connection{HTTP: ok.HTTP, Missing: or(c.Missing, "what the client puts on the wire")}
	case c.TLS == mesh.MutualTLS && l.TLSMode == "ISTIO_MUTUAL":
		ok.Identity = true
		return ok
	case c.TLS == mesh.MutualTLS:
		return refuse("the client sends Istio's mTLS, and "+l.Server+" has TLS mode "+or(l.TLSMode, "none"), "503 UF, TLS error, from the client's own sidecar")
	case l.TLSMode == "ISTIO_MUTUAL":
		return refuse(l.Server+" accepts only the mesh's mTLS (ISTIO_MUTUAL), and the client sends "+c.TLS.String(), "connection reset")
	case l.TLSMode == "" && encrypted:
		return refuse("the client sends TLS to "+l.Server+", which takes plaintext", "TLS error: wrong version number")
	case l.TLSMode != "" && !encrypted && c.TLS == mesh.Plaintext && w.m.scheme != "":
		return refuse("the client sends plaintext to "+l.Server+", which takes TLS ("+l.TLSMode+")", "connection reset, or 400 from another server of the port")
	}
	return ok
}

// ownCertificate reports whether a gateway asks the client for a certificate that
// is not the mesh's.
func (w *walk) ownCertificate() bool {
	return w.dst.presence.Plane == mesh.Gateway && (w.listener.TLSMode == "MUTUAL" || w.listener.TLSMode == "OPTIONAL_MUTUAL")
}

// autoPassthrough is the mode of a server that forwards by SNI and asks no policy.
const autoPassthrough = "AUTO_PASSTHROUGH"

// waypoint is one that stands on a way.
type waypoint struct {
	namespace, name string
	ends            []party
	missing         string
}

func (w *waypoint) String() string { return w.namespace + "/" + w.name }

// routeNote tells what routes the request.
func routeNote(b routing.Branch) string {
	where := make([]string, 0, len(b.Destinations))
	for _, d := range b.Destinations {
		words := d.Host
		if d.Subset != "" {
			words += " subset " + d.Subset
		}
		if len(b.Destinations) > 1 {
			words += fmt.Sprintf(" (%d %%)", d.Weight)
		}
		where = append(where, words)
	}
	to := ""
	if len(where) > 0 {
		to = " sends it to " + strings.Join(where, ", ")
	}
	field := ""
	if b.Field != "" {
		field = " " + b.Field
	}
	return b.Object + field + to
}

// answered is the end of a way at a proxy that answers itself.
func answered(by party, b routing.Branch) *ending {
	a := b.Answer
	where := strings.TrimSuffix(b.Object+" "+b.Field, " ")
	end := &ending{verdict: Denied, policy: b.Object, field: b.Field}
	switch {
	case a.Location != "":
		end.says = fmt.Sprintf("%s redirects to %s%s", by, a.Location, inParens(where))
		end.symptom = fmt.Sprintf("%d to %s", a.Status, a.Location)
	case a.Status == 0:
		end.says, end.symptom = by.String()+" closes the connection: "+a.Why+a.Near, "connection reset"
	default:
		end.says, end.symptom = fmt.Sprintf("%s answers %d itself%s: %s", by, a.Status, inParens(where), a.Why+a.Near), fmt.Sprint(a.Status)
		if strings.Contains(a.Why+a.Near, where) { // it says so
			end.says = fmt.Sprintf("%s answers %d itself: %s", by, a.Status, a.Why+a.Near)
		}
	}
	if a.Status >= 200 && a.Status < 400 { // neither let through nor denied
		end.verdict, end.missing = Undetermined, []string{"what becomes of the request: " + end.says + "; ask about that"}
	}
	return end
}

// virtualIP is the address that a Service is dialled by.
func virtualIP(svc *corev1.Service) authz.Attr[netip.Addr] {
	if ip, err := netip.ParseAddr(svc.Spec.ClusterIP); err == nil {
		return authz.Known(ip.Unmap())
	}
	return authz.UnseenBecause[netip.Addr]("the cluster IP of Service " + svc.Namespace + "/" + svc.Name)
}
