// Package early has no imports of ours or others', so that Go initializes it before
// the packages of Kubernetes: collecting garbage never pays in a program that is over
// in some milliseconds, and least while the types are registered.
package early

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// rare is how much more than what is in use may lie about in a small program.
	rare = 800
	// often is the same for one that uses much.
	often = 200
	much  = 48 << 20
)

func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(rare)
		watch()
	}
}

// watch waits for the next collection, and for the one in which much is in use. A large
// cluster would take nine times its size otherwise.
func watch() {
	runtime.AddCleanup(new([64]byte), func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Uint64() < much {
			watch()
			return
		}
		debug.SetGCPercent(often)
	}, struct{}{})
}
