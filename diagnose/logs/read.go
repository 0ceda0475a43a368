package logs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is how much of a line is looked at. What a client sends may make a line long:
// Istio's proxies take 60 KiB of headers, and JSON writes up to six bytes for one.
const maxLine = 1 << 20

// Options say what the lines do not.
type Options struct {
	// Pod is whose log it is.
	Pod Reporter
	// Namespace is that of the Pods that `kubectl logs --prefix` names.
	Namespace string
}

// Read calls emit for each event of the log, in order. It ends with the log, with an
// error of r, with one of emit, or with one that says that it is no text. What it needs
// of memory does not grow.
func Read(r io.Reader, o Options, emit func(Event) error) (Stats, error) {
	p := &parser{options: o, debug: map[debugKey]*check{}, open: map[string]*check{}}
	in := bufio.NewReaderSize(r, maxLine)
	if err := isText(in); err != nil {
		return p.stats, err
	}
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

// What Read does not read.
var (
	errCompressed = errors.New("it is compressed with gzip: pipe what gunzip -c FILE writes into this command")
	errUTF16      = errors.New("it is UTF-16, as PowerShell writes what is sent to a file: convert it to UTF-8, as with iconv -f UTF-16 -t UTF-8")
)

// isText looks at how a log begins. What it cannot read will show in the next read.
func isText(in *bufio.Reader) error {
	head, _ := in.Peek(2)
	switch string(head) {
	case "\x1f\x8b":
		return errCompressed
	case "\xff\xfe", "\xfe\xff":
		return errUTF16
	case "\xef\xbb":
		if head, _ = in.Peek(3); string(head) == "\ufeff" {
			_, _ = in.Discard(len(head)) // it is in the buffer
		}
	}
	return nil
}

// parser goes through one log.
type parser struct {
	options Options
	stats   Stats
	// debug are the requests that an RBAC filter said it checks, and has not yet
	// decided; open are those whose lines may go on, by the Pod. Both are bounded by
	// maxChecks.
	debug map[debugKey]*check
	open  map[string]*check
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
	if contains(line, marks) || len(p.open) > 0 {
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

// parse tries the formats. Which one it is must show in how the line begins: what comes
// later may be the words of a client.
func (p *parser) parse(s string) (Event, state) {
	pod, stamp, s := p.prefix(s)
	var try []func(string, Reporter) (Event, state)
	switch {
	case strings.HasPrefix(s, "{"):
		try = []func(string, Reporter) (Event, state){p.json}
	case p.continues(s, pod):
		return Event{}, nothing
	case isAccess(s):
		try = []func(string, Reporter) (Event, state){accessText}
	default:
		try = []func(string, Reporter) (Event, state){p.rbac, ztunnelText, kmesh}
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

// maxHead is how long what stands before a message may be: times, levels, names.
const maxHead = 256

// isHead reports whether s may stand before a message: nobody was quoted yet.
func isHead(s string) bool { return len(s) <= maxHead && !strings.ContainsAny(s, `"'`) }
