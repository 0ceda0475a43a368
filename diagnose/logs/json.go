package logs

import (
	"encoding/json"
	"strings"
)

// text is a value of a log in JSON: what is no string stands as it is written.
type text string

// UnmarshalJSON reads any value.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case string(b) == "null":
	case json.Unmarshal(b, &s) == nil:
	default:
		s = string(b)
	}
	*t = text(s)
	return nil
}

// jsonLine has the fields of all logs that may be JSON; a line is of the one whose
// fields it has.
type jsonLine struct {
	access
	connection
	Thread  text `json:"thread"`
	Scope   text `json:"scope"`
	Time    text `json:"time"`
	Message text `json:"message"`
	Msg     text `json:"msg"`
}

func (p *parser) json(s string, pod Reporter) (Event, state) {
	var l jsonLine
	if err := json.Unmarshal([]byte(s), &l); err != nil {
		return Event{}, unknown
	}
	e, is := Event{}, unknown
	switch {
	case l.Scope == "access" || l.SrcAddr != "":
		e, is = l.connection.event(string(l.Message))
	case l.Code != "" || l.Flags != "" || l.Details != "":
		return l.access.event(pod)
	case strings.Contains(string(l.Scope), "rbac"): // Envoy's own log under --log_as_json
		e, is = p.lines(string(l.Msg), limit(string(l.Thread)), pod)
	case strings.Contains(string(l.Msg), "denied for connection"):
		e, is = kmeshDenial(string(l.Msg))
	}
	if is != unknown {
		e.Time = timeOf(string(l.Time))
	}
	return e, is
}

// lines reads a message of the RBAC filter that has all of its lines.
func (p *parser) lines(msg, thread string, pod Reporter) (Event, state) {
	first, rest, _ := strings.Cut(msg, "\n")
	e, is := p.message(first, thread, pod)
	if c := p.debug[debugKey{pod.Name, thread}]; c != nil && strings.HasPrefix(first, "checking ") {
		for line := range strings.SplitSeq(rest, "\n") {
			c.header(line)
		}
	}
	delete(p.open, pod.Name)
	return e, is
}
