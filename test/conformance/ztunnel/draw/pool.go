package draw

import (
	"net/netip"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// The texts that values and connections are made of. They are few and alike, so
// that they meet.
var (
	domains    = []string{"cluster.local", "td1", "td11"}
	namespaces = []string{"foo", "bar", "bar2", "ba"}
	accounts   = []string{"sleep", "sleepy", "default"}
	ports      = []uint16{80, 8080, 9090, 15008, 0, 65535}
	addresses  = addrs(
		"10.0.0.1", "10.0.0.2", "10.0.0.130", "10.0.1.1", "192.168.0.1", "0.0.0.0", "255.255.255.255",
		"::1", "2001:db8::1", "2001:db8::2", "2001:db9::1", "fe80::1",
	)
	blocks = []string{
		"10.0.0.1", "10.0.0.2", "10.0.0.130", "10.0.1.1", "192.168.0.1",
		"10.0.0.1/32", "10.0.0.0/31", "10.0.0.128/25", "10.0.0.0/24", "10.0.0.77/24", "10.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0",
		"2001:db8::1", "2001:db8::1/128", "2001:db8::/127", "2001:db8::/32", "::1", "fe80::/10", "fe80::1%eth0", "::/0",
		"::ffff:10.0.0.1", "::ffff:10.0.0.0/112",
	}
	badBlocks = []string{"10.0.0.0/33", "localhost", "10.0", "", "10.0.0.1/024", "fe80::1%eth0/64", "010.0.0.1", "10.0.0.1/", "::/129"}
	badPorts  = []string{"http", "65536", "-1", "80-90", "", "+80", "8_0", " 80", "4294967376"}
	texts     = []string{"a", "GET", "/admin", "example.com", "issuer/subject", "203.0.113.0/24"}
)

func addrs(texts ...string) []netip.Addr {
	out := make([]netip.Addr, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParseAddr(t)
	}
	return out
}

// identities are all that the texts make.
var identities = func() []*reference.Identity {
	var out []*reference.Identity
	for _, td := range domains {
		for _, ns := range namespaces {
			for _, sa := range accounts {
				out = append(out, &reference.Identity{TrustDomain: td, Namespace: ns, ServiceAccount: sa})
			}
		}
	}
	return out
}()
