package logs

import "strings"

// accessText reads Istio's default text format:
//
//	[START_TIME] "METHOD PATH PROTOCOL" CODE FLAGS DETAILS TERMINATION "FAILURE" RECEIVED SENT
//	DURATION UPSTREAM_TIME "X-FORWARDED-FOR" "USER-AGENT" "X-REQUEST-ID" "AUTHORITY"
//	"UPSTREAM_HOST" UPSTREAM_CLUSTER UPSTREAM_LOCAL LOCAL REMOTE SNI ROUTE
//
// all in one line. Envoy does not escape quotes, and a client may send any in the headers
// that are logged: what follows them is read from the end. Only the path comes before the
// reason, and a client may choose it freely too, by x-envoy-original-path. So there may be
// several readings, of which settle takes one.
func accessText(s string, pod Reporter) (Event, state) {
	before, rest, _ := strings.Cut(s, `] "`)
	start := text(before[strings.LastIndexByte(before, '[')+1:])
	var tail access
	tail.tail(rest)
	var all []access
	for i := 0; len(all) < maxReadings; {
		next := strings.Index(rest[i:], `" `)
		if next < 0 {
			break
		}
		i += next
		a := tail
		a.StartTime = start
		if a.request(rest[:i]) && a.front(rest[i+2:]) {
			all = append(all, a)
		}
		i += 2
	}
	if len(all) == 0 {
		return Event{}, unknown
	}
	return settle(all, pod)
}

// maxReadings bounds how many readings of a line are weighed.
const maxReadings = 16

// isAccess reports whether a line is Envoy's default text: a time in brackets and a quote.
func isAccess(s string) bool {
	before, _, ok := strings.Cut(s, `] "`)
	open := strings.LastIndexByte(before, '[')
	return ok && open >= 0 && isHead(before) && !timeOf(before[open+1:]).IsZero()
}

// settle takes the reading that goes with what the client cannot write: whether the
// request was forwarded. If several do and they differ, the reason is open.
func settle(all []access, pod Reporter) (Event, state) {
	if len(all) == 1 {
		return all[0].event(pod)
	}
	forwarded := all[0].Upstream != "" && all[0].Upstream != "-"
	var out Event
	found := unknown
	for _, a := range all {
		e, is := a.event(pod)
		switch {
		case forwarded == (is == event && e.Effect == Denied), !forwarded && a.Details == "via_upstream":
		case found == unknown:
			out, found = e, is
		case found != is || out.Effect != e.Effect || out.Reason != e.Reason || out.Policy != e.Policy || out.Rule != e.Rule:
			out.Effect, out.Reason, out.Policy, out.Rule, out.Says, found = Denied, Rejected, "", -1, twoWays, event
		}
	}
	if found == unknown {
		return Event{}, nothing
	}
	return out, found
}

// twoWays is what is said of a line that has several readings.
const twoWays = "the client has sent what looks like a part of the log"

// request reads METHOD PATH PROTOCOL.
func (a *access) request(s string) bool {
	method, rest, ok := strings.Cut(s, " ")
	last := strings.LastIndexByte(rest, ' ')
	if !ok || last < 0 || rest[last+1:] != "-" && !strings.HasPrefix(rest[last+1:], "HTTP/") {
		return false
	}
	a.Method, a.Path = text(method), text(rest[:last])
	return true
}

// front reads CODE FLAGS DETAILS TERMINATION and what follows. The line may be cut.
func (a *access) front(s string) bool {
	front := strings.SplitN(s, " ", 5)
	for i, f := range []*text{&a.Code, &a.Flags, &a.Details, &a.Termination} {
		if i < len(front) {
			*f = text(front[i])
		}
	}
	if portOf(string(a.Code)) == 0 && a.Code != "0" {
		return false
	}
	if len(front) == 5 {
		a.middle(front[4])
	}
	return true
}

// middle reads "FAILURE" RECEIVED SENT DURATION UPSTREAM_TIME "X-FORWARDED-FOR".
func (a *access) middle(s string) {
	failure, rest, ok := strings.Cut(strings.TrimPrefix(s, `"`), `" `)
	if !ok {
		return
	}
	a.Failure = text(failure)
	numbers := strings.SplitN(rest, " ", 5)
	if len(numbers) < 5 {
		return
	}
	if forwarded, _, ok := strings.Cut(strings.TrimPrefix(numbers[4], `"`), `" `); ok {
		a.Forwarded = text(forwarded)
	}
}

// tail reads "X-REQUEST-ID" "AUTHORITY" "UPSTREAM_HOST" and the six words after. A
// line that was cut has no tail, and says less.
func (a *access) tail(s string) {
	s = strings.TrimRight(s, " ")
	var words [6]string
	for i := range words {
		cut := strings.LastIndexByte(s, ' ')
		if cut < 0 {
			return
		}
		s, words[i] = s[:cut], s[cut+1:]
	}
	if strings.Contains(words[5], `"`) { // some words are not there
		return
	}
	var quoted [3]string
	for i := range quoted {
		if !strings.HasSuffix(s, `"`) {
			return
		}
		cut := strings.LastIndex(s[:len(s)-1], ` "`)
		if cut < 0 {
			return
		}
		s, quoted[i] = s[:cut], s[cut+2:len(s)-1]
	}
	a.SNI, a.Remote, a.Local, a.Cluster = text(words[1]), text(words[2]), text(words[3]), text(words[5])
	a.Upstream, a.Authority, a.RequestID = text(quoted[0]), text(quoted[1]), text(quoted[2])
}
