//go:build !linux

package plugin

import "syscall"

// peakRSS is the largest resident set; Darwin counts in bytes.
func peakRSS(usage *syscall.Rusage) int64 { return usage.Maxrss }
