// Package ambient is istiod's part of ambient: what it makes of policies, and
// which of them it attaches to a workload. The conversion is Istio's own code; how
// the pieces are put together is read from its collections.
package ambient

import (
	_ "unsafe" // for go:linkname

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pilot/pkg/model"
	_ "istio.io/istio/pilot/pkg/serviceregistry/ambient" // what is linked to
	"istio.io/istio/pkg/workloadapi/security"
)

// The functions without a body are Istio's, and not exported; linked.s is why the
// compiler takes that.

//go:linkname convertAuthorizationPolicy istio.io/istio/pilot/pkg/serviceregistry/ambient.convertAuthorizationPolicy
func convertAuthorizationPolicy(root string, p *securityv1.AuthorizationPolicy) (*security.Authorization, *model.StatusMessage)

//go:linkname convertPeerAuthentication istio.io/istio/pilot/pkg/serviceregistry/ambient.convertPeerAuthentication
func convertPeerAuthentication(root string, workload, namespace, mesh *securityv1.PeerAuthentication) *security.Authorization

//go:linkname convertedSelectorPeerAuthentications istio.io/istio/pilot/pkg/serviceregistry/ambient.convertedSelectorPeerAuthentications
func convertedSelectorPeerAuthentications(root string, found []*securityv1.PeerAuthentication) []string

//go:linkname getOldestPeerAuthn istio.io/istio/pilot/pkg/serviceregistry/ambient.getOldestPeerAuthn
func getOldestPeerAuthn(found []*securityv1.PeerAuthentication) *securityv1.PeerAuthentication
