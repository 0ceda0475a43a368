package logs

import (
	"strings"
)

// maxChecks bounds how many requests an RBAC filter may have under way.
const maxChecks = 256

// debugKey tells the requests of a log apart: Envoy decides one at a time in a thread.
type debugKey struct{ pod, thread string }

// check is a request that an RBAC filter checks
// (source/extensions/filters/{http,network}/rbac/rbac_filter.cc).
type check struct {
	key   debugKey
	open  bool // its headers go on in the next lines
	event Event
}

// rbac reads Envoy's own log, of the RBAC filter at the level debug. A check comes
// first and goes over several lines, one for each header; the decision comes later.
func (p *parser) rbac(s string, pod Reporter) (Event, state) {
	if p.last != nil && p.last.open && p.last.key.pod == pod.Name && (strings.HasPrefix(s, "'") || strings.HasPrefix(s, ", dynamicMetadata")) {
		return p.message(s, pod)
	}
	for _, mark := range []string{"checking request: ", "checking connection: ", "enforced denied", "shadow denied", "enforced allowed", "shadow allowed"} {
		before, _, ok := strings.Cut(s, mark)
		if ok && strings.Contains(before, "rbac") {
			return p.message(s[len(before):], pod)
		}
	}
	if p.last != nil && p.last.open {
		p.endsCheck(s)
	}
	return Event{}, unknown
}

// message reads one line of a message.
func (p *parser) message(s string, pod Reporter) (Event, state) {
	body, thread := cutThread(s)
	switch {
	case strings.HasPrefix(body, "checking "):
		p.begin(body, debugKey{pod.Name, thread}, pod)
	case strings.HasPrefix(body, "enforced denied"):
		return p.decide(body, Denied, debugKey{pod.Name, thread}), event
	case strings.HasPrefix(body, "shadow denied"):
		return p.decide(body, DryRun, debugKey{pod.Name, thread}), event
	case strings.HasPrefix(body, "'") && p.last != nil:
		p.last.header(body)
	case strings.HasPrefix(body, ", dynamicMetadata"):
	case strings.HasPrefix(body, "enforced allowed"), strings.HasPrefix(body, "shadow allowed"):
	default:
		return Event{}, unknown
	}
	p.endsCheck(s)
	return Event{}, nothing
}

// endsCheck ends the headers of the last check where the thread is said: it stands
// behind the whole message.
func (p *parser) endsCheck(s string) {
	_, thread := cutThread(s)
	if thread == "" || p.last == nil || !p.last.open {
		return
	}
	delete(p.debug, p.last.key)
	p.last.key.thread, p.last.open = strings.Clone(thread), false
	p.debug[p.last.key] = p.last
}

// cutThread cuts off thread=N, which newer proxies write at the end.
func cutThread(s string) (body, thread string) {
	i := strings.LastIndex(s, "thread=")
	if i <= 0 || strings.ContainsAny(s[i:], " \t") || s[i-1] != '\t' && s[i-1] != ' ' {
		return s, ""
	}
	return strings.TrimRight(s[:i], " \t"), limit(s[i+len("thread="):])
}

func (p *parser) begin(s string, key debugKey, pod Reporter) {
	key.pod, key.thread = strings.Clone(limit(key.pod)), strings.Clone(key.thread)
	c := &check{key: key, open: key.thread == "", event: Event{Format: EnvoyRBAC, Rule: -1}}
	head, headers, isHTTP := strings.Cut(s, ", headers: ")
	head, _, _ = strings.Cut(head, ", dynamicMetadata")
	e := &c.event
	e.Request.Connection = !isHTTP
	peer := labelled(head, "sourceIP: ")
	if peer == "" { // before Envoy 1.14
		peer = labelled(head, "remoteAddress: ")
	}
	e.Source.Address, _ = addressOf(peer)
	e.Source.Identity, _, _ = strings.Cut(labelled(head, "uriSanPeerCertificate: "), ",")
	e.Target.Address, e.Target.PodPort = addressOf(labelled(head, "localAddress: "))
	e.Target.Namespace, e.Target.Pod = pod.Namespace, pod.Name
	if sni := clusterOf(labelled(head, "requestedServerName: ")); sni.direction == "outbound" {
		e.Target.Host, e.Target.Port = sni.host, sni.port
	}
	e.keep()
	c.header(headers)
	if len(p.debug) >= maxChecks {
		clear(p.debug)
	}
	p.last, p.debug[c.key] = c, c
}

// labelled is the value behind a label, up to the comma. The last one counts: before
// it stands the server name, which the client chooses.
func labelled(s, label string) string {
	i := strings.LastIndex(s, label)
	if i < 0 {
		return ""
	}
	value, _, _ := strings.Cut(s[i+len(label):], ",")
	return strings.TrimSpace(value)
}

// header reads 'NAME', 'VALUE'.
func (c *check) header(s string) {
	name, value, ok := strings.Cut(strings.TrimPrefix(s, "'"), "', '")
	if !ok {
		return
	}
	value = kept(strings.TrimSuffix(value, "'"))
	switch r := &c.event.Request; name {
	case ":method":
		r.Method = value
	case ":path":
		r.Path, _, _ = strings.Cut(value, "?")
	case ":authority":
		r.Host = value
	case "x-forwarded-for":
		r.ForwardedFor = value
	case "x-request-id":
		r.id = value
	}
}

// decide is the event of a decision: what was checked before in the same thread.
func (p *parser) decide(s string, effect Effect, key debugKey) Event {
	c, ok := p.debug[key]
	if !ok && key.thread != "" { // the proxy says the thread only of some lines
		c, ok = p.debug[debugKey{pod: key.pod}]
	}
	e := Event{Format: EnvoyRBAC, Rule: -1}
	if ok {
		e, c.open = c.event, false
	}
	e.Effect = effect
	_, id, _ := strings.Cut(s, "matched policy ")
	id, _, _ = cutSpace(strings.TrimSpace(id))
	e.setRule(id)
	return e
}
