package random

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// part replaces one of the five parts of the draft's identity.
func (d *draft) part(s Source, i int, v string) {
	d.encrypt(s)
	parts := strings.Split(d.Identity, "/")
	if len(parts) == 5 && v != "" && !strings.ContainsAny(v, "/ *") {
		parts[i] = v
	}
	d.Identity = strings.Join(parts, "/")
}

func meetIdentity(s Source, d *draft, v string) {
	d.encrypt(s)
	v = strings.TrimPrefix(v, "spiffe://")
	parts, own := strings.Split(v, "/"), strings.Split(d.Identity, "/")
	if len(parts) == 5 && parts[0] == "cluster.local" && s.Chance(70) {
		parts[0] = d.world.Config.TrustDomain
	}
	for i, p := range parts {
		if len(parts) == 5 && i < len(own) && !strings.Contains(p, "*") {
			own[i] = p
		}
	}
	if i := len(parts) - 2; strings.HasPrefix(v, "*/") && i > 0 && len(own) == 5 {
		copy(own[5-len(parts)+1:], parts[1:])
	}
	if strings.HasSuffix(v, "/*") && len(parts) < 5 {
		copy(own, parts[:len(parts)-1])
	}
	if id := strings.Join(own, "/"); clean(id) {
		d.Identity = id
	}
}

// clean reports whether a text can be an identity at all.
func clean(id string) bool { return !strings.ContainsAny(id, " *:[]%") }

func meetNamespace(s Source, d *draft, v string) { d.part(s, 2, s.fillName(v)) }

func meetDomain(s Source, d *draft, v string) { d.part(s, 0, s.fillName(v)) }

// fillName fills all stars with what a name may hold.
func (s Source) fillName(v string) string {
	return strings.ReplaceAll(v, "*", of(s, "", "x", "b"))
}

func meetAccount(s Source, d *draft, v string) {
	namespace, account, ok := strings.Cut(v, "/")
	if !ok {
		namespace, account = trial.Namespace, v
		if s.Chance(30) {
			namespace = d.world.Config.RootNamespace
		}
	}
	d.part(s, 2, namespace)
	d.part(s, 4, account)
}

func meetRequestPrincipal(s Source, d *draft, v string) {
	iss, sub := of(s, issuers...), of(s, people...)
	if i := strings.LastIndexByte(v, '/'); i >= 0 {
		if !strings.Contains(v[:i], "*") {
			iss = v[:i]
		}
		if sub = s.fill(v[i+1:]); v[i+1:] == "*" {
			sub = of(s, people...)
		}
	} else if !strings.Contains(v, "*") {
		iss, sub = v, ""
	}
	d.claim(s, "[iss]", iss)
	d.claims["iss"], d.claims["sub"] = iss, sub
}

func meetSource(s Source, d *draft, v string) {
	if d.world.Address.Is6() {
		return
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		if a, err := netip.ParseAddr(v); err == nil && a.Is4() && a.As4()[0] == 127 && a.As4()[1] == 2 {
			d.Source = a
		}
		return
	}
	fits := slices.DeleteFunc(slices.Clone(sources), func(a string) bool { return !p.Contains(netip.MustParseAddr(a)) })
	if len(fits) > 0 {
		d.Source = netip.MustParseAddr(of(s, fits...))
	}
}

func meetRemote(s Source, d *draft, v string) {
	p, err := netip.ParsePrefix(v)
	if err != nil {
		if a, err := netip.ParseAddr(v); err == nil {
			p = netip.PrefixFrom(a, a.BitLen())
		}
	}
	fits := slices.DeleteFunc(slices.Clone(forwarded), func(f string) bool {
		a, err := netip.ParseAddr(strings.TrimSpace(f[strings.LastIndexByte(f, ',')+1:]))
		return err != nil || !p.Contains(a)
	})
	if len(fits) > 0 {
		d.forwarded = of(s, fits...)
	}
}

func meetMethod(s Source, d *draft, v string) {
	fits := slices.DeleteFunc(slices.Clone(methods[:9]), func(m string) bool {
		switch {
		case v == "*":
			return false
		case strings.HasPrefix(v, "*"):
			return !strings.HasSuffix(m, v[1:])
		case strings.HasSuffix(v, "*"):
			return !strings.HasPrefix(m, v[:len(v)-1])
		}
		return m != v
	})
	if len(fits) > 0 {
		d.Method = of(s, fits...)
	}
}

func meetPath(s Source, d *draft, v string) {
	v = strings.ReplaceAll(v, "{**}", of(s, "", "x", "x/y", "x/y.z", "a%20b", "x/["))
	v = strings.ReplaceAll(v, "{*}", of(s, "x", "a.b", "a%2Fb", "", "a|b", "a[b", "v1", "a*b", "a,b;c"))
	if v = s.fill(v); !strings.HasPrefix(v, "/") {
		v = "/" + v
	}
	if v = strings.ReplaceAll(v, " ", "%20"); s.Chance(15) {
		v += of(s, "?", "?x=1", "?a=/b")
	}
	d.Target = v
}

func meetPort(_ Source, d *draft, v string) {
	n, err := strconv.ParseUint(v, 10, 16)
	for _, p := range d.world.Ports() {
		if err == nil && uint64(p.Number) == n {
			d.Port = p.Number
			d.Opaque = d.Opaque && p.Name != "http"
		}
	}
}

func meetSNI(s Source, d *draft, v string) {
	d.encrypt(s)
	if v = s.fill(v); !strings.ContainsAny(v, "*/ ") && !strings.HasPrefix(v, ".") && !strings.HasSuffix(v, ".") {
		d.SNI = v
	}
}
