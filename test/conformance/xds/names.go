package xds

import (
	"maps"
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// endpointNames are the clusters whose endpoints come apart.
func (c *Config) endpointNames() []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(c.Clusters)) {
		if k := c.Clusters[name]; k.GetType() == clusterv3.Cluster_EDS {
			names = append(names, k.GetEdsClusterConfig().GetServiceName())
			if names[len(names)-1] == "" {
				names[len(names)-1] = name
			}
		}
	}
	return names
}

// routeNames are the route configurations that listeners refer to.
func (c *Config) routeNames() []string {
	found := map[string]bool{}
	for _, l := range c.Listeners {
		for _, chain := range Chains(l) {
			if m := Manager(chain); m.GetRds() != nil {
				found[m.GetRds().GetRouteConfigName()] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(found))
	if names == nil {
		names = []string{}
	}
	return names
}

// Chains are all filter chains of a listener, the default one last.
func Chains(l *listenerv3.Listener) []*listenerv3.FilterChain {
	out := slices.Clone(l.GetFilterChains())
	if d := l.GetDefaultFilterChain(); d != nil {
		out = append(out, d)
	}
	return out
}

// Manager is the HTTP connection manager of a chain; nil if it is not HTTP.
func Manager(c *listenerv3.FilterChain) *hcmv3.HttpConnectionManager {
	for _, f := range c.GetFilters() {
		m := &hcmv3.HttpConnectionManager{}
		if f.GetTypedConfig().MessageIs(m) && f.GetTypedConfig().UnmarshalTo(m) == nil {
			return m
		}
	}
	return nil
}
