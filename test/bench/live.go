package main

import (
	"context"
	"fmt"
	"time"
)

// live measures reading all Pods, in turn with a program that lists them page by page, and
// completing names, all on the cluster as it is.
func (b *bench) live(ctx context.Context, pods int) ([]row, error) {
	read, err := b.build(ctx, "read")
	if err != nil {
		return nil, err
	}
	list, err := b.build(ctx, "list")
	if err != nil {
		return nil, err
	}
	var ours, bare, source, target []time.Duration
	for range min(b.runs, whole) {
		for _, one := range []struct {
			took    *[]time.Duration
			program string
			args    []string
		}{
			{&ours, read, nil},
			{&bare, list, nil},
			{&source, b.plugin.Binary, []string{"__complete", "many-0123"}},
			{&target, b.plugin.Binary, []string{"__complete", "sleep." + b.far, "http://many-12"}},
		} {
			a, err := b.run(ctx, 0, one.program, one.args...)
			if err != nil {
				return nil, err
			}
			*one.took = append(*one.took, a.Took)
		}
	}
	among := fmt.Sprintf("among %d Pods", pods)
	return []row{
		{what: fmt.Sprintf("reading %d Pods, to a bare paged list of them", pods), limit: 1.3, got: ratio(median(ours), median(bare)), unit: times},
		{what: "completing a SOURCE " + among, limit: 150, got: ms(median(source)), unit: milliseconds},
		{what: "completing a TARGET " + among, limit: 150, got: ms(median(target)), unit: milliseconds},
		{what: fmt.Sprintf("· reading %d Pods", pods), got: ms(median(ours)), unit: milliseconds},
		{what: fmt.Sprintf("· listing %d Pods, page by page", pods), got: ms(median(bare)), unit: milliseconds},
	}, nil
}
