// Command peak runs a program and prints the largest resident set that it had,
// in bytes.
//
//	peak PROGRAM ARGS…
//
// It is a program of its own because Linux counts the memory of who starts a
// process as that of the process, up to its start. This one has next to none.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: peak PROGRAM ARGS…")
	}
	cmd := exec.Command(args[0], args[1:]...)
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		return err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell")
	}
	unit := int64(1024)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	fmt.Println(usage.Maxrss * unit)
	return nil
}
