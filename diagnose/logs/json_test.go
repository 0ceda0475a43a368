package logs

import "testing"

// The JSON formats are EnvoyJSONLogFormatIstio of the same file, and the extension
// provider stdout-json of kyma-project/istio, internal/istiooperator/istio-operator.yaml,
// which writes the termination details under upstream_transport_failure_reason, too.
func TestEnvoyJSON(t *testing.T) {
	want := Event{
		Format: EnvoyAccess, Effect: Denied, Reason: NoneAllowed, Time: moment, Says: "none", Rule: -1,
		Source: Source{Address: ip("10.244.2.12"), MutualTLS: true}, Target: service, Request: get,
	}
	tcp := want
	tcp.Request = Request{Connection: true, id: "10.244.2.12:41802"}
	checkFormats(t, []formatTest{
		{"Istio", Options{}, `{"authority":"httpbin.default:8000","bytes_received":0,"bytes_sent":19,"connection_termination_details":null,"downstream_local_address":"10.244.1.10:80","downstream_remote_address":"10.244.2.12:41802","duration":0,"method":"GET","path":"/get?a=b","protocol":"HTTP/1.1","request_id":"0c1f-1","requested_server_name":"` + sni + `","response_code":403,"response_code_details":"rbac_access_denied_matched_policy[none]","response_flags":"-","route_name":"default","start_time":"2026-10-01T09:00:01.501Z","upstream_cluster":"inbound|80||","upstream_host":null,"upstream_local_address":null,"upstream_service_time":null,"upstream_transport_failure_reason":null,"user_agent":"curl/8.16.0","x_forwarded_for":null}`, want},
		{"Kyma", Options{}, `{"start_time":"2026-10-01T09:00:01.501Z","method":"GET","path":"/get","protocol":"HTTP/1.1","response_code":"403","response_flags":"-","response_code_details":"rbac_access_denied_matched_policy[none]","connection_termination_details":"-","upstream_transport_failure_reason":"-","bytes_received":"0","bytes_sent":"19","duration":"0","upstream_service_time":"-","x_forwarded_for":"-","user_agent":"curl","request_id":"0c1f-1","authority":"httpbin.default:8000","upstream_host":"-","upstream_cluster":"inbound|80||","upstream_local_address":"-","downstream_local_address":"10.244.1.10:80","downstream_remote_address":"10.244.2.12:41802","requested_server_name":"` + sni + `","route_name":"default","traceparent":"00-a","tracestate":"-"}`, want},
		{"Kyma, TCP", Options{}, `{"start_time":"2026-10-01T09:00:01.501Z","method":null,"path":null,"protocol":null,"response_code":0,"response_flags":"-","response_code_details":null,"connection_termination_details":null,"upstream_transport_failure_reason":"rbac_access_denied_matched_policy[none]","upstream_cluster":"inbound|80||","downstream_local_address":"10.244.1.10:80","downstream_remote_address":"10.244.2.12:41802","requested_server_name":"` + sni + `"}`, tcp},
	})
}
