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

// Option is something that a platform has to be told: a flag of every command that reads
// a cluster.
type Option struct {
	Name, Usage string
	Values      []string // that it may have
	// Set takes the value of the flag; an error tells what is wrong with it.
	Set func(value string) error
}

// Options are those of all platforms.
func Options() []Option {
	return []Option{{
		Name:   "kmesh-authz",
		Usage:  "`HOW` it is known whether Kmesh's XDP program judges: by its version, or it is on or off, or ask: the node's daemon is asked, by a port-forward",
		Values: kmesh.Ways, Set: kmesh.SetAuthz,
	}}
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
