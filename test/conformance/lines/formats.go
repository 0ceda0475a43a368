package lines

import (
	"path/filepath"

	"google.golang.org/protobuf/types/known/structpb"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

type provider = meshv1alpha1.MeshConfig_ExtensionProvider

// format is one of the access logs, and the file that has it.
type format struct {
	name, file string
	labels     map[string]string // nil: text
}

// formats are Istio's default text, its default JSON, and Kyma's JSON
// (kyma-project/istio, internal/istiooperator/istio-operator.yaml), in which the reason
// of the upstream's failure is the connection's.
var formats = []format{
	{"istio-text", "access.log", nil},
	{"istio-json", "access.json.log", map[string]string{}},
	{"stdout-json", "kyma.json.log", map[string]string{
		"start_time":                        "%START_TIME%",
		"method":                            "%REQ(:METHOD)%",
		"path":                              "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
		"protocol":                          "%PROTOCOL%",
		"response_code":                     "%RESPONSE_CODE%",
		"response_flags":                    "%RESPONSE_FLAGS%",
		"response_code_details":             "%RESPONSE_CODE_DETAILS%",
		"connection_termination_details":    "%CONNECTION_TERMINATION_DETAILS%",
		"upstream_transport_failure_reason": "%CONNECTION_TERMINATION_DETAILS%",
		"bytes_received":                    "%BYTES_RECEIVED%",
		"bytes_sent":                        "%BYTES_SENT%",
		"duration":                          "%DURATION%",
		"upstream_service_time":             "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
		"x_forwarded_for":                   "%REQ(X-FORWARDED-FOR)%",
		"user_agent":                        "%REQ(USER-AGENT)%",
		"request_id":                        "%REQ(X-REQUEST-ID)%",
		"authority":                         "%REQ(:AUTHORITY)%",
		"upstream_host":                     "%UPSTREAM_HOST%",
		"upstream_cluster":                  "%UPSTREAM_CLUSTER%",
		"upstream_local_address":            "%UPSTREAM_LOCAL_ADDRESS%",
		"downstream_local_address":          "%DOWNSTREAM_LOCAL_ADDRESS%",
		"downstream_remote_address":         "%DOWNSTREAM_REMOTE_ADDRESS%",
		"requested_server_name":             "%REQUESTED_SERVER_NAME%",
		"route_name":                        "%ROUTE_NAME%",
		"traceparent":                       "%REQ(TRACEPARENT)%",
		"tracestate":                        "%REQ(TRACESTATE)%",
	}},
}

// logged has a world log in all formats below dir, and gives it the authorizer behind
// which there is nobody.
func logged(w *trial.World, dir string) {
	for _, f := range formats {
		w.AccessLogs = append(w.AccessLogs, f.name)
		w.Extensions = append(w.Extensions, f.provider(dir))
	}
	w.Extensions = append(w.Extensions, &provider{
		Name: "gone", Provider: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExtAuthzGrpc{
			EnvoyExtAuthzGrpc: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationGrpcProvider{
				Service: trial.AuthorizerHost, Port: trial.NobodyPort,
			},
		},
	})
}

func (f format) provider(dir string) *provider {
	log := &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyFileAccessLogProvider{Path: filepath.Join(dir, f.file)}
	if f.labels != nil {
		labels := &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for name, v := range f.labels {
			labels.Fields[name] = structpb.NewStringValue(v)
		}
		log.LogFormat = &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyFileAccessLogProvider_LogFormat{LogFormat: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyFileAccessLogProvider_LogFormat_Labels{
			Labels: labels,
		}}
	}
	return &provider{
		Name: f.name, Provider: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyFileAccessLog{EnvoyFileAccessLog: log},
	}
}
