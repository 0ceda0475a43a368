package cluster

import (
	"context"
	"encoding/json"
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
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
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
	make   func() Object
	source Source // see ExtraKind
	// extra is of a platform: nothing but its plugin looks at it.
	extra bool
	// lenient is one whose decoding does not tell of fields that the type has not, as that
	// of Istio's messages.
	lenient bool
}

// kinds is the table of everything that is read; its order is that of Resources.
var kinds = []kind{
	{resource: Namespaces, make: func() Object { return new(corev1.Namespace) }},
	{resource: Pods, make: func() Object { return new(corev1.Pod) }},
	{resource: Services, make: func() Object { return new(corev1.Service) }},
	{resource: ServiceAccounts, make: func() Object { return new(corev1.ServiceAccount) }},
	{resource: ConfigMaps, make: func() Object { return new(corev1.ConfigMap) }},
	{resource: EndpointSlices, make: func() Object { return new(discoveryv1.EndpointSlice) }},
	{resource: Deployments, make: func() Object { return new(appsv1.Deployment) }},
	{resource: StatefulSets, make: func() Object { return new(appsv1.StatefulSet) }},
	{resource: DaemonSets, make: func() Object { return new(appsv1.DaemonSet) }},
	{resource: ReplicaSets, make: func() Object { return new(appsv1.ReplicaSet) }},
	{resource: Jobs, make: func() Object { return new(batchv1.Job) }},
	{resource: CronJobs, make: func() Object { return new(batchv1.CronJob) }},
	{resource: NetworkPolicies, make: func() Object { return new(networkingv1.NetworkPolicy) }},
	{resource: AuthorizationPolicies, older: []string{"v1beta1"}, make: func() Object { return new(securityistio.AuthorizationPolicy) }},
	{resource: PeerAuthentications, older: []string{"v1beta1"}, make: func() Object { return new(securityistio.PeerAuthentication) }},
	{resource: RequestAuthentications, older: []string{"v1beta1"}, make: func() Object { return new(securityistio.RequestAuthentication) }},
	{resource: DestinationRules, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.DestinationRule) }},
	{resource: ServiceEntries, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.ServiceEntry) }},
	{resource: VirtualServices, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.VirtualService) }},
	{resource: Sidecars, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.Sidecar) }},
	{resource: WorkloadEntries, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.WorkloadEntry) }},
	{resource: IstioGateways, older: []string{"v1beta1", "v1alpha3"}, make: func() Object { return new(networkingistio.Gateway) }},
	{resource: EnvoyFilters, make: func() Object { return new(networkingv1alpha3.EnvoyFilter) }},
	{resource: ProxyConfigs, make: untyped},
	{resource: WasmPlugins, make: func() Object { return new(extensionsistio.WasmPlugin) }},
	{resource: Gateways, older: []string{"v1beta1"}, make: func() Object { return new(gatewayv1.Gateway) }},
	{resource: GatewayClasses, older: []string{"v1beta1"}, make: func() Object { return new(gatewayv1.GatewayClass) }},
	{resource: HTTPRoutes, older: []string{"v1beta1"}, make: func() Object { return new(gatewayv1.HTTPRoute) }},
	{resource: GRPCRoutes, older: []string{"v1alpha2"}, make: func() Object { return new(gatewayv1.GRPCRoute) }},
	{resource: TLSRoutes, older: []string{"v1alpha3", "v1alpha2"}, make: func() Object { return new(gatewayv1.TLSRoute) }},
	{resource: TCPRoutes, older: []string{"v1alpha2"}, make: func() Object { return new(gatewayv1.TCPRoute) }},
	{resource: ReferenceGrants, older: []string{"v1", "v1alpha2"}, make: func() Object { return new(gatewayv1.ReferenceGrant) }},
	{resource: APIGroups, make: func() Object { return new(APIGroup) }},
	{resource: AdminNetworkPolicies, make: func() Object { return new(policyv1alpha1.AdminNetworkPolicy) }},
	{resource: BaselineAdminNetworkPolicies, make: func() Object { return new(policyv1alpha1.BaselineAdminNetworkPolicy) }},
	{resource: ClusterNetworkPolicies, older: []string{"v1beta1"}, make: func() Object { return new(policyv1alpha2.ClusterNetworkPolicy) }},
	{resource: CiliumNetworkPolicies, make: untyped},
	{resource: CiliumClusterwideNetworkPolicies, make: untyped},
	{resource: CalicoNetworkPolicies, make: untyped},
	{resource: CalicoGlobalNetworkPolicies, make: untyped},
	{resource: CalicoStoredNetworkPolicies, make: untyped},
	{resource: CalicoStoredGlobalNetworkPolicies, make: untyped},
	{resource: AntreaNetworkPolicies, older: []string{"v1alpha1"}, make: untyped},
	{resource: AntreaClusterNetworkPolicies, older: []string{"v1alpha1"}, make: untyped},
	{resource: EgressFirewalls, make: untyped},
	{resource: EgressNetworkPolicies, make: untyped},
	{resource: FQDNNetworkPolicies, older: []string{"v1alpha3", "v1alpha2"}, make: untyped},
	{resource: AWSApplicationPolicies, make: untyped},
	{resource: AWSClusterNetworkPolicies, make: untyped},
	{resource: NSXSecurityPolicies, make: untyped},
}

