// Command decode decodes manifests into typed objects on all cores, with
// sigs.k8s.io/yaml and nothing else: the measure of what reading them may cost.
//
//	decode FOLDER
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: decode FOLDER")
	}
	files, err := filepath.Glob(filepath.Join(args[0], "*.yaml"))
	if err != nil {
		return err
	}
	next := make(chan string, len(files))
	for _, file := range files {
		next <- file
	}
	close(next)
	var wait sync.WaitGroup
	var mu sync.Mutex
	var all []any
	var failed error
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for file := range next {
				objects, err := read(file)
				mu.Lock()
				all, failed = append(all, objects...), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	fmt.Println(len(all), "objects")
	return failed
}

// read decodes the documents of a file.
func read(file string) ([]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []any
	for document := range bytes.SplitSeq(text, []byte("---\n")) {
		var object any
		switch {
		case len(document) == 0:
			continue
		case bytes.Contains(document, []byte("\nkind: Pod\n")):
			object = &corev1.Pod{}
		case bytes.Contains(document, []byte("\nkind: AuthorizationPolicy\n")):
			object = &securityv1.AuthorizationPolicy{}
		default:
			object = &corev1.Namespace{}
		}
		if err := yaml.Unmarshal(document, object); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, object)
	}
	return out, nil
}
