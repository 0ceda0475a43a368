package lines

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// longest is how long a record of the sample may be.
const longest = 4 << 10

// sample writes what a log has of the hand-written requests, and what it tells: NAME.log
// and NAME.want, which has an event in a line.
func (r *run) sample(name string, records []record, events []event) error {
	if r.sampled == nil || r.sampled[name] {
		return nil
	}
	r.sampled[name] = true
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.Line, b.Line) })
	var log, want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	line := 0
	for _, rec := range records {
		if !rec.exemplary() {
			continue
		}
		for _, e := range events {
			if rec.first <= e.Line && e.Line <= rec.last {
				e.Line += line + 1 - rec.first
				if err := encoder.Encode(e); err != nil {
					return err
				}
			}
		}
		log.WriteString(rec.text + "\n")
		line += rec.last - rec.first + 1
	}
	base := filepath.Join(r.Sample, name)
	if err := os.WriteFile(base+".log", log.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".want", want.Bytes(), 0o644)
}

// exemplary reports whether a record is one for the sample: of a request, and of the many
// about paths and headers only a few in Envoy's own log, whose messages are long.
func (r record) exemplary() bool {
	if r.of == nil || len(r.text) > longest {
		return false
	}
	own := strings.Contains(r.text, "envoy rbac")
	return !own || !strings.HasPrefix(r.of.world.Name, "paths") || r.of.reason != "" && r.of.Target == "/header"
}
