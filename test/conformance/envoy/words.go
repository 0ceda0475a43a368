package envoy

import (
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/file/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// The headers in which an HTTP answer says why.
const (
	HeaderDetails = "X-Why"
	headerRule    = "X-Rule"
	headerPath    = "X-Path"
	headerFrom    = "X-From"
	headerHost    = "X-Authority"
	HeaderHop     = "X-Hop"
)

// SayWhy adds Envoy's reasons to every answer that it gives itself, and the name of the
// proxy that it is.
func SayWhy(hop string) *hcmv3.LocalReplyConfig {
	header := func(name, value string) *corev3.HeaderValueOption {
		return &corev3.HeaderValueOption{Header: &corev3.HeaderValue{Key: name, Value: value}}
	}
	return &hcmv3.LocalReplyConfig{Mappers: []*hcmv3.ResponseMapper{{
		Filter: &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_NotHealthCheckFilter{
			NotHealthCheckFilter: &accesslogv3.NotHealthCheckFilter{},
		}},
		HeadersToAdd: []*corev3.HeaderValueOption{
			header(HeaderDetails, "%RESPONSE_CODE_DETAILS%"),
			header(headerRule, "%DYNAMIC_METADATA(envoy.filters.http.rbac:enforced_effective_policy_id)%"),
			header(headerPath, "%REQ(:PATH)%"),
			header(headerHost, "%REQ(:AUTHORITY)%"),
			header(headerFrom, "%DOWNSTREAM_REMOTE_ADDRESS%"),
			header(HeaderHop, hop),
		},
	}}}
}

// LogLine is what the log has of a connection.
type LogLine struct {
	Hop     string `json:"hop"`
	Remote  string `json:"remote"`
	From    string `json:"from"` // as a PROXY header says
	Local   string `json:"local"`
	Details string `json:"details"`
	Flags   string `json:"flags"`
	Failure string `json:"failure"`
}

// ConnectionLog is the log of a proxy's connections.
func ConnectionLog(path, hop string) []*accesslogv3.AccessLog {
	format, err := structpb.NewStruct(map[string]any{
		"hop":     hop,
		"from":    "%DOWNSTREAM_REMOTE_ADDRESS%",
		"remote":  "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
		"local":   "%DOWNSTREAM_LOCAL_ADDRESS%",
		"details": "%CONNECTION_TERMINATION_DETAILS%",
		"flags":   "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%",
		"failure": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
	})
	if err != nil {
		panic(err) // the literal above is a struct
	}
	file, err := anypb.New(&filev3.FileAccessLog{
		Path: path,
		AccessLogFormat: &filev3.FileAccessLog_LogFormat{LogFormat: &corev3.SubstitutionFormatString{
			Format: &corev3.SubstitutionFormatString_JsonFormat{JsonFormat: format},
		}},
	})
	if err != nil {
		panic(err) // so is the message
	}
	return []*accesslogv3.AccessLog{{
		Name:       "envoy.access_loggers.file",
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: file},
	}}
}
