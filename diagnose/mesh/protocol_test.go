package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPortProtocol(t *testing.T) {
	app := func(s string) *string { return &s }
	tests := []struct {
		name string
		port corev1.ServicePort
		want Protocol
		why  string
	}{
		{"http", corev1.ServicePort{Name: "http"}, HTTP, "port name http"},
		{"http-web", corev1.ServicePort{Name: "http-web"}, HTTP, "port name http-web"},
		{"http2", corev1.ServicePort{Name: "http2-x"}, HTTP, "port name http2-x"},
		{"http_proxy", corev1.ServicePort{Name: "http_proxy"}, HTTP, "port name http_proxy"},
		{"grpc", corev1.ServicePort{Name: "grpc"}, HTTP, "port name grpc"},
		{"grpc-web needs no dash", corev1.ServicePort{Name: "GRPC-Webber"}, HTTP, "port name GRPC-Webber"},
		{"case is ignored", corev1.ServicePort{Name: "HTTP-web"}, HTTP, "port name HTTP-web"},
		{"trap 47: https is L4", corev1.ServicePort{Name: "https-web"}, TCP, "port name https-web: TLS that the application ends"},
		{"tls", corev1.ServicePort{Name: "tls"}, TCP, "port name tls: TLS that the application ends"},
		{"tcp", corev1.ServicePort{Name: "tcp-db"}, TCP, "port name tcp-db"},
		{"mongo", corev1.ServicePort{Name: "mongo"}, TCP, "port name mongo"},
		{"redis", corev1.ServicePort{Name: "redis"}, TCP, "port name redis"},
		{"mysql", corev1.ServicePort{Name: "mysql"}, TCP, "port name mysql"},
		{"a TCP port by the name udp", corev1.ServicePort{Name: "udp-x"}, UDP, "port name udp-x is not proxied"},
		{"UDP whatever its name", corev1.ServicePort{Name: "http", Protocol: corev1.ProtocolUDP}, UDP, "protocol UDP is not proxied"},
		{"trap 46: no convention", corev1.ServicePort{Name: "web"}, Auto, "port name web does not name a protocol, so the protocol is sniffed"},
		{"no dash, no prefix", corev1.ServicePort{Name: "httpweb"}, Auto, "port name httpweb does not name a protocol, so the protocol is sniffed"},
		{"no name", corev1.ServicePort{Port: 80}, Auto, "the port has no name, so the protocol is sniffed"},
		{"no name on a well-known port", corev1.ServicePort{Port: 3306}, TCP, "the port has no name; port 3306 is taken for TCP"},
		{"a declared protocol on a well-known port", corev1.ServicePort{Name: "http", Port: 53}, HTTP, "port name http"},
		{"appProtocol", corev1.ServicePort{Name: "tcp", AppProtocol: app("http")}, HTTP, "appProtocol http"},
		{"trap 48: an unknown appProtocol hides the name", corev1.ServicePort{Name: "http-x", AppProtocol: app("foo")}, Auto, "appProtocol foo is unknown to Istio, so the protocol is sniffed"},
		{"an empty appProtocol too", corev1.ServicePort{Name: "http-x", AppProtocol: app("")}, Auto, "appProtocol \"\" is unknown to Istio, so the protocol is sniffed"},
		{"h2c", corev1.ServicePort{AppProtocol: app("kubernetes.io/h2c")}, HTTP, "appProtocol kubernetes.io/h2c"},
		{"ws", corev1.ServicePort{AppProtocol: app("kubernetes.io/ws")}, HTTP, "appProtocol kubernetes.io/ws"},
		{"wss", corev1.ServicePort{AppProtocol: app("kubernetes.io/wss")}, TCP, "appProtocol kubernetes.io/wss: TLS that the application ends"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, why := PortProtocol(tt.port); got != tt.want || why != tt.why {
				t.Errorf("got %v, %q; want %v, %q", got, why, tt.want, tt.why)
			}
		})
	}
}
