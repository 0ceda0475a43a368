// Command kubectl-authz_doctor is the kubectl plugin `kubectl authz-doctor`. It
// explains why traffic in a service mesh is blocked.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // log in the ways that kubectl can

	"github.com/authz-doctor/kubectl-authz_doctor/cmd"
	_ "github.com/authz-doctor/kubectl-authz_doctor/cmd/early" // first of all
)

func main() {
	os.Exit(cmd.Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
}
