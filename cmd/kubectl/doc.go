// Package kubectl has flags of kubectl's: those that reach an API server, and those
// that choose how an object is printed. Names, help, defaults and meaning are those of
// k8s.io/cli-runtime/pkg/genericclioptions; the tests compare the two. That package is
// not used because it links what kubectl needs beside: the types of every API group,
// discovery, OpenAPI and kustomize, which together were a third of the plugin.
package kubectl
