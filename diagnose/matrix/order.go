package matrix

import (
	"context"
	"runtime"
	"sync"
)

// inOrder has n classes of targets answered for, several at a time, each by a worker that
// keeps what it needs for itself. take gets the answers in their order, as soon as they and
// those before are there; its error ends it all.
func inOrder(ctx context.Context, n int, worker func() func(context.Context, int) column, take func(int, column) error, progress func(done, total int)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan int)
	done := make([]*column, n)
	var mu sync.Mutex
	next := 0
	var failed error
	finish := func(i int, c column) {
		mu.Lock()
		defer mu.Unlock()
		if done[i] = &c; failed != nil {
			return
		}
		for ; next < n && done[next] != nil && failed == nil; next++ {
			if failed = take(next, *done[next]); failed != nil {
				cancel()
			}
			if done[next] = &(column{}); progress != nil {
				progress(next+1, n)
			}
		}
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		answer := worker()
		workers.Go(func() {
			for i := range work {
				finish(i, answer(ctx, i))
			}
		})
	}
	for i := range n {
		select {
		case work <- i:
		case <-ctx.Done():
		}
	}
	close(work)
	workers.Wait()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}
