// Package istiod makes the configuration of a workload's proxy with Istio's own
// code: the listener that istiod would send to its sidecar.
package istiod

import (
	"fmt"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// version is what the proxy says of itself; nothing in the inbound listener of a
// current proxy depends on more than its being current.
const version = "1.31.1"

// Silence turns off Istio's logs. Without it every world prints pages.
func Silence() {
	for _, s := range log.Scopes() {
		s.SetOutputLevel(log.NoneLevel)
	}
}

// Listener returns the listener for inbound traffic of the world's workload.
func Listener(w *trial.World) (*listenerv3.Listener, error) {
	var found *listenerv3.Listener
	err := test.Wrap(func(t test.Failer) {
		features.SkipValidateTrustDomain = w.ForeignTrust
		gen := core.NewConfigGenTest(t, core.TestOptions{
			Configs:    configs(w),
			MeshConfig: meshConfig(w),
			Services:   services(w),
		})
		gen.MemRegistry.WantGetProxyServiceTargets = targets(w)
		proxy := gen.SetupProxy(&model.Proxy{
			ID:              trial.Workload + "." + trial.Namespace,
			Labels:          trial.Labels(),
			ConfigNamespace: trial.Namespace,
			IPAddresses:     []string{w.Address.String()},
			Metadata: &model.NodeMetadata{
				Namespace:    trial.Namespace,
				Labels:       trial.Labels(),
				IstioVersion: version,
			},
		})
		for _, l := range gen.Listeners(proxy) {
			if l.GetName() == model.VirtualInboundListenerName {
				found = l
			}
		}
	})
	if err == nil && found == nil {
		err = fmt.Errorf("no listener %s", model.VirtualInboundListenerName)
	}
	if err != nil {
		return nil, fmt.Errorf("world %s: generating: %w", w.Name, err)
	}
	// Parts of it are variables of Istio's.
	return proto.Clone(found).(*listenerv3.Listener), nil
}
