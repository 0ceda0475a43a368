package random

import "github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"

// The texts that values and requests are made of. They are few and alike, so that
// they meet.
var (
	namespaces = []string{"foo", "bar", "bar2", "ba", "istio-system"}
	accounts   = []string{"sleep", "sleepy", "default", "httpbin", "sle"}
	domains    = []string{"cluster.local", "td1", "td2", "td11", "old.example.com"}
	hosts      = []string{
		"httpbin.foo", "httpbin.foo:8000", "example.com", "example.com:8000", "EXAMPLE.com", "a.example.com", "com",
		"[::1]:8000", "10.0.0.1:80", "httpbin.foo.svc.cluster.local",
	}
	methods = []string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "get", "FOO"}
	paths   = []string{
		"/", "/admin", "/admin/", "/admin/x", "/administrator", "/a/b", "/a/b/c", "/a//b", "/a%2Fb", "/a%2fb/c", "/A/B",
		"/a|b", "/a%7Cb", "/x/[", "/a;v=1/b", "/info", "/a*b", "/files/a.txt", "/files/", "/api/v1/users", "/%41dmin", "/a b",
	}
	templates = []string{
		"/a/{*}", "/a/{*}/c", "/{*}", "/{**}", "/a/{**}", "/{*}/b", "/a/{*}/{**}", "/files/{*}.txt", "/{**}/c", "/api/{*}/users",
		"/x/{*}", "/{*}/{*}", "/admin/{**}", "/a/{**}/c",
	}
	targets = []string{
		"/a/../admin", "/./admin", "/a/%2e%2e/admin", "//admin", "/admin//", "/a\\b", "/a%5Cb", "/a%5cb", "/admin?x=1", "/admin?/x",
		"/?", "/a/..;/b", "/a/.;/b", "/a/..%2Fadmin", "/%2F", "/%61dmin", "/a/b?access=1", "/admin#x", "/a/%7Eb", "/x/|", "/x/%7C",
		"http://other.example/admin", "http://example.com:8000/a/b?y", "*", "/admin/.", "/admin/..", "/a/b/..//c", "/\"", "/%zz", "/a%00b",
	}
	headers = []string{
		"x-team", "X-Team", "x-empty", "x_under", "user-agent", "accept", "cookie", "content-type", "x-request-id",
		"x-forwarded-proto", ":path", ":method", ":authority", ":scheme", "host", "authorization", "x-output", "x-forwarded-client-cert",
	}
	texts   = []string{"a", "b", "team-a", "team-b", "TEAM-A", "a,b", "a b", "1", "true", "text/html", "*", "tëam"}
	issuers = []string{"https://issuer.example", "issuer-a", "issuer-ab"}
	people  = []string{"me", "me2", "admin@example.com", "a/b", "*"}
	groups  = []string{"admin", "admins", "dev", "read", "write", "read write", "5", "true"}
	claims  = []string{
		"[groups]", "[sub]", "[iss]", "[level]", "[scope]", "[permission]", "[realm][roles]", "[realm][name]", "[realm][deep][x]",
		"[flag]", "[roles]", "[a.b]", "[realm]", "[missing]",
	}
	audiences = []string{"web", "https://web.example/", "db", "we"}
	names     = []string{
		"outbound_.80_._.httpbin.foo.svc.cluster.local", "httpbin.foo", "a.example.com", "b.example.com", "HTTPBIN.foo",
	}
	sourceBlocks = []string{
		"127.2.0.1", "127.2.0.2", "127.2.0.0/24", "127.2.0.0/31", "127.2.0.0/16", "127.2.1.0/25", "127.2.1.128/25", "127.0.0.0/8", "0.0.0.0/0",
		"10.0.0.0/8", "::1", "::/0", "::1/128", "2001:db8::/32", "::ffff:127.2.0.0/112", "fe80::/10", "127.2.0.77/24",
	}
	sources      = []string{"127.2.0.1", "127.2.0.2", "127.2.0.200", "127.2.1.1", "127.2.1.129", "127.2.77.3"}
	remoteBlocks = []string{
		"203.0.113.7", "203.0.113.0/24", "198.51.100.0/25", "127.2.0.0/24", "127.2.0.1", "2001:db8::/32", "2001:db8::1", "::/0", "0.0.0.0/0",
		"::ffff:203.0.113.0/120",
	}
	forwarded = []string{
		"203.0.113.7", "203.0.113.8", "198.51.100.1", "198.51.100.200", "2001:db8::1", "2001:db9::1", "10.0.0.1, 203.0.113.7", "203.0.113.7, 10.0.0.1",
		"203.0.113.7:80", "203.0.113.7,", "rubbish", "::ffff:203.0.113.7", "[2001:db8::1]", "",
	}
	metadata = []string{"a", "[a]", "b*", "[b*]", "*"}
)

// identity draws the name of a peer.
func (s Source) identity(w *trial.World) string {
	domain := w.Config.TrustDomain
	switch s.Weighted(70, 15, 15) {
	case 1:
		if a := w.Config.TrustDomainAliases; len(a) > 0 {
			domain = of(s, a...)
		}
	case 2:
		domain = of(s, domains...)
	}
	return domain + "/ns/" + of(s, namespaces...) + "/sa/" + of(s, accounts...)
}
