package logs

import (
	"net/netip"
	"strconv"
	"strings"
)

// kmesh reads the log of the Kmesh daemon, key=value as logrus writes it
// (pkg/auth/rbac.go), and what its XDP program logs (bpf/kmesh/workload/xdp.c).
func kmesh(s string, _ Reporter) (Event, state) {
	var e Event
	is := unknown
	head, _, _ := strings.Cut(s, "msg=") // logrus: time="…" level=… msg="…"
	switch {
	case len(head) > maxHead || !strings.HasPrefix(head, "time=") && !strings.HasPrefix(head, "level="):
	case strings.Contains(s, "denied for connection"):
		e, is = kmeshDenial(s)
	case strings.Contains(s, "auth denied, src ip: "):
		e, is = kmeshXDP(s)
	}
	if is == event {
		t, _ := quoted(after(s, "time="))
		e.Time = timeOf(t)
	}
	return e, is
}

// kmeshDenial reads a connection as Go prints it with %+v: srcIdentity:{trustDomain:
// namespace:default serviceAccount:sleep} dstNetwork: srcIp:[10 0 0 3] dstIp:[…] dstPort:80.
func kmeshDenial(s string) (Event, state) {
	if !strings.Contains(s, "srcIp:[") {
		return Event{}, unknown
	}
	e := Event{Format: Kmesh, Effect: Denied, Reason: Rejected, Rule: -1, Request: Request{Connection: true}}
	switch {
	case strings.Contains(s, "because authorization policy"):
		e.Reason, e.Says = PolicyMatched, "because authorization policy"
	case strings.Contains(s, "destination workload not found"):
		e.Reason, e.Says = NoDestination, "because destination workload not found"
	}
	identity, _, _ := strings.Cut(after(s, "srcIdentity:{"), "}")
	trust, namespace, account := value(identity, "trustDomain:"), value(identity, "namespace:"), value(identity, "serviceAccount:")
	if namespace != "" && account != "" {
		e.Source.Identity = trust + "/ns/" + namespace + "/sa/" + account
	}
	e.Source.Address = byteAddress(after(s, "srcIp:["))
	e.Target.Address = byteAddress(after(s, "dstIp:["))
	e.Target.PodPort = portOf(value(s, "dstPort:"))
	return e, event
}

// value is what follows a label, up to the next space or bracket.
func value(s, label string) string {
	rest := after(s, label)
	if i := strings.IndexAny(rest, ` }"`); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// byteAddress reads an address as Go prints its bytes: 10 0 0 3].
func byteAddress(s string) netip.Addr {
	inside, _, ok := strings.Cut(s, "]")
	if !ok || len(inside) > 4*16 {
		return netip.Addr{}
	}
	var b []byte
	for _, word := range strings.Fields(inside) {
		n, err := strconv.ParseUint(word, 10, 8)
		if err != nil {
			return netip.Addr{}
		}
		b = append(b, byte(n))
	}
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap()
}

// kmeshXDP reads [XDP] INFO: auth denied, src ip: 10.0.0.3, port: 41234. The port is the
// client's; whom it called is not said.
func kmeshXDP(s string) (Event, state) {
	e := Event{Format: Kmesh, Effect: Denied, Reason: Rejected, Rule: -1, Request: Request{Connection: true}}
	address, _, _ := strings.Cut(after(s, "auth denied, src ip: "), ",")
	e.Source.Address, _ = addressOf(address)
	return e, event
}
