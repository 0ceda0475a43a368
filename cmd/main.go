package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Main runs the command line args, the program's own name first, and returns the
// exit status.
func Main(args []string, streams genericiooptions.IOStreams) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(interrupted, syscall.SIGHUP)
	}
	defer signal.Stop(interrupted)

	// An interrupt waits for nobody, not even for what does not heed ctx, but for the
	// terminal to be as it was before.
	ctx, terminalHeld := withTerminal(ctx)
	ctx, line := withProgress(ctx, streams.ErrOut, os.LookupEnv)
	command := newCommand(args, streams)
	done := make(chan int, 1)
	go func() { done <- execute(ctx, command, streams.ErrOut) }()
	select {
	case status := <-done:
		return status
	case <-interrupted:
		line.mute()
	}
	if cancel(); terminalHeld() {
		select {
		case <-done:
		case <-time.After(restoring):
		}
	}
	return exitInterrupted
}

// restoring is how long the terminal may take to be as it was before.
const restoring = 3 * time.Second

// newCommand returns the command that args, the program's name first, ask for.
func newCommand(args []string, streams genericiooptions.IOStreams) *cobra.Command {
	program := pluginFile
	if len(args) > 0 {
		program, args = programName(args[0]), args[1:]
	}
	// kubectl asks for completions by way of a second name of the program.
	if strings.HasPrefix(program, "kubectl_complete-") {
		program = pluginFile
		args = append([]string{cobra.ShellCompRequestCmd}, args...)
	}
	root := rootCommand(program, streams, isQuestion(args))
	root.SetArgs(args)
	return root
}

func execute(ctx context.Context, c *cobra.Command, errOut io.Writer) (status int) {
	defer func() {
		if p := recover(); p != nil {
			status = finish(fmt.Errorf("a bug: %v: please report it with the question that you asked", p), errOut)
		}
	}()
	err := c.ExecuteContext(ctx)
	said(ctx)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil { // the user knows
		return exitInterrupted
	}
	return finish(err, errOut)
}

// pluginFile is the file name that makes the program a plugin of kubectl.
const pluginFile = "kubectl-authz_doctor"

// pluginCommand is what one types to run it then.
const pluginCommand = "kubectl authz-doctor"

// programName is the file name of the program, without Windows's ending.
func programName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), ".exe")
}

// displayName is how the program is called in help: by way of kubectl if it is
// installed as its plugin.
func displayName(program string) string {
	if strings.HasPrefix(program, "kubectl-") {
		return pluginCommand
	}
	return program
}
