package diagnose

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// What EnvoyFilters are mostly written for: time-outs, limits, logs, compression. None
// of it decides who may call. Names are in lower case and without underscores.
var (
	harmlessManager = []string{
		"@type", "accesslog", "accesslogoptions", "alwayssetrequestidinresponse", "commonhttpprotocoloptions", "delayedclosetimeout", "draintimeout",
		"generaterequestid", "http2protocoloptions", "httpprotocoloptions", "maxrequestheaderskb", "preserveexternalrequestid", "proxy100continue",
		"requesttimeout", "requestheaderstimeout", "serverheadertransformation", "servername", "statprefix", "streamidletimeout", "tracing",
	}
	harmlessListener = []string{"accesslog", "enablereuseport", "perconnectionbufferlimitbytes", "socketoptions", "statprefix", "tcpbacklogsize", "tcpfastopenqueuelength"}
	harmlessRoute    = []string{"name", "responseheaderstoadd", "responseheaderstoremove", "includerequestattemptcount", "includeattemptcountinresponse", "decorator", "tracing", "metadata"}
	harmlessFilters  = []string{".http.compressor.v3.Compressor", ".http.grpc_stats.v3.FilterConfig", ".http.tap.v3.Tap", "stats.PluginConfig"}
	// What of a cluster says how the upstream is spoken to, and which it is.
	harmfulCluster = []string{"transportsocket", "transportsocketmatches", "loadassignment", "type", "clustertype", "edsclusterconfig", "lbpolicy", "typedextensionprotocoloptions", "filters"}
)

// harmless reports whether a patch cannot turn what becomes of a request.
func harmless(p *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	patch := p.GetPatch()
	merge := patch.GetOperation() == networkingapi.EnvoyFilter_Patch_MERGE
	value := patch.GetValue()
	switch p.GetApplyTo() {
	case networkingapi.EnvoyFilter_NETWORK_FILTER:
		return merge && onlyOf(value, "name", "typedconfig") && onlyOf(member(value, "typedconfig"), harmlessManager...)
	case networkingapi.EnvoyFilter_LISTENER:
		return merge && onlyOf(value, harmlessListener...)
	case networkingapi.EnvoyFilter_ROUTE_CONFIGURATION, networkingapi.EnvoyFilter_VIRTUAL_HOST, networkingapi.EnvoyFilter_HTTP_ROUTE:
		return merge && onlyOf(value, harmlessRoute...)
	case networkingapi.EnvoyFilter_HTTP_FILTER:
		return insertsHarmless(patch)
	case networkingapi.EnvoyFilter_CLUSTER:
		return patch.GetOperation() == networkingapi.EnvoyFilter_Patch_ADD || merge && !slices.ContainsFunc(keysOf(value), func(k string) bool { return slices.Contains(harmfulCluster, k) })
	default:
		return false
	}
}

// insertsHarmless reports whether an HTTP filter is put in that only looks or packs.
func insertsHarmless(patch *networkingapi.EnvoyFilter_Patch) bool {
	switch patch.GetOperation() {
	case networkingapi.EnvoyFilter_Patch_ADD, networkingapi.EnvoyFilter_Patch_INSERT_BEFORE, networkingapi.EnvoyFilter_Patch_INSERT_AFTER, networkingapi.EnvoyFilter_Patch_INSERT_FIRST:
	default:
		return false
	}
	kind := member(patch.GetValue(), "typedconfig").GetFields()["@type"].GetStringValue()
	return slices.ContainsFunc(harmlessFilters, func(name string) bool { return strings.HasSuffix(kind, name) })
}

// plainKey is a name of a field whichever way it is written.
func plainKey(k string) string { return strings.ToLower(strings.ReplaceAll(k, "_", "")) }

func keysOf(s *structpb.Struct) []string {
	var out []string
	for k := range s.GetFields() {
		out = append(out, plainKey(k))
	}
	return out
}

// onlyOf reports whether a value has fields, and none but those that are named.
func onlyOf(s *structpb.Struct, names ...string) bool {
	keys := keysOf(s)
	return len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(names, k) })
}

func member(s *structpb.Struct, name string) *structpb.Struct {
	for k, v := range s.GetFields() {
		if plainKey(k) == name {
			return v.GetStructValue()
		}
	}
	return nil
}
