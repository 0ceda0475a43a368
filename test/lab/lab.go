// Package lab is a real Kubernetes control plane without containers: etcd, the
// API server, the controller manager, and kwok in the place of kubelets, all
// ordinary processes on 127.0.0.1. Policies are validated, permissions are
// enforced and Deployments get Pods with addresses; only the Pods do nothing.
//
// The programs are built from their Go modules (see [Build]) and kept in a
// cache outside the work tree. A lab lives in a temporary directory, and
// nothing of it outlives the process that started it.
package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
)

// Options say what kind of lab to start. The zero value is the whole lab.
type Options struct {
	// Bare leaves out the controller manager, kwok, the nodes and every
	// CustomResourceDefinition: an API server that never heard of a mesh.
	Bare bool
	// Users can log in, each with a token, beside the administrator. They may
	// do nothing until RBAC says so.
	Users []User
	// Audited are users of whom the API server writes down each request: see [Lab.Audit].
	Audited []string
	// Log receives what the lab does. Nil means silence.
	Log io.Writer
}

// User is somebody who may log in to the lab.
type User struct {
	Name   string
	Groups []string
}

// Lab is a running control plane.
type Lab struct {
	// Dir holds all of its data, logs and kubeconfigs.
	Dir string
	// Kubeconfig is the administrator's.
	Kubeconfig string
	// Tools are the programs it was made of.
	Tools Tools

	server    server
	users     []User
	clients   tls.Certificate // signs those of clients
	processes []*process
	log       journal
}

// Start builds what is missing and starts a lab. It returns when the API server
// is ready, the custom resources are established and the nodes are there.
func Start(ctx context.Context, opts Options) (*Lab, error) {
	log := newJournal(opts.Log)
	tools, err := Build(ctx, opts.Log)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "authz-doctor-lab-")
	if err != nil {
		return nil, err
	}
	l := &Lab{Dir: dir, Tools: tools, users: opts.Users, log: log}
	began := time.Now()
	if err := l.start(ctx, opts); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	log.printf("the lab is up after %s", since(began))
	return l, nil
}

func (l *Lab) start(ctx context.Context, opts Options) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	etcd, err := l.startEtcd(ctx, ports[0], ports[1])
	if err != nil {
		return err
	}
	if err := l.startAPIServer(ctx, etcd, ports[2], opts.Audited); err != nil {
		return err
	}
	l.Kubeconfig = filepath.Join(l.Dir, "kubeconfig")
	if err := l.WriteKubeconfig(l.Kubeconfig, Admin); err != nil {
		return err
	}
	if opts.Bare {
		return nil
	}
	if err := l.startControllers(ctx); err != nil {
		return err
	}
	if err := l.installCRDs(ctx); err != nil {
		return err
	}
	return l.createNodes(ctx)
}

// Stop ends every process, the youngest first, and removes the data. A second
// call does nothing.
func (l *Lab) Stop() error {
	for i := len(l.processes) - 1; i >= 0; i-- {
		l.processes[i].stop()
	}
	l.processes = nil
	if err := os.RemoveAll(l.Dir); err != nil {
		return fmt.Errorf("removing the lab's data: %w", err)
	}
	return nil
}

// Config is how to reach the API server as user, without client-side limits.
func (l *Lab) Config(user string) *rest.Config {
	return &rest.Config{
		Host:            l.server.url,
		BearerToken:     token(user),
		TLSClientConfig: rest.TLSClientConfig{CAFile: l.server.ca},
		QPS:             -1,
	}
}