// ExtraKind is a kind of objects of one platform. They are read without a type.
type ExtraKind struct {
	Resource Resource
	// Older are other versions that are read as well.
	Older []string
	// Source is where an object of a running cluster comes from that no API server has,
	// by its name; nil: the API server has it.
	Source Source
}

// Source gets the object of a name that an API server does not have, from the cluster
// that r reads and config leads to. The object is complete, with apiVersion and kind; nil is
// that nothing is to be asked. An error tells why it cannot be had, in one line; [Denied] makes it one of permission.
type Source func(ctx context.Context, r Reader, config *rest.Config, name string) (json.RawMessage, error)

// Denied is the error of a [Source] that may not ask.
type Denied string

func (d Denied) Error() string { return string(d) }

// AddKinds adds kinds of platforms to what is read. It is meant for the start of the
// program, before anything is read; a resource that is known already stays as it is.
func AddKinds(added ...ExtraKind) {
	for _, k := range added {
		if _, known := byResource[k.Resource]; !known {
			kinds = append(kinds, kind{resource: k.Resource, older: k.Older, make: untyped, extra: true, source: k.Source})
			index(kinds[len(kinds)-1])
		}
	}
}

// untyped makes an object that holds whatever its JSON does.
func untyped() Object { return new(unstructured.Unstructured) }

func (k kind) untyped() bool {
	_, is := k.make().(*unstructured.Unstructured)
	return is
}

// named gives an object of the kind its kind, in the version that the type has; an object
// of a platform, which has no type, keeps the version that it was read in.
func (k kind) named(object Object) Object {
	r := k.resource
	if !k.extra || object.GetObjectKind().GroupVersionKind().Group != r.Group {
		object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Group: r.Group, Version: r.Version, Kind: r.Kind})
	}
	return object
}

// reads says whether objects of the version are understood.
func (k kind) reads(version string) bool {
	return version == k.resource.Version || slices.Contains(k.older, version)
}

// byResource and byName find a kind: by its resource, and by the name that Resource.String
// gives. typeOf is the Go type of a resource's objects, of those that have one.
var (
	byResource = make(map[Resource]kind, len(kinds))
	byName     = make(map[string]Resource, len(kinds))
	typeOf     = make(map[Resource]reflect.Type, len(kinds))
)

func init() {
	for _, k := range kinds {
		index(k)
	}
}

// index makes a kind known by all of its names.
func index(k kind) {
	t := reflect.TypeOf(k.make())
	k.lenient = hasMessage(t.Elem())
	byResource[k.resource], byName[k.resource.String()] = k, k.resource
	if !k.untyped() { // of a shared type: Snapshot.Objects
		typeOf[k.resource] = t
	}
}

// hasMessage reports whether a field of an object is a message of protocol buffers.
func hasMessage(object reflect.Type) bool {
	for field := range object.Fields() {
		if reflect.PointerTo(field.Type).Implements(protoMessage) {
			return true
		}
	}
	return false
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
