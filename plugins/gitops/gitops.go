// Package gitops tells which objects Flux, Argo CD or Helm apply from somewhere else: a
// change in the cluster does not last there, or is lost with the next release.
package gitops

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// Platform is the platform of the tools that apply what stands elsewhere. It only knows
// owners.
type Platform struct{}

// Name is how version lists it.
func (Platform) Name() string { return "gitops" }

// Detect finds nothing: what these tools leave behind is marks on single objects.
func (Platform) Detect(*cluster.Snapshot) string { return "" }

// Owner tells who applies o. A chart that Flux or Argo CD installs is theirs, not Helm's.
func (Platform) Owner(o metav1.Object) (owner.Owner, bool) {
	for _, known := range []func(metav1.Object) (owner.Owner, bool){flux, argo, helm} {
		if found, ok := known(o); ok {
			return found, true
		}
	}
	return owner.Owner{}, false
}
