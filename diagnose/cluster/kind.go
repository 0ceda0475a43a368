package cluster

import (
	"reflect"
	"slices"

	extensionsistio "istio.io/client-go/pkg/apis/extensions/v1alpha1"
	networkingistio "istio.io/client-go/pkg/apis/networking/v1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	securityistio "istio.io/client-go/pkg/apis/security/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// kind ties a resource to its typed form.
type kind struct {
	resource Resource
	// older are versions whose JSON has the same shape as resource.Version's.
	older []string
	// make returns a new empty object.
	make func() Object
}

// kinds is the table of everything that is read; its order is that of Resources.
var kinds = []kind{
	{Namespaces, nil, func() Object { return new(corev1.Namespace) }},
	{Pods, nil, func() Object { return new(corev1.Pod) }},
	{Services, nil, func() Object { return new(corev1.Service) }},
	{ServiceAccounts, nil, func() Object { return new(corev1.ServiceAccount) }},
	{ConfigMaps, nil, func() Object { return new(corev1.ConfigMap) }},
	{EndpointSlices, nil, func() Object { return new(discoveryv1.EndpointSlice) }},
	{Deployments, nil, func() Object { return new(appsv1.Deployment) }},
	{StatefulSets, nil, func() Object { return new(appsv1.StatefulSet) }},
	{DaemonSets, nil, func() Object { return new(appsv1.DaemonSet) }},
	{ReplicaSets, nil, func() Object { return new(appsv1.ReplicaSet) }},
	{Jobs, nil, func() Object { return new(batchv1.Job) }},
	{CronJobs, nil, func() Object { return new(batchv1.CronJob) }},
	{NetworkPolicies, nil, func() Object { return new(networkingv1.NetworkPolicy) }},
	{AuthorizationPolicies, []string{"v1beta1"}, func() Object { return new(securityistio.AuthorizationPolicy) }},
	{PeerAuthentications, []string{"v1beta1"}, func() Object { return new(securityistio.PeerAuthentication) }},
	{RequestAuthentications, []string{"v1beta1"}, func() Object { return new(securityistio.RequestAuthentication) }},
	{DestinationRules, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.DestinationRule) }},
	{ServiceEntries, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.ServiceEntry) }},
	{VirtualServices, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.VirtualService) }},
	{Sidecars, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.Sidecar) }},
	{WorkloadEntries, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.WorkloadEntry) }},
	{IstioGateways, []string{"v1beta1", "v1alpha3"}, func() Object { return new(networkingistio.Gateway) }},
	{EnvoyFilters, nil, func() Object { return new(networkingv1alpha3.EnvoyFilter) }},
	{ProxyConfigs, nil, untyped},
	{WasmPlugins, nil, func() Object { return new(extensionsistio.WasmPlugin) }},
	{Gateways, []string{"v1beta1"}, func() Object { return new(gatewayv1.Gateway) }},
	{GatewayClasses, []string{"v1beta1"}, func() Object { return new(gatewayv1.GatewayClass) }},
	{HTTPRoutes, []string{"v1beta1"}, func() Object { return new(gatewayv1.HTTPRoute) }},
	{GRPCRoutes, []string{"v1alpha2"}, func() Object { return new(gatewayv1.GRPCRoute) }},
	{TLSRoutes, []string{"v1alpha3", "v1alpha2"}, func() Object { return new(gatewayv1.TLSRoute) }},
	{TCPRoutes, []string{"v1alpha2"}, func() Object { return new(gatewayv1.TCPRoute) }},
	{ReferenceGrants, []string{"v1", "v1alpha2"}, func() Object { return new(gatewayv1.ReferenceGrant) }},
	{APIGroups, nil, func() Object { return new(APIGroup) }},
	{AdminNetworkPolicies, nil, func() Object { return new(policyv1alpha1.AdminNetworkPolicy) }},
	{BaselineAdminNetworkPolicies, nil, func() Object { return new(policyv1alpha1.BaselineAdminNetworkPolicy) }},
	{ClusterNetworkPolicies, []string{"v1beta1"}, func() Object { return new(policyv1alpha2.ClusterNetworkPolicy) }},
	{CiliumNetworkPolicies, nil, untyped},
	{CiliumClusterwideNetworkPolicies, nil, untyped},
	{CalicoNetworkPolicies, nil, untyped},
	{CalicoGlobalNetworkPolicies, nil, untyped},
	{CalicoStoredNetworkPolicies, nil, untyped},
	{CalicoStoredGlobalNetworkPolicies, nil, untyped},
	{AntreaNetworkPolicies, []string{"v1alpha1"}, untyped},
	{AntreaClusterNetworkPolicies, []string{"v1alpha1"}, untyped},
	{EgressFirewalls, nil, untyped},
	{EgressNetworkPolicies, nil, untyped},
	{FQDNNetworkPolicies, []string{"v1alpha3", "v1alpha2"}, untyped},
	{AWSApplicationPolicies, nil, untyped},
	{AWSClusterNetworkPolicies, nil, untyped},
	{NSXSecurityPolicies, nil, untyped},
}

// untyped makes an object that holds whatever its JSON does.
func untyped() Object { return new(unstructured.Unstructured) }

func (k kind) untyped() bool {
	_, is := k.make().(*unstructured.Unstructured)
	return is
}

// reads says whether objects of the version are understood.
func (k kind) reads(version string) bool {
	return version == k.resource.Version || slices.Contains(k.older, version)
}

// byResource, byType and byName find a kind: by its resource, by the Go type of
// its objects, and by the name that Resource.String gives.
var byResource, byType, byName = index()

// typeOf is the Go type of a resource's objects, of those that have one.
var typeOf = func() map[Resource]reflect.Type {
	out := map[Resource]reflect.Type{}
	for t, r := range byType {
		out[r] = t
	}
	return out
}()

func index() (map[Resource]kind, map[reflect.Type]Resource, map[string]Resource) {
	resources, types, names := map[Resource]kind{}, map[reflect.Type]Resource{}, map[string]Resource{}
	for _, k := range kinds {
		resources[k.resource] = k
		if !k.untyped() { // of a shared type: Snapshot.Objects
			types[reflect.TypeOf(k.make())] = k.resource
		}
		names[k.resource.String()] = k.resource
	}
	return resources, types, names
}

// kindOf finds the resource of an apiVersion and kind; versions of another shape
// than the typed form are not known.
func kindOf(group, version, name string) (Resource, bool) {
	for _, k := range kinds {
		if k.resource.Group == group && k.resource.Kind == name {
			return k.resource, k.reads(version)
		}
	}
	return Resource{}, false
}
