package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine says what the numbers were measured on, without saying whose it is.
func machine() string {
	cpu := fmt.Sprintf("%d × %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name", "processor"))
	var kib int64
	memory := ""
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal", ""), &kib); err == nil {
		memory = fmt.Sprintf(", %d GiB", (kib+1<<19)>>20)
	}
	return fmt.Sprintf("Measured on %s/%s, %s%s, %s.", runtime.GOOS, runtime.GOARCH, cpu, memory, runtime.Version())
}

// field is the value of the first line "name : value" of a file of /proc, or
// other where there is none.
func field(file, name, other string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return other
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return other
}
