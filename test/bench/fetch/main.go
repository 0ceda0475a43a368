// Command fetch gets what a question gets, with client-go and nothing else: the
// measure of what a question may cost.
//
//	fetch PLAN
//
// PLAN is a JSON file with the paths of each round of requests. A round starts
// when the one before has its answers.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: fetch PLAN")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var rounds [][]string
	if err := json.Unmarshal(text, &rounds); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1
	config.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return err
	}
	for _, paths := range rounds {
		if err := round(ctx, client, paths); err != nil {
			return err
		}
	}
	return nil
}

// round gets all paths at the same time and returns one of the errors.
func round(ctx context.Context, client rest.Interface, paths []string) error {
	done := make(chan error)
	for _, path := range paths {
		go func() { done <- get(ctx, client, path) }()
	}
	var last error
	for range paths {
		if err := <-done; err != nil {
			last = err
		}
	}
	return last
}

// get reads one answer into an object. A question may well ask for what is not there.
func get(ctx context.Context, client rest.Interface, path string) error {
	body, err := client.Get().RequestURI(path).SetHeader("Accept", runtime.ContentTypeJSON).DoRaw(ctx)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil {
		_, err = runtime.Decode(unstructured.UnstructuredJSONScheme, body)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
