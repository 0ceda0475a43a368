package matrix

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Input holds results of shards: a file of one, or the logs of several, one behind the
// other. Name is for errors.
type Input struct {
	Name string
	Text io.ReaderAt
	Size int64
}

// partFile is the result of one shard while it is read: what it is about is known, and
// the answers come one class at a time.
type partFile struct {
	name    string
	head    head
	decoder *json.Decoder
	next    *partColumn // nil: there is no more
}

// documents finds where the results of shards begin in an input: at lines that begin with
// a brace, for everything within is indented. Other lines before and between are remarked.
func (in Input) documents() (starts []int64, remarks []string, err error) {
	r := bufio.NewReader(io.NewSectionReader(in.Text, 0, in.Size))
	at, other := int64(0), ""
	for {
		line, err := r.ReadSlice('\n')
		first := bytes.TrimSpace(line[:min(len(line), 100)])
		switch {
		case len(line) > 0 && line[0] == '{':
			starts = append(starts, at)
		case len(starts) == 0 && len(first) > 0 && other == "":
			other = string(first)
		}
		at += int64(len(line))
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.ReadSlice('\n')
			at += int64(len(line))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", in.Name, err)
		}
	}
	switch {
	case at == 0:
		return nil, nil, fmt.Errorf("%s is empty: its shard has not finished; run it again", in.Name)
	case len(starts) == 0:
		return nil, nil, fmt.Errorf("%s is no result of matrix --shard: it begins with %s", in.Name, strconv.Quote(other))
	case other != "":
		remarks = append(remarks, fmt.Sprintf("note: %s: what comes before the results is left out: %s", in.Name, strconv.Quote(other)))
	}
	return starts, remarks, nil
}

// parts opens the results of an input.
func (in Input) parts() (parts []*partFile, remarks []string, err error) {
	starts, remarks, err := in.documents()
	if err != nil {
		return nil, nil, err
	}
	for i, start := range starts {
		end, name := in.Size, in.Name
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if len(starts) > 1 {
			name = fmt.Sprintf("%s (document %d)", in.Name, i+1)
		}
		p := &partFile{name: name, decoder: json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(in.Text, start, end-start), 1<<16))}
		if err := p.open(); err != nil {
			return nil, nil, err
		}
		parts = append(parts, p)
	}
	return parts, remarks, nil
}

// open reads up to the first answers.
func (p *partFile) open() error {
	if _, err := p.decoder.Token(); err != nil {
		return p.broken(err)
	}
	fields := map[string]json.RawMessage{}
	columns := false
	for !columns && p.decoder.More() {
		key, err := p.decoder.Token()
		if err != nil {
			return p.broken(err)
		}
		name, _ := key.(string)
		if columns = name == "columns"; columns {
			break
		}
		var value json.RawMessage
		if err := p.decoder.Decode(&value); err != nil {
			return p.broken(err)
		}
		if fields[name] = value; name == "kind" {
			_ = json.Unmarshal(value, &p.head.Kind) // what is none is no shard's
		}
	}
	_ = json.Unmarshal(fields["apiVersion"], &p.head.APIVersion) // as with the kind
	switch {
	case p.head.Kind == "Matrix":
		return fmt.Errorf("%s is a whole matrix, not a shard's: shards are made with matrix --shard INDEX/COUNT", p.name)
	case p.head.Kind != partKind:
		return fmt.Errorf("%s is no result of matrix --shard: its kind is %s", p.name, strconv.Quote(p.head.Kind))
	case p.head.APIVersion != diagnose.APIVersion:
		return fmt.Errorf("%s is of version %q, and this plugin reads %s: join it with the plugin that made it", p.name, p.head.APIVersion, diagnose.APIVersion)
	}
	text, err := json.Marshal(fields)
	if err == nil {
		err = json.Unmarshal(text, &p.head)
	}
	if err != nil {
		return p.broken(err)
	}
	if !columns {
		return p.broken(io.ErrUnexpectedEOF)
	}
	if _, err := ParseShare(p.head.Shard.String()); err != nil {
		return p.broken(err)
	}
	if open, err := p.decoder.Token(); err != nil || open != json.Delim('[') {
		return p.broken(err)
	}
	return p.advance()
}

// advance reads the answers for the next class.
func (p *partFile) advance() error {
	if p.next = nil; p.decoder.More() {
		p.next = &partColumn{}
		if err := p.decoder.Decode(p.next); err != nil {
			return p.broken(err)
		}
		return nil
	}
	for range "]}" {
		if _, err := p.decoder.Token(); err != nil {
			return p.broken(err)
		}
	}
	return nil
}

// broken says what is wrong with the text of a result.
func (p *partFile) broken(err error) error {
	again := "run its shard again"
	if p.head.Shard.Count > 0 {
		again = "run shard " + p.head.Shard.String() + " again"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is cut off: %s", p.name, again)
	}
	if p.head.Kind == "" {
		return fmt.Errorf("%s is no result of matrix --shard", p.name)
	}
	why := ""
	if err != nil {
		why = " (" + strings.TrimPrefix(err.Error(), "json: ") + ")"
	}
	return fmt.Errorf("%s cannot be read as a shard's result%s: %s", p.name, why, again)
}
