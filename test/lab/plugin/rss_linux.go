package plugin

import "syscall"

// peakRSS is the largest resident set; Linux counts in KiB.
func peakRSS(usage *syscall.Rusage) int64 { return usage.Maxrss * 1024 }
