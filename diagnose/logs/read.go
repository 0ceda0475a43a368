package logs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is how much of a line is looked at.
const maxLine = 64 << 10

// Options say what the lines do not.
type Options struct {
	// Pod is whose log it is.
	Pod Reporter
	// Namespace is that of the Pods that `kubectl logs --prefix` names.
	Namespace string
}

// Read calls emit for each event of the log, in order. It ends with the log, with an
// error of r, or with one of emit. What it needs of memory does not grow.
func Read(r io.Reader, o Options, emit func(Event) error) (Stats, error) {
	p := &parser{options: o, debug: map[debugKey]*check{}}
	in := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		cut := errors.Is(err, bufio.ErrBufferFull)
		if len(line) > 0 {
			p.stats.Lines++
			if cut {
				p.stats.Cut++
			}
			if e, ok := p.line(line); ok {
				if err := emit(e); err != nil {
					return p.stats, err
				}
			}
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n') // the rest of what was cut
		}
		switch {
		case errors.Is(err, io.EOF):
			return p.stats, nil
		case err != nil:
			return p.stats, fmt.Errorf("line %d: %w", p.stats.Lines+1, err)
		}
	}
}

// parser goes through one log.
type parser struct {
	options Options
	stats   Stats
	// debug are the requests that an RBAC filter said it checks, and has not yet
	// decided, bounded by maxChecks; last is the one whose lines may go on.
	debug map[debugKey]*check
	last  *check
}

// marks are in every line that tells of a denial or belongs to one that does.
var marks = [][]byte{
	[]byte("rbac_access_denied"), []byte("ext_authz_"), []byte("jwt_authn_access_denied"), []byte("filter_chain_not_found"),
	[]byte("enforced denied"), []byte("shadow denied"), []byte("checking request: "), []byte("checking connection: "),
	[]byte("policy rejection"), []byte("policy change"), []byte("http status: 401"), []byte("blocking HBONE"),
	[]byte("connection failed"), []byte("dry-run: "), []byte("denied for connection"), []byte("auth denied"),
	[]byte("UF"), []byte("UC"), []byte("UAEX"), []byte("', '"), []byte("thread="), []byte(", dynamicMetadata"),
}

// known are in lines that are understood but tell of nothing.
var known = [][]byte{
	[]byte("connection complete"), []byte("connection opened"), []byte("enforced allowed"), []byte("shadow allowed"),
	[]byte(`"response_code"`), []byte(`"response_flags"`), []byte("subsys="),
}

func contains(line []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(line, m) {
			return true
		}
	}
	return false
}

// line understands a line, and counts it.
func (p *parser) line(line []byte) (Event, bool) {
	if contains(line, marks) {
		e, state := p.parse(strings.TrimRight(string(line), "\r\n"))
		switch state {
		case event:
			e.Line = p.stats.Lines
			e.keep()
			p.count(e.Effect)
			return e, true
		case nothing:
			p.stats.Others++
			return Event{}, false
		case unknown:
		}
	}
	if contains(line, known) || bytes.Contains(line, []byte(`Z] "`)) {
		p.stats.Others++
	} else {
		p.stats.Unknown++
	}
	return Event{}, false
}

func (p *parser) count(e Effect) {
	switch e {
	case Denied:
		p.stats.Denied++
	case DryRun:
		p.stats.DryRun++
	case Broken:
		p.stats.Broken++
	}
}

// state is what became of a line.
type state uint8

const (
	unknown state = iota // not of this format
	nothing              // of this format, and tells of nothing
	event
)

// parse tries the formats.
func (p *parser) parse(s string) (Event, state) {
	pod, stamp, s := p.prefix(s)
	try := []func(string, Reporter) (Event, state){p.rbac, ztunnelText, kmesh, accessText}
	if strings.HasPrefix(s, "{") {
		try = []func(string, Reporter) (Event, state){p.json}
	}
	for _, format := range try {
		e, is := format(s, pod)
		if is == unknown {
			continue
		}
		if e.Time.IsZero() {
			e.Time = stamp
		}
		return e, is
	}
	return Event{}, unknown
}
