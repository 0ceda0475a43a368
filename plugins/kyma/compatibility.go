package kyma

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// flags are what the Istio module has set in istiod's environment in compatibility mode,
// release after release, to the value that the release of Istio before had for its default
// (kyma-project/istio, api/v1alpha2/compatibility_mode.go), and what that comes to. A release
// may set none. None of them is about how policies become rules of a proxy.
var flags = []struct{ name, value, does string }{
	{"PERSIST_OLDEST_FIRST_HEURISTIC_FOR_VIRTUAL_SERVICE_HOST_MATCHING", "true", "of several VirtualServices for a host the oldest counts, and not the one with the most specific host"},
	{"ENABLE_EXTERNAL_NAME_ALIAS", "false", "an ExternalName Service is a host of its own, and no alias"},
	{"VERIFY_CERTIFICATE_AT_CLIENT", "false", "without caCertificates in a DestinationRule the certificate of a server outside is not verified"},
	{"ENABLE_AUTO_SNI", "false", "without sni in a DestinationRule none is sent to a server outside"},
	{"ENABLE_ENHANCED_RESOURCE_SCOPING", "false", "objects of namespaces that discoverySelectors leave out count as well"},
	{"ENABLE_RESOLUTION_NONE_TARGET_PORT", "false", "targetPort of a ServiceEntry with resolution NONE does not count"},
	{"PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES", "false", "the metadata of an endpoint outside comes before the TLS of its DestinationRule"},
	{"ENABLE_ENHANCED_DESTINATIONRULE_MERGE", "false", "DestinationRules of a host are merged though their exportTo differ"},
	{"PILOT_UNIFIED_SIDECAR_SCOPE", "false", "what a Sidecar lets its proxies see is worked out as before"},
	{"PILOT_ENABLE_IP_AUTOALLOCATE", "false", "a ServiceEntry without addresses gets none: TCP to it is told apart by its port only"},
	{"ENABLE_NATIVE_SIDECARS", "false", "the proxy is a container like others: init containers call without it, and have no identity"},
}

// compatible is a control plane that is made to behave like the release before it. What of
// that shows in istiod's environment is told; the answer is as without it.
func (c *connection) compatible() (diagnose.Remark, bool) {
	if s, ok := c.settings(); !ok || !s.Spec.CompatibilityMode {
		return diagnose.Remark{}, false
	}
	set, known := c.compatibility(c.RootNamespace)
	if known && len(set) == 0 {
		return diagnose.Remark{}, false
	}
	return diagnose.Remark{
		Kind: findingCompatible, Objects: []string{module}, Field: "spec.compatibilityMode",
		Message: compatibleWords(set, known) + " The answer is as without them.",
	}, true
}

func compatibleWords(set []string, known bool) string {
	const mode = module + " has compatibilityMode, in which istiod behaves like the minor release before it: it gets other values for flags in its environment"
	if !known {
		return mode + ", which were not looked at. None of those that Kyma's releases have set is about how policies are enforced; some are about where requests go."
	}
	return mode + ": " + strings.Join(set, "; ") + ". How policies are enforced does not change by that."
}

// istiods are the Pods of the control plane, in whose environment its flags are.
func istiods(root string) cluster.Query {
	return cluster.Query{Resource: cluster.Pods, Namespace: root, Labels: "app=istiod"}
}

// compatibility are the flags of compatibility mode that istiod has; false if no Pod of it
// was read.
func (w world) compatibility(root string) (set []string, known bool) {
	for _, pod := range cluster.List[*corev1.Pod](w.snap, root) {
		if pod.Labels["app"] != "istiod" {
			continue
		}
		known = true
		for _, container := range pod.Spec.Containers {
			for _, f := range flags {
				if slices.Contains(container.Env, corev1.EnvVar{Name: f.name, Value: f.value}) {
					set = appendNew(set, fmt.Sprintf("%s=%s (%s)", f.name, f.value, f.does))
				}
			}
		}
	}
	return set, known
}
