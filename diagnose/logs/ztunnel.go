package logs

import (
	"net"
	"strings"
)

// connection is a line of ztunnel's access log (src/proxy/metrics.rs).
type connection struct {
	SrcAddr      text `json:"src.addr"`
	SrcWorkload  text `json:"src.workload"`
	SrcNamespace text `json:"src.namespace"`
	SrcIdentity  text `json:"src.identity"`
	DstAddr      text `json:"dst.addr"`
	DstInner     text `json:"dst.hbone_addr"`
	DstWorkload  text `json:"dst.workload"`
	DstNamespace text `json:"dst.namespace"`
	Direction    text `json:"direction"`
	Error        text `json:"error"`
}

// ztunnelText reads ztunnel's text format: time, level, scope, message and fields with
// tabs between them (src/telemetry.rs, IstioFormat).
func ztunnelText(s string, _ Reporter) (Event, state) {
	if e, is := dryRun(s); is != unknown {
		return e, is
	}
	for _, message := range []string{"connection complete", "connection failed", "connection opened"} {
		before, fields, ok := strings.Cut(s, message)
		words := strings.Fields(before)
		if !ok || !isHead(before) || len(words) == 0 || words[len(words)-1] != "access" {
			continue
		}
		e, is := connectionOf(fields).event(message)
		for _, w := range words {
			if t := timeOf(w); !t.IsZero() {
				e.Time = t
			}
		}
		return e, is
	}
	return Event{}, unknown
}

// connectionOf reads key=value and key="value".
func connectionOf(s string) connection {
	var c connection
	fields := map[string]*text{
		"src.addr": &c.SrcAddr, "src.workload": &c.SrcWorkload, "src.namespace": &c.SrcNamespace, "src.identity": &c.SrcIdentity,
		"dst.addr": &c.DstAddr, "dst.hbone_addr": &c.DstInner, "dst.workload": &c.DstWorkload, "dst.namespace": &c.DstNamespace,
		"direction": &c.Direction, "error": &c.Error,
	}
	for s != "" {
		key, rest, ok := strings.Cut(strings.TrimLeft(s, " \t"), "=")
		if !ok {
			break
		}
		var value string
		value, s = quoted(rest)
		if f := fields[key]; f != nil && *f == "" {
			*f = text(value)
		}
	}
	return c
}

// quoted reads a value as Rust's Debug writes it: in quotes, with backslashes before
// quotes and backslashes in it, or without, up to the next space.
func quoted(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = cutSpace(s)
		return value, rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// event is what the line tells.
func (c connection) event(message string) (Event, state) {
	e := Event{Format: Ztunnel, Rule: -1}
	if !c.reason(&e, message) {
		return e, nothing
	}
	e.Request.Connection = true
	e.Source = Source{Namespace: string(c.SrcNamespace), Pod: string(c.SrcWorkload), Identity: string(c.SrcIdentity)}
	e.Source.Address, _ = addressOf(string(c.SrcAddr))
	e.Target = Target{Namespace: string(c.DstNamespace), Pod: string(c.DstWorkload)}
	inner := string(c.DstInner)
	if inner == "" {
		inner = string(c.DstAddr)
	}
	e.Target.Address, e.Target.PodPort = addressOf(inner)
	if host, port, err := net.SplitHostPort(inner); err == nil && !e.Target.Address.IsValid() {
		e.Target.Host, e.Target.Port = host, portOf(port) // to a waypoint, by the Service's name
	}
	return e, event
}

// reason reads the error (src/proxy.rs, enum Error; src/state.rs, assert_rbac).
func (c connection) reason(e *Event, message string) bool {
	e.Effect, e.Says = Denied, string(c.Error)
	_, why, rejected := strings.Cut(e.Says, "policy rejection")
	switch {
	case rejected && strings.Contains(why, "none allowed"):
		e.Reason = NoneAllowed
	case rejected:
		e.Reason = Rejected
		if _, policy, ok := strings.Cut(why, "explicitly denied by: "); ok {
			e.explicit(policy)
		}
	case strings.Contains(e.Says, "policy change"):
		e.Reason = PolicyChange
	case strings.Contains(e.Says, "http status: 401"):
		e.Reason = Rejected
	case strings.Contains(e.Says, "blocking HBONE"):
		e.Effect, e.Reason = Broken, TimedOut
	case message == "connection failed" && e.Says != "":
		e.Effect, e.Reason = Broken, Failed
	default:
		return false
	}
	return true
}

// explicit sets the policy. Those that istiod makes of PeerAuthentications have names
// of their own (pilot/pkg/model/authentication.go).
func (e *Event) explicit(policy string) {
	namespace, name, _ := strings.Cut(policy, "/")
	if own, ok := strings.CutPrefix(name, "converted_peer_authentication_"); ok {
		e.Reason, e.Policy = Plaintext, namespace+"/"+own
		return
	}
	if name == "istio_converted_static_strict" {
		e.Reason = Plaintext
		return
	}
	e.Reason, e.Policy = PolicyMatched, policy
}

// dryRun reads what policies with the annotation istio.io/dry-run would do:
// state:proxy{wl=NAMESPACE/POD}:inbound{… peer=ADDRESS} dry-run: deny policy match policy="…".
func dryRun(s string) (Event, state) {
	before, message, ok := strings.Cut(s, "dry-run: ")
	if !ok || !isHead(before) || !strings.Contains(before, "state") {
		return Event{}, unknown
	}
	e := Event{Format: Ztunnel, Effect: DryRun, Rule: -1, Says: message, Request: Request{Connection: true}}
	switch {
	case strings.HasPrefix(message, "deny policy match"):
		e.Reason = PolicyMatched
		if _, policy, ok := strings.Cut(message, "policy="); ok {
			e.Policy, _ = quoted(policy)
		}
	case strings.HasPrefix(message, "no allow policies match"):
		e.Reason = NoneAllowed
	default:
		return Event{}, nothing
	}
	workload, _, _ := strings.Cut(after(before, "{wl="), "}")
	e.Target.Namespace, e.Target.Pod, _ = strings.Cut(workload, "/")
	peer, _, _ := strings.Cut(after(before, "peer="), "}")
	peer, _, _ = cutSpace(peer)
	e.Source.Address, _ = addressOf(peer)
	return e, event
}

// after is what follows mark.
func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}
