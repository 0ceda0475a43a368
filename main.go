// Command kubectl-authz_doctor is the kubectl plugin `kubectl authz-doctor`. It
// explains why traffic in a service mesh is blocked.
package main

import (
	"os"
	"runtime/debug"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // log in the ways that kubectl can

	"github.com/authz-doctor/kubectl-authz_doctor/cmd"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a question is over before collecting garbage pays
	}
	os.Exit(cmd.Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
}
