package main

import (
	"os"

	"github.com/authz-doctor/kubectl-authz_doctor/test/bench/manifests"
)

func main() {
	if err := manifests.Write(os.Args[1], manifests.Size{Namespaces: 100, Pods: 5000, Policies: 5000}); err != nil {
		panic(err)
	}
}
