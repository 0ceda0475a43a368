// Command list lists all Pods of a cluster page by page, with client-go and nothing else:
// the measure of what reading them may cost.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// pageSize is the one of the plugin, which is kubectl's.
const pageSize = 500

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
	config.QPS = -1
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	var all []corev1.Pod
	for options := (metav1.ListOptions{Limit: pageSize}); ; {
		page, err := client.CoreV1().Pods("").List(ctx, options)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if options.Continue = page.Continue; options.Continue == "" {
			fmt.Println(len(all), "Pods")
			return nil
		}
	}
}
