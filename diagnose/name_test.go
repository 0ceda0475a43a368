package diagnose

import (
	"strings"
	"testing"
)

func TestParseSource(t *testing.T) {
	tests := []struct{ in, want, wantErr string }{
		{in: "sleep", want: "sleep.here"},
		{in: "sleep.foo", want: "sleep.foo"},
		{in: "pod/web-0.foo", want: "pod/web-0.foo"},
		{in: "po/a.b.foo", want: "pod/a.b.foo"},
		{in: "deployment/sleep", want: "deploy/sleep.here"},
		{in: "deployment.apps/sleep", want: "deploy/sleep.here"},
		{in: "STS/db.foo", want: "sts/db.foo"},
		{in: "cj/nightly", want: "cronjob/nightly.here"},
		{in: "serviceaccount/web.foo", want: "sa/web.foo"},
		{in: "gw/ingress.istio-system", want: "gateway/ingress.istio-system"},
		{in: "ip/203.0.113.7", want: "203.0.113.7"},
		{in: "ip/2001:db8::1", want: "2001:db8::1"},
		{in: "spiffe://td.example/ns/foo/sa/web", want: "spiffe://td.example/ns/foo/sa/web"},
		{in: "spiffe://td/foo/web", wantErr: "want spiffe://TRUSTDOMAIN/ns/NAMESPACE/sa/SERVICEACCOUNT"},
		{in: "spiffe://td/ns/Foo/sa/web", wantErr: `"Foo" is no valid namespace`},
		{in: "", wantErr: "the source is empty"},
		{in: "ip/300.1.1.1", wantErr: `"300.1.1.1" is no IP address`},
		{in: "203.0.113.7", wantErr: "say ip/203.0.113.7"},
		{in: "deplyo/sleep", wantErr: `unknown type "deplyo", did you mean "deploy"`},
		{in: "svc/httpbin", wantErr: "a Service sends nothing"},
		{in: "Sleep", wantErr: `"Sleep" is no valid name`},
		{in: "sleep.Foo", wantErr: `"Foo" is no valid namespace`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := parseSource(tt.in, "here")
			checkErr(t, err, tt.wantErr)
			if err == nil && got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// checkErr compares an error with a part of it; empty means none.
func checkErr(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("unexpected error: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error is %v, want %q in it", err, want)
	case err != nil && strings.ContainsAny(err.Error(), "\n"):
		t.Errorf("the error is more than a line: %q", err)
	}
}

func TestParseTarget(t *testing.T) {
	const domain = ".svc.cluster.local"
	tests := []struct {
		in       string
		services string // namespace/name[#pod], in order
		port     string
		path     string
		wantErr  string
	}{
		{in: "httpbin", services: "foo/httpbin"},
		{in: "httpbin:8000", services: "foo/httpbin", port: "8000"},
		{in: "httpbin:http", services: "foo/httpbin", port: "http"},
		{in: "http://httpbin", services: "foo/httpbin", path: "/"},
		{in: "http://httpbin.default:8000/get?x=1#top", services: "default/httpbin foo/default#httpbin", port: "8000", path: "/get?x=1"},
		{in: "http://httpbin?x=1", services: "foo/httpbin", path: "/?x=1"},
		{in: "HTTP://HttpBin.Default.SVC/", services: "default/httpbin", path: "/"},
		{in: "httpbin.default.svc" + ".", services: "default/httpbin"},
		{in: "httpbin.default" + domain + ":80", services: "default/httpbin", port: "80"},
		{in: "httpbin.default.svc.corp.example", services: "default/httpbin"},
		{in: "web-0.web.default" + domain, services: "default/web#web-0"},
		{in: "web-0.web.default", services: "default/web#web-0"},
		{in: "tcp://redis:6379", services: "foo/redis", port: "6379"},
		{in: "svc/httpbin", services: "here/httpbin"},
		{in: "service/httpbin.default:8000", services: "default/httpbin", port: "8000"},
		{in: "user:secret@httpbin:8000", services: "foo/httpbin", port: "8000"},
		{in: "api.eu.example.com:443", port: "443"},
		{in: "htp://x", wantErr: `unknown scheme "htp", did you mean "http"`},
		{in: "http://:80", wantErr: "there is no host"},
		{in: "http://x:", wantErr: "no port behind the colon"},
		{in: "x:99999", wantErr: "port 99999 is not between"},
		{in: "x:http_x", wantErr: "neither a port number nor a port name"},
		{in: "http://x/a b", wantErr: "the path has a space"},
		{in: "http://a_b/", wantErr: "no host name"},
		{in: "", wantErr: "there is no host"},
		{in: "svc/", wantErr: "there is no name behind the slash"},
		{in: "http://[::1", wantErr: "the bracket is not closed"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := parseTarget(tt.in, "foo", "here")
			checkErr(t, err, tt.wantErr)
			if err != nil {
				return
			}
			var services []string
			for _, s := range got.services {
				word := s.namespace + "/" + s.name
				if s.pod != "" {
					word += "#" + s.pod
				}
				services = append(services, word)
			}
			if s := strings.Join(services, " "); s != tt.services || got.port != tt.port || got.path != tt.path {
				t.Errorf("services %q port %q path %q, want %q %q %q", s, got.port, got.path, tt.services, tt.port, tt.path)
			}
		})
	}
	for in, want := range map[string]string{
		"10.0.0.7": "10.0.0.7", "10.0.0.7:80": "10.0.0.7", "http://[2001:db8::1]:80/x": "2001:db8::1", "2001:db8::1": "2001:db8::1",
		"ip/10.0.0.7": "10.0.0.7", "10-0-0-7.default.pod.cluster.local": "10.0.0.7",
	} {
		got, err := parseTarget(in, "foo", "here")
		if err != nil || got.kind != addressTarget || got.address.String() != want {
			t.Errorf("%s: %v %v, want the address %s", in, got.address, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		got        string
		candidates []string
		want       string
	}{
		{"slepe", []string{"sleep", "web", "frontend"}, "sleep"},
		{"front", []string{"frontend", "web"}, "frontend"},
		{"default", []string{"default"}, ""},
		{"zzz", []string{"sleep", "web"}, ""},
		{"web-1", []string{"web-0", "web-2", "web-3", "web-4"}, "web-0 web-2 web-3"},
	}
	for _, tt := range tests {
		if got := strings.Join(nearest(tt.got, tt.candidates), " "); got != tt.want {
			t.Errorf("nearest to %s: %q, want %q", tt.got, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"sleep.foo", "http://a.b:80/x?y", "tcp://[::1]:9", "pod/x", "ip/1.2.3.4", "a:b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := parseSource(s, "default")
		_, err2 := parseTarget(s, "default", "default")
		for _, e := range []error{err, err2} {
			if e != nil && e.Error() == "" {
				t.Error("an error without words")
			}
		}
	})
}
