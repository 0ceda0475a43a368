package logs

import (
	"slices"
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
	event Event
}

// rbac reads Envoy's own log, of the RBAC filter at the level debug. A check comes
// first and goes over several lines, one for each header; the decision comes later.
func (p *parser) rbac(s string, pod Reporter) (Event, state) {
	for _, mark := range []string{"checking request: ", "checking connection: ", "enforced denied", "shadow denied", "enforced allowed", "shadow allowed"} {
		head, _, ok := strings.Cut(s, mark)
		if ok && ofRBAC(head) {
			body, thread := cutThread(s[len(head):])
			return p.message(body, thread, pod)
		}
	}
	return Event{}, unknown
}

// ofRBAC reports whether what stands before a message is of the RBAC filter: it ends
// with the name of the logger, or with the file and line.
func ofRBAC(head string) bool {
	words := strings.Fields(head)
	if len(words) == 0 || !isHead(head) || !strings.Contains(head, "rbac") {
		return false
	}
	last := strings.Trim(words[len(words)-1], "[]")
	return strings.HasSuffix(last, "rbac") || strings.Contains(last, ".cc:")
}

// message reads the first line of a message.
func (p *parser) message(body, thread string, pod Reporter) (Event, state) {
	key := debugKey{pod.Name, thread}
	switch {
	case strings.HasPrefix(body, "checking "):
		p.begin(body, key, pod)
	case strings.HasPrefix(body, "enforced denied"):
		return p.decide(body, Denied, key), event
	case strings.HasPrefix(body, "shadow denied"):
		e := p.decide(body, DryRun, key)
		if strings.HasPrefix(e.Says, asksAuthorizer) {
			return Event{}, nothing
		}
		return e, event
	case strings.HasPrefix(body, "enforced allowed"), strings.HasPrefix(body, "shadow allowed"):
	default:
		return Event{}, unknown
	}
	return Event{}, nothing
}

// asksAuthorizer begins the ids of the rules of CUSTOM policies. That one matches in the
// shadow only has the next filter ask the authorizer (pilot/pkg/security/authz/builder).
const asksAuthorizer = "istio-ext-authz-"

// levels are how Envoy and Istio's agent begin a message, after the time.
var levels = []string{"trace", "debug", "info", "warning", "warn", "error", "critical", "fatal", "off"}

// continues reads a line that goes on with what a message of the Pod has begun.
func (p *parser) continues(s string, pod Reporter) bool {
	c := p.open[pod.Name]
	if c == nil {
		return false
	}
	level, _, _ := cutSpace(s)
	if isAccess(s) || strings.HasPrefix(s, "[") || slices.Contains(levels, level) {
		delete(p.open, pod.Name)
		return false
	}
	if strings.HasPrefix(s, "'") {
		c.header(s)
		return true
	}
	if _, thread := cutThread(s); thread != "" { // it stands behind the whole message
		delete(p.open, pod.Name)
		delete(p.debug, c.key)
		c.key.thread = strings.Clone(thread)
		p.debug[c.key] = c
	}
	return true
}

// cutThread cuts off thread=N, which newer proxies write at the end. In a line that
// ends with a header it would be the client's.
func cutThread(s string) (body, thread string) {
	i := strings.LastIndex(s, "thread=")
	if i < 0 || strings.ContainsAny(s[i:], " \t'") || i > 0 && s[i-1] != '\t' && s[i-1] != ' ' {
		return s, ""
	}
	return strings.TrimRight(s[:i], " \t"), limit(s[i+len("thread="):])
}

func (p *parser) begin(s string, key debugKey, pod Reporter) {
	key.pod, key.thread = strings.Clone(limit(key.pod)), strings.Clone(key.thread)
	c := &check{key: key, event: Event{Format: EnvoyRBAC, Rule: -1}}
	head, headers, isHTTP := strings.Cut(s, ", headers: ")
	head, _, _ = strings.Cut(head, ", dynamicMetadata")
	e := &c.event
	e.Request.Connection = !isHTTP
	peer := labelled(head, "sourceIP: ")
	if peer == "" { // before Envoy 1.14
		peer = labelled(head, "remoteAddress: ")
	}
	if !isHTTP {
		e.Request.id = peer
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
		clear(p.open)
	}
	p.debug[c.key] = c
	delete(p.open, c.key.pod)
	if key.thread == "" {
		p.open[c.key.pod] = c
	}
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
		e = c.event
	}
	e.Effect = effect
	_, id, _ := strings.Cut(s, "matched policy ")
	id, _, _ = cutSpace(strings.TrimSpace(id))
	e.setRule(id)
	return e
}
