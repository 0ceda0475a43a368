package random

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// draft is a request in the making.
type draft struct {
	trial.Request
	world     *trial.World
	claims    map[string]any // of the token; nil: there is none
	forwarded string
	at        string // where the token is put
}

func between(v, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(v, before)
	if !ok || !strings.HasSuffix(rest, after) {
		return "", false
	}
	return strings.TrimSuffix(rest, after), true
}

// draft draws a request that knows nothing of the policies.
func (s Source) draft(w *trial.World) *draft {
	d := &draft{world: w}
	d.Port = w.Ports()[s.Weighted(62, 18, 14, 6)].Number
	if len(w.Extra) > 0 && s.Chance(50) {
		d.Port = of(s, w.Extra...)
	}
	d.Source = s.peer(w)
	if s.Chance(65) {
		d.encrypt(s)
	}
	d.Opaque = s.Chance(map[uint16]int{8000: 0, 8001: 12, 8002: 70}[d.Port])
	d.Method, d.Host, d.Target = methods[s.Weighted(40, 15, 8, 8, 5, 5, 4, 3, 2, 1, 1)], of(s, hosts...), of(s, paths...)
	if s.Chance(25) {
		d.Target = of(s, targets...)
	}
	if s.Chance(20) {
		d.forwarded = of(s, forwarded...)
	}
	if s.Chance(30) {
		d.header(of(s, "x-team", "x-empty", "X-TEAM", "accept", "cookie", "x_under", "user-agent", "x-output"), of(s, append([]string{""}, texts...)...))
	}
	if s.Chance(30) {
		d.token(s)
	}
	return d
}

func (s Source) peer(w *trial.World) netip.Addr {
	if w.Address.Is6() {
		return netip.IPv6Loopback()
	}
	return netip.MustParseAddr(of(s, sources...))
}

// encrypt makes the client one of the mesh.
func (d *draft) encrypt(s Source) {
	if d.Identity == "" {
		d.Identity = s.identity(d.world)
		d.SNI = of(s, append([]string{""}, names...)...)
	}
}

// header sends a header, now and then a second time.
func (d *draft) header(name, value string) {
	if strings.HasPrefix(name, ":") || strings.EqualFold(name, "host") {
		return
	}
	d.Headers = append(d.Headers, trial.Header{Name: name, Value: value})
}

// request completes the draft.
func (d *draft) request(s Source) trial.Request {
	r := d.Request
	if r.Opaque {
		r.Method, r.Host, r.Target, r.Headers = "", "", "", nil
		return r
	}
	r.Headers = slices.Clone(r.Headers)
	if d.forwarded != "" {
		r.Headers = append(r.Headers, trial.Header{Name: "x-forwarded-for", Value: d.forwarded})
	}
	if d.claims != nil {
		d.place(s, &r)
	}
	return r
}

// place puts the token where a client would, or where it should not be.
func (d *draft) place(s Source, r *trial.Request) {
	raw := Sign(d.claims, d.at == "forged")
	switch {
	case d.at == "query" && strings.Contains(r.Target, "?"):
		r.Target += "&access_token=" + raw
	case d.at == "query":
		r.Target += "?access_token=" + raw
	case d.at == "lower":
		r.Headers = append(r.Headers, trial.Header{Name: "authorization", Value: "bearer " + raw})
	default:
		r.Headers = append(r.Headers, trial.Header{Name: of(s, "Authorization", "authorization"), Value: "Bearer " + raw})
	}
}
