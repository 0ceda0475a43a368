package matrix

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Join makes the matrix of the results of all shards: the same as that of one process.
// It holds the answers for one class of targets of each shard at a time. about is what
// the shards say of themselves, with what is to be told of the inputs. An error names the
// input that does not belong to the others, and what to do.
func Join(ctx context.Context, inputs []Input, progress func(done, total int)) (m *Matrix, about About, err error) {
	var parts []*partFile
	var remarks []string
	for _, in := range inputs {
		some, said, err := in.parts()
		if err != nil {
			return nil, About{}, err
		}
		parts, remarks = append(parts, some...), append(remarks, said...)
	}
	if len(parts) == 0 {
		return nil, About{}, errors.New("there is no result of a shard to join")
	}
	if err := belongTogether(parts); err != nil {
		return nil, About{}, err
	}
	h := parts[0].head
	about = h.About
	about.Remarks = append(remarks, about.Remarks...)
	m = &Matrix{Origin: h.Origin, Sources: h.Sources, Targets: h.Targets, InSight: h.InSight, Unread: h.Unread}
	k := &maker{m: m}
	for class := range h.Classes {
		if err := ctx.Err(); err != nil {
			return nil, About{}, err
		}
		if err := joinClass(k, parts, class); err != nil {
			return nil, About{}, err
		}
		if progress != nil {
			progress(class+1, h.Classes)
		}
	}
	for _, p := range parts {
		if p.next != nil {
			return nil, About{}, p.broken(fmt.Errorf("it answers for class %d, of %d", p.next.Class, h.Classes))
		}
	}
	k.rows()
	return m, about, nil
}

// joinClass takes the answers for a class from the shard that has them.
func joinClass(k *maker, parts []*partFile, class int) error {
	i := slices.IndexFunc(parts, func(p *partFile) bool { return p.next != nil && p.next.Class == class })
	if i < 0 {
		return fmt.Errorf("no shard answers for class %d of the targets: run all shards again", class)
	}
	p := parts[i]
	c, err := p.next.column(k.m)
	if err != nil {
		return p.broken(err)
	}
	k.take(p.next.Targets, c)
	return p.advance()
}

// column is the answers as they were before they were written.
func (c *partColumn) column(m *Matrix) (column, error) {
	if len(c.Targets) == 0 || slices.ContainsFunc(c.Targets, func(t int) bool { return t < 0 || t >= len(m.Targets) }) {
		return column{}, fmt.Errorf("class %d has no such targets", c.Class)
	}
	if c.Error != "" {
		return column{err: errors.New(c.Error)}, nil
	}
	var out column
	all := newSet(len(m.Sources))
	for _, a := range c.Answers {
		members, ok := parseRanges(a.Sources, len(m.Sources))
		if !ok || members.empty() || members.intersects(all) {
			return column{}, fmt.Errorf("class %d has no such sources: %q", c.Class, a.Sources)
		}
		all.join(members)
		out.answers = append(out.answers, answer{detail{a.Cell, a.By, a.Missing}, members})
	}
	if n := all.count(); n != len(m.Sources) {
		return column{}, fmt.Errorf("class %d has answers for %d of %d sources", c.Class, n, len(m.Sources))
	}
	return out, nil
}

// belongTogether makes sure that the parts are all shards of one matrix, each once.
func belongTogether(parts []*partFile) error {
	first := parts[0]
	at := map[int]*partFile{}
	for _, p := range parts {
		if twin := at[p.head.Shard.Index]; twin != nil && p.head.Shard == twin.head.Shard {
			return fmt.Errorf("%s and %s are both shard %s: leave one out", twin.name, p.name, p.head.Shard)
		}
		at[p.head.Shard.Index] = p
		if err := first.like(p); err != nil {
			return err
		}
		if p != first { // they are the same
			p.head.Sources, p.head.Targets = nil, nil
		}
	}
	var missing []string
	for i := range first.head.Shard.Count {
		if at[i] == nil {
			missing = append(missing, Share{i, first.head.Shard.Count}.String())
		}
	}
	const most = 5
	switch n := len(missing); {
	case n == 1:
		return fmt.Errorf("the result of shard %s is missing: name its file, too, or run matrix --shard %s", missing[0], missing[0])
	case n > most:
		return fmt.Errorf("the results of %d shards are missing: %s and %d more: name their files, too, or run them", n, strings.Join(missing[:most], ", "), n-most)
	case n > 0:
		return fmt.Errorf("the results of shards %s are missing: name their files, too, or run them", strings.Join(missing, ", "))
	}
	return nil
}

// like is an error if the other is no shard of the same matrix.
func (p *partFile) like(other *partFile) error {
	a, b := p.head, other.head
	switch {
	case a.Shard.Count != b.Shard.Count:
		return fmt.Errorf("%s is shard %s and %s shard %s: join those of one run", p.name, a.Shard, other.name, b.Shard)
	case a.Version != b.Version:
		return fmt.Errorf("%s is of plugin %s and %s of %s: run all shards with one version", p.name, a.Version, other.name, b.Version)
	case !maps.Equal(a.Asked, b.Asked):
		return fmt.Errorf("%s was asked with %s and %s with %s: run all shards with the same flags", p.name, flagWords(a.Asked), other.name, flagWords(b.Asked))
	}
	if kinds := a.Snapshot.differs(b.Snapshot); len(kinds) > 0 {
		return fmt.Errorf("%s and %s have seen different clusters (%s): ask all shards about one snapshot, see snapshot --help", p.name, other.name, strings.Join(kinds, ", "))
	}
	if a.Classes != b.Classes || !slices.Equal(a.Sources, b.Sources) || !slices.Equal(a.Targets, b.Targets) {
		return fmt.Errorf("%s and %s have other sources or targets: run all shards with the same flags", p.name, other.name)
	}
	return nil
}

// flagWords are flags as they are typed.
func flagWords(asked map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		out = append(out, "--"+name+" "+asked[name])
	}
	if len(out) == 0 {
		return "no flags"
	}
	return strings.Join(out, " ")
}
