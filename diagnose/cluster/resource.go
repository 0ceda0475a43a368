package cluster

// Resource is a kind of object that the doctor reads.
type Resource struct {
	Group, Version, Plural, Kind string
	Namespaced                   bool
}

// String is the name that kubectl takes: "pods", "authorizationpolicies.security.istio.io".
func (r Resource) String() string {
	if r.Group == "" {
		return r.Plural
	}
	return r.Plural + "." + r.Group
}

// apiVersion is the value of the field of that name.
func (r Resource) apiVersion() string {
	if r.Group == "" {
		return r.Version
	}
	return r.Group + "/" + r.Version
}

const (
	groupSecurity   = "security.istio.io"
	groupNetworking = "networking.istio.io"
	groupExtensions = "extensions.istio.io"
	groupGateway    = "gateway.networking.k8s.io"
)

// The resources, each in the version that its typed form has.
var (
	Namespaces      = Resource{"", "v1", "namespaces", "Namespace", false}
	Pods            = Resource{"", "v1", "pods", "Pod", true}
	Services        = Resource{"", "v1", "services", "Service", true}
	ServiceAccounts = Resource{"", "v1", "serviceaccounts", "ServiceAccount", true}
	ConfigMaps      = Resource{"", "v1", "configmaps", "ConfigMap", true}
	EndpointSlices  = Resource{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true}
	Deployments     = Resource{"apps", "v1", "deployments", "Deployment", true}
	StatefulSets    = Resource{"apps", "v1", "statefulsets", "StatefulSet", true}
	DaemonSets      = Resource{"apps", "v1", "daemonsets", "DaemonSet", true}
	ReplicaSets     = Resource{"apps", "v1", "replicasets", "ReplicaSet", true}
	Jobs            = Resource{"batch", "v1", "jobs", "Job", true}
	CronJobs        = Resource{"batch", "v1", "cronjobs", "CronJob", true}
	NetworkPolicies = Resource{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true}

	AuthorizationPolicies  = Resource{groupSecurity, "v1", "authorizationpolicies", "AuthorizationPolicy", true}
	PeerAuthentications    = Resource{groupSecurity, "v1", "peerauthentications", "PeerAuthentication", true}
	RequestAuthentications = Resource{groupSecurity, "v1", "requestauthentications", "RequestAuthentication", true}
	DestinationRules       = Resource{groupNetworking, "v1", "destinationrules", "DestinationRule", true}
	ServiceEntries         = Resource{groupNetworking, "v1", "serviceentries", "ServiceEntry", true}
	VirtualServices        = Resource{groupNetworking, "v1", "virtualservices", "VirtualService", true}
	Sidecars               = Resource{groupNetworking, "v1", "sidecars", "Sidecar", true}
	WorkloadEntries        = Resource{groupNetworking, "v1", "workloadentries", "WorkloadEntry", true}
	IstioGateways          = Resource{groupNetworking, "v1", "gateways", "Gateway", true}
	EnvoyFilters           = Resource{groupNetworking, "v1alpha3", "envoyfilters", "EnvoyFilter", true}
	ProxyConfigs           = Resource{groupNetworking, "v1beta1", "proxyconfigs", "ProxyConfig", true}
	WasmPlugins            = Resource{groupExtensions, "v1alpha1", "wasmplugins", "WasmPlugin", true}

	// Gateways are those of the Gateway API.
	Gateways       = Resource{groupGateway, "v1", "gateways", "Gateway", true}
	GatewayClasses = Resource{groupGateway, "v1", "gatewayclasses", "GatewayClass", false}
	HTTPRoutes     = Resource{groupGateway, "v1", "httproutes", "HTTPRoute", true}
	GRPCRoutes     = Resource{groupGateway, "v1", "grpcroutes", "GRPCRoute", true}
	TLSRoutes      = Resource{groupGateway, "v1", "tlsroutes", "TLSRoute", true}
	TCPRoutes      = Resource{groupGateway, "v1", "tcproutes", "TCPRoute", true}
	// ReferenceGrants are asked for in the version that istiod asks for
	// (pkg/config/schema/gvk/resources.gen.go), which every server that has them serves.
	ReferenceGrants = Resource{groupGateway, "v1beta1", "referencegrants", "ReferenceGrant", true}
)

// APIGroups are the groups of APIs that exist: one request, which is for no
// resource. A group is there if the cluster serves anything of it.
var APIGroups = Resource{"", "v1", "apigroups", "APIGroup", false}

// Resources returns all of them, in a stable order.
func Resources() []Resource {
	out := make([]Resource, len(kinds))
	for i, k := range kinds {
		out[i] = k.resource
	}
	return out
}
