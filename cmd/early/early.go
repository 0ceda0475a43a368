// Package early has no imports of ours or others', so that Go initializes it before
// the packages of Kubernetes: collecting garbage never pays in a program that is over
// in some milliseconds, and least while the types are registered.
package early

import (
	"os"
	"runtime/debug"
)

func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(800)
	}
}
