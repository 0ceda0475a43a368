package lint

import (
	"net/netip"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// addresses reports blocks that are not what they look like, and addresses that a
// caller can choose.
func (p *policy) addresses() {
	for _, about := range []string{ipBlocks, remoteIPBlocks, destinationIP} {
		p.each(about, p.block)
	}
	if p.refs || !p.only(mesh.Sidecar) {
		return
	}
	p.each(remoteIPBlocks, func(l list, i int, _ string) {
		if i == 0 && !l.not {
			p.report("AD0428", at{l.field, -1}, "%s has a sidecar, which takes the remote address from x-forwarded-for as callers send it: who is in the mesh can claim any", p.loads[0])
		}
	})
}

func (p *policy) block(l list, i int, v string) {
	prefix, err := netip.ParsePrefix(v)
	if err != nil {
		addr, err := netip.ParseAddr(v)
		if err != nil {
			return // the validation refuses it
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	addr := prefix.Addr()
	switch {
	case addr.Is4In6():
		p.addAs(diagnose.SeverityError, "AD0427", l.at(i), quoted(v)+" is an IPv4 address written as IPv6, and no IPv4 address matches it: write "+unmapped(prefix))
	case prefix.Masked() != prefix:
		p.report("AD0427", l.at(i), "%s is the whole network %s, and not the one address", quoted(v), prefix.Masked())
	case strings.HasSuffix(v, "/0") && !addr.IsUnspecified():
		p.report("AD0427", l.at(i), "%s is every address", quoted(v))
	}
}

// unmapped is an IPv4-mapped block as IPv4.
func unmapped(p netip.Prefix) string {
	const mapped = 96 // bits before the IPv4 address
	addr := p.Addr().Unmap()
	if p.Bits() < mapped {
		return addr.String()
	}
	return netip.PrefixFrom(addr, p.Bits()-mapped).Masked().String()
}
