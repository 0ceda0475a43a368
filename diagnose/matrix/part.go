package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// partKind is the kind of what a shard writes.
const partKind = "MatrixShard"

// About is what a shard's result says of itself beside the answers, so that nobody joins
// what does not belong together.
type About struct {
	// Version is that of the program.
	Version string `json:"version"`
	// Asked are the flags that say what is asked, by their names.
	Asked map[string]string `json:"asked,omitempty"`
	// Remarks are lines to be told beside the answer.
	Remarks []string `json:"remarks,omitempty"`
}

// head is what stands before the answers of a shard.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	About
	Shard    Share    `json:"shard"`
	Origin   string   `json:"origin"`
	Snapshot Digest   `json:"snapshot"`
	Classes  int      `json:"classes"` // of targets, of all shards
	Sources  []Source `json:"sources"`
	Targets  []Target `json:"targets"`
	InSight  InSight  `json:"inSight,omitzero"`
	Unread   []string `json:"unread,omitempty"`
}

// partColumn is the answers for one class of targets.
type partColumn struct {
	Class   int          `json:"class"`
	Targets []int        `json:"targets"` // by their places
	Answers []partAnswer `json:"answers,omitempty"`
	Error   string       `json:"error,omitempty"`
}

// partAnswer is what becomes of the requests of some sources.
type partAnswer struct {
	Cell
	By      string   `json:"by,omitempty"`
	Missing []string `json:"missing,omitempty"`
	Sources string   `json:"sources"` // their places: 0-3,7
}

// Part asks about a share of the targets and writes the answers as they come, as a JSON
// document: what it is about, then a line for each class of targets. [Join] makes the
// matrix of all shares. Errors are those of [New], and of writing.
func Part(ctx context.Context, w io.Writer, reader cluster.Reader, share Share, about About, o Options) error {
	r, err := prepare(ctx, reader, o)
	if err != nil {
		return err
	}
	return r.plan().part(ctx, w, share, about)
}

// part asks a share of it.
func (p plan) part(ctx context.Context, w io.Writer, share Share, about About) error {
	mine := share.deal(p.classNames())
	classes := make([][]int, len(mine))
	for i, class := range mine {
		classes[i] = p.due[class]
	}
	h := head{
		APIVersion: diagnose.APIVersion, Kind: partKind, About: about, Shard: share, Origin: p.m.Origin, Snapshot: p.digest(),
		Classes: len(p.due), Sources: p.m.Sources, Targets: p.m.Targets, InSight: p.m.InSight, Unread: p.m.Unread,
	}
	text, err := lineOf(h)
	if err != nil {
		return err
	}
	if err := written(w, string(bytes.TrimSuffix(text, []byte("}")))+",\n \"columns\": ["); err != nil {
		return err
	}
	at := 0
	err = p.all(ctx, classes, func(class []int, c column) error {
		text, err := lineOf(partOf(mine[at], class, c))
		if err != nil {
			return err
		}
		lead := "\n  "
		if at++; at > 1 {
			lead = "," + lead
		}
		return written(w, lead+string(text))
	})
	if err != nil {
		return err
	}
	return written(w, "\n]}\n")
}

// classNames name the classes of targets by their first.
func (p plan) classNames() []string {
	out := make([]string, len(p.due))
	for i, class := range p.due {
		out[i] = p.m.Targets[class[0]].Name
	}
	return out
}

func partOf(number int, class []int, c column) partColumn {
	out := partColumn{Class: number, Targets: class}
	if c.err != nil {
		out.Error = c.err.Error()
		return out
	}
	for _, a := range c.answers {
		out.Answers = append(out.Answers, partAnswer{a.Cell, a.by, a.missing, a.members.ranges()})
	}
	return out
}

// lineOf is the JSON of a value in one line.
func lineOf(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write the shard: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
