// Package live puts clusters before a real istiod, and reads what it tells the
// proxies.
package live

import (
	"context"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Lab is a control plane of Kubernetes with one of Istio.
type Lab struct {
	lab     *lab.Lab
	xds     *xds.Client
	client  kubernetes.Interface
	objects dynamic.Interface
	kinds   meta.RESTMapper
	markers int
	// settled is how often the mesh's settings have been changed, and set is what a
	// cluster has added to them.
	settled int
	set     string
}

// Start starts both, with a mesh that has no workloads yet.
func Start(ctx context.Context, log io.Writer) (*Lab, error) {
	started, err := lab.Start(ctx, lab.Options{Log: log})
	if err != nil {
		return nil, err
	}
	l := &Lab{lab: started}
	if err := l.furnish(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close ends everything.
func (l *Lab) Close() error {
	if l.xds != nil {
		return errors.Join(l.xds.Close(), l.lab.Stop())
	}
	return l.lab.Stop()
}

func (l *Lab) furnish(ctx context.Context) (err error) {
	config := l.lab.Config(lab.Admin)
	if l.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if l.objects, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	groups, err := restmapper.GetAPIGroupResources(d)
	if err != nil {
		return fmt.Errorf("the kinds of the API server: %w", err)
	}
	l.kinds = restmapper.NewDiscoveryRESTMapper(groups)
	if err := l.apply(ctx, mesh+"---\n"+l.settings("")); err != nil {
		return err
	}
	istiod, err := l.lab.StartIstiod(ctx)
	if err != nil {
		return err
	}
	l.xds, err = xds.NewClient(istiod.XDS, lab.IstioVersion)
	return err
}

// mesh is what is there before any cluster: the authorizers that the mesh's settings
// name, and a namespace for the marks (see settle).
const mesh = `
{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: marks}}
---
apiVersion: v1
kind: Service
metadata: {name: authorizer, namespace: istio-system}
spec: {ports: [{name: grpc, port: 9000}, {name: http, port: 8000}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: marks}
spec: {egress: [{hosts: ['./*']}]}
`
