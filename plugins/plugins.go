// Package plugins lists what single platforms add to the answers, a package for each. They
// are compiled in; docs/plugins.md tells how to add one.
package plugins

import (
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/gitops"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kmesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma"
)

// All are the platforms that there are. The first one whose mark is on an object owns it.
func All() []diagnose.Platform {
	return []diagnose.Platform{kyma.Platform{}, kmesh.Platform{}, gitops.Platform{}}
}

// optioned are platforms that have to be told something.
type optioned interface{ Options() []diagnose.Option }

// Options are those of all platforms.
func Options() []diagnose.Option {
	var out []diagnose.Option
	for _, p := range All() {
		if o, ok := p.(optioned); ok {
			out = append(out, o.Options()...)
		}
	}
	return out
}

// kinds are a platform's own kinds of objects.
type kinds interface{ Kinds() []cluster.ExtraKind }

// Install puts all of them in use. Before it nothing may be read or asked; a second call
// does nothing.
var Install = sync.OnceFunc(func() {
	for _, p := range All() {
		if k, ok := p.(kinds); ok {
			cluster.AddKinds(k.Kinds()...)
		}
		diagnose.Use(p)
	}
})
