// Command read reads all Pods of a cluster as the plugin does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"k8s.io/client-go/tools/clientcmd"

	_ "github.com/authz-doctor/kubectl-authz_doctor/cmd/early" // as in the plugin
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	reader, err := cluster.NewLive(config, "the lab")
	if err != nil {
		return err
	}
	result := reader.Read(ctx, []cluster.Query{{Resource: cluster.Pods}})[0]
	if result.Unread != nil {
		return errors.New(result.Unread.Message)
	}
	fmt.Println(len(result.Items), "Pods")
	return nil
}
