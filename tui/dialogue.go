package tui

import (
	"context"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// What follows is what the dialogue of package plain has in common with the screens.

// Conditions are what the answer depends on, each of which can be met.
func Conditions(a *Answer) []authz.Condition {
	var c conditions
	c.take(&Model{answer: a})
	return c.all
}

// Meet sets in the question what a condition asks for. Not says of what cannot be set why.
func Meet(q Question, c authz.Condition) (met Question, not []string) {
	for _, a := range c.All {
		if why := setAtom(&q, a); why != "" {
			not = append(not, atomWords(a)+": "+why)
		}
	}
	return q, not
}

// WithPort is the target with another port.
func WithPort(target, port string) string { return withPort(target, port) }

// FileName is what a file about the question is called, without its ending.
func FileName(q Question) string { return (&Model{question: q}).fileName() }

// TrafficTest is the test for an answer from files, or from a cluster if there are none, in
// a file of that name. Left is what was left out of it, for it is secret.
func TrafficTest(ctx context.Context, asker Asker, a *Answer, files []string, name string) (text []byte, left []string, err error) {
	return trafficTest(ctx, asker, a, files, name)
}

// CommandLine is a command as a shell takes it; secret says that something was left out.
func CommandLine(words []string) (line string, secret bool) {
	out, secret := shellWords(words)
	return strings.Join(out, " "), secret
}
