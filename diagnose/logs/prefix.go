package logs

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// prefix takes off what kubectl logs puts before a line: [pod/NAME/CONTAINER] with
// --prefix, a time with --timestamps. A time that is the line's own goes as well.
func (p *parser) prefix(s string) (pod Reporter, stamp time.Time, rest string) {
	pod = p.options.Pod
	if after, ok := strings.CutPrefix(s, "[pod/"); ok {
		if name, after, ok := strings.Cut(after, "] "); ok {
			name, _, _ = strings.Cut(name, "/")
			pod, s = Reporter{Namespace: p.options.Namespace, Name: name}, after
			if p.options.Pod.Name == name {
				pod = p.options.Pod
			}
		}
	}
	for {
		first, after, ok := cutSpace(s)
		t := timeOf(first)
		if !ok || t.IsZero() {
			return pod, stamp, s
		}
		stamp, s = t, after
	}
}

// cutSpace cuts off the first word.
func cutSpace(s string) (word, rest string, ok bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t"), true
}

// timeOf reads a time as all of the logs write it; it is zero if s is none.
func timeOf(s string) time.Time {
	if len(s) < 20 || len(s) > 40 || s[0] < '0' || s[0] > '9' {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// addressOf reads ADDRESS:PORT; what is no address is the zero one.
func addressOf(s string) (netip.Addr, uint16) {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().Unmap().WithZone(""), a.Port()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, 0
	}
	return a.Unmap().WithZone(""), 0
}

// portOf reads a port; 0 is none.
func portOf(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// maxKept is how much is kept of a value, and cutMark stands where there was more.
const (
	maxKept = 256
	cutMark = "…"
)

// kept is what is kept of a value: clean, short, and no part of the line.
func kept(s string) string {
	short := limit(s)
	c := limit(report.Clean(short, false))
	if len(short) < len(s) && !strings.HasSuffix(c, cutMark) {
		c += cutMark
	}
	return c
}

// limit cuts s to maxKept bytes, between runes.
func limit(s string) string {
	if len(s) <= maxKept {
		return s
	}
	n := maxKept
	for n > maxKept-4 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// keep makes an event fit to be kept and shown.
func (e *Event) keep() {
	e.Request.Path, _, _ = strings.Cut(e.Request.Path, "?")
	e.Source.Identity = strings.TrimPrefix(e.Source.Identity, "spiffe://")
	for _, s := range []*string{
		&e.Policy, &e.Says, &e.Source.Namespace, &e.Source.Pod, &e.Source.Identity, &e.Target.Host, &e.Target.Namespace, &e.Target.Pod,
		&e.Request.Method, &e.Request.Path, &e.Request.Host, &e.Request.ForwardedFor, &e.Request.id,
	} {
		*s = kept(*s)
	}
	// Kmesh knows identities by the address, and not by a certificate.
	e.Source.MutualTLS = e.Source.MutualTLS || e.Source.Identity != "" && e.Format != Kmesh
}
