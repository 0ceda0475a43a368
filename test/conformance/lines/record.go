package lines

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// record is a line of an access log, or a message of Envoy's own log, which may have
// several lines.
type record struct {
	first, last int // its lines
	text        string
	of          *happened // nil: of no request that is known
}

var (
	requestID = regexp.MustCompile(`lines-\d+x`)
	ends      = regexp.MustCompile(`(\S+) (\S+) \S+ \S+$`)
	peer      = regexp.MustCompile(`.*sourceIP: ([^ ,]+),.*localAddress: ([^ ,]+),`)
	start     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z\t`)
)

// index finds requests by their ids and by the ends of their connections.
type index map[string]*happened

func byEnds(remote, local string) string { return remote + " " + local }

func indexOf(all []*happened) index {
	out := index{}
	for _, x := range all {
		out[x.id] = x
		if x.reply.Remote != "" {
			out[byEnds(x.reply.Remote, x.reply.Local)] = x
		}
	}
	return out
}

func (in index) find(text, remote, local string) *happened {
	if x := in[requestID.FindString(text)]; x != nil {
		return x
	}
	return in[byEnds(remote, local)]
}

// accessRecords are those of an access log.
func (in index) accessRecords(file string, asJSON bool) ([]record, error) {
	lines, err := linesOf(file)
	if err != nil {
		return nil, err
	}
	var out []record
	for i, line := range lines {
		r := record{first: i + 1, last: i + 1, text: line}
		if !asJSON {
			if m := ends.FindStringSubmatch(line); m != nil {
				r.of = in.find(line, m[2], m[1])
			}
			out = append(out, r)
			continue
		}
		var fields struct {
			ID     string `json:"request_id"`
			Local  string `json:"downstream_local_address"`
			Remote string `json:"downstream_remote_address"`
		}
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		r.of = in.find(fields.ID, fields.Remote, fields.Local)
		out = append(out, r)
	}
	return out, nil
}

// ownRecords are those of Envoy's own log. What an RBAC filter decides comes after what
// it checks, in the same thread.
func (in index) ownRecords(file string, asJSON bool) ([]record, error) {
	lines, err := linesOf(file)
	if err != nil {
		return nil, err
	}
	var out []record
	for i, line := range lines {
		if !asJSON && len(out) > 0 && !start.MatchString(line) {
			out[len(out)-1].last, out[len(out)-1].text = i+1, out[len(out)-1].text+"\n"+line
			continue
		}
		out = append(out, record{first: i + 1, last: i + 1, text: line})
	}
	checks := map[string]*happened{}
	for i := range out {
		message, thread, err := out[i].message(asJSON)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, out[i].first, err)
		}
		switch {
		case strings.Contains(message, "checking request: "), strings.Contains(message, "checking connection: "):
			x := in[requestID.FindString(message)]
			if m := peer.FindStringSubmatch(message); m != nil && x == nil {
				x = in[byEnds(m[1], m[2])]
			}
			checks[thread] = x
			out[i].of = x
		case strings.Contains(message, "matched policy"):
			out[i].of = checks[thread]
		}
	}
	return out, nil
}

func (r record) message(asJSON bool) (message, thread string, err error) {
	if !asJSON {
		i := strings.LastIndex(r.text, "\tthread=")
		if i < 0 {
			return r.text, "", nil // before the log has its format
		}
		return r.text[:i], r.text[i:], nil
	}
	var fields struct{ Msg, Thread string }
	err = json.Unmarshal([]byte(r.text), &fields)
	return fields.Msg, fields.Thread, err
}

func linesOf(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"), nil
}
