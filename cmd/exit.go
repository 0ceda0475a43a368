package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// The exit statuses, the same for every output format.
const (
	exitAllowed     = 0   // also of the commands that give no verdict
	exitDenied      = 1   //
	exitError       = 2   // of usage, or the question could not be asked
	exitOpen        = 3   // conditional or undetermined
	exitInterrupted = 130 // Ctrl-C
)

const exitHelp = `  0  allowed
  1  denied
  2  the question could not be asked: usage, a name that does not exist, no server
  3  conditional or undetermined

  Of the screen and the dialogue: 0, or 2 if it could not begin; 130 interrupted.
`

// exitStatus is an answer on its way out: not a failure, and nothing to print.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// verdictStatus returns the exit status of a verdict.
func verdictStatus(v diagnose.Verdict) int {
	switch v {
	case diagnose.Allowed:
		return exitAllowed
	case diagnose.Denied:
		return exitDenied
	case diagnose.Conditional, diagnose.Undetermined:
		return exitOpen
	}
	return exitOpen
}

// finish tells what went wrong, if anything did, and returns the exit status.
func finish(err error, errOut io.Writer) int {
	var status exitStatus
	switch {
	case err == nil:
		return exitAllowed
	case errors.As(err, &status):
		return int(status)
	}
	_, _ = fmt.Fprintln(errOut, "error:", oneLine(err.Error()))
	return exitError
}

// oneLine joins the lines of a message and makes it harmless to a terminal: it
// may quote what a cluster or a file says.
func oneLine(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return report.Clean(strings.Join(lines, " "), false)
}
