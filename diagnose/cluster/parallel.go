package cluster

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Parallel calls do with each number below n, on all cores, and returns when all calls
// have. Nobody may count on their order.
func Parallel(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				do(i - 1)
			}
		})
	}
	wait.Wait()
}
