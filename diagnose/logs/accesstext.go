package logs

import "strings"

// accessText reads Istio's default text format:
//
//	[START_TIME] "METHOD PATH PROTOCOL" CODE FLAGS DETAILS TERMINATION "FAILURE" RECEIVED SENT
//	DURATION UPSTREAM_TIME "X-FORWARDED-FOR" "USER-AGENT" "X-REQUEST-ID" "AUTHORITY"
//	"UPSTREAM_HOST" UPSTREAM_CLUSTER UPSTREAM_LOCAL LOCAL REMOTE SNI ROUTE
//
// all in one line. Envoy does not escape quotes, and a client may send any in its
// user agent: what stands before that is read from the front, what follows from the end.
func accessText(s string, pod Reporter) (Event, state) {
	before, rest, ok := strings.Cut(s, `] "`)
	open := strings.LastIndexByte(before, '[')
	if !ok || open < 0 || timeOf(before[open+1:]).IsZero() {
		return Event{}, unknown
	}
	a := access{StartTime: text(before[open+1:])}
	request, rest, _ := strings.Cut(rest, `" `)
	if !a.request(request) {
		return Event{}, unknown
	}
	front := strings.SplitN(rest, " ", 5)
	for i, f := range []*text{&a.Code, &a.Flags, &a.Details, &a.Termination} {
		if i < len(front) {
			*f = text(front[i])
		}
	}
	if portOf(string(a.Code)) == 0 && a.Code != "0" {
		return Event{}, unknown
	}
	if len(front) == 5 {
		a.middle(front[4])
		a.tail(front[4])
	}
	return a.event(pod)
}

// request reads METHOD PATH PROTOCOL.
func (a *access) request(s string) bool {
	method, rest, ok := strings.Cut(s, " ")
	last := strings.LastIndexByte(rest, ' ')
	if !ok || last < 0 {
		return false
	}
	a.Method, a.Path = text(method), text(rest[:last])
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
	a.Authority, a.RequestID = text(quoted[1]), text(quoted[2])
}
