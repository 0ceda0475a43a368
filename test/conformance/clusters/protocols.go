package clusters

import "strings"

// protocols: how a port's name says what it is for.
func protocols() []*draft {
	ports := []port{
		{"http", 80, 8080, ""},
		{"http2-x", 81, 8081, ""},
		{"grpc", 82, 8082, ""},
		{"grpc-web-x", 83, 8083, ""},
		{"https", 84, 8084, ""},
		{"tls", 85, 8085, ""},
		{"tcp", 86, 8086, ""},
		{"mongo", 87, 8087, ""},
		{"httpx", 88, 8088, ""},
		{"tcp-a", 89, 8089, "http"},
		{"http-b", 91, 8091, "tcp"},
		{"http-c", 92, 8092, "unheard.of/x"},
		{"xx", 93, 8093, "kubernetes.io/h2c"},
		{"yy", 94, 8094, "kubernetes.io/wss"},
		{"my", 3306, 3306, ""},
		{"zz", 95, 8095, "grpc"},
	}
	var out []*draft
	for _, mode := range modes {
		d := between("protocols-"+strings.ToLower(mode), sidecar, sidecar).add(level("namespace", mode)...)
		d.add(service("$b", "many", "", ports...), pod("$b", "many", sidecar))
		d.add(authorizationPolicy("$b", "reads", "{rules: [{to: [{operation: {methods: [GET]}}]}]}"))
		for _, p := range ports {
			d.ask(get("http://many.$b:"+itoa(p.number)+"/"), Question{Source: "client.$a", Target: "tcp://many.$b:" + itoa(p.number)})
		}
		out = append(out, d)
	}
	return out
}
