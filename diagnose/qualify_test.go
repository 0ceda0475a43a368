package diagnose

import "testing"

func TestQualified(t *testing.T) {
	for _, tt := range [][4]string{
		{"sleep", "http://httpbin:8000/get", "sleep.foo", "http://httpbin:8000/get"},
		{"deploy/sleep", "svc/httpbin:8000/get", "deploy/sleep.foo", "svc/httpbin.foo:8000/get"},
		{"sleep.bar", "svc/httpbin.bar", "sleep.bar", "svc/httpbin.bar"},
		{"ip/10.0.0.1", "pod/a?b.c", "ip/10.0.0.1", "pod/a.foo?b.c"},
		{"kubelet", "ip/10.0.0.1:80", "kubelet", "ip/10.0.0.1:80"},
		{"*", "10.0.0.1:80", "*", "10.0.0.1:80"},
	} {
		got := Question{Source: tt[0], Target: tt[1], Namespace: "foo"}.Qualified()
		if got.Source != tt[2] || got.Target != tt[3] {
			t.Errorf("%s → %s: %s → %s, want %s → %s", tt[0], tt[1], got.Source, got.Target, tt[2], tt[3])
		}
	}
}

func TestWithPath(t *testing.T) {
	for target, want := range map[string]string{
		"http://a.b:80/x?y": "http://a.b:80/p?q", "http://a": "http://a/p?q", "a.b:80": "a.b:80/p?q", "svc/a:80/x": "svc/a:80/p?q", "http://a?x": "http://a/p?q", "ip/10.0.0.1": "ip/10.0.0.1/p?q",
	} {
		if got := WithPath(target, "/p?q"); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}
