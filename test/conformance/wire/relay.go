package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// patience is how long anything may take here.
const patience = 5 * time.Second

// relay listens where a proxy finds an endpoint, and leads on from there.
func (p *proxy) relay(to facts.Upstream) string {
	path := p.batch.socket()
	l, err := net.Listen("unix", path)
	if err != nil {
		p.batch.keep(err)
		return path
	}
	p.batch.relays = append(p.batch.relays, l)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // stopped
			}
			go p.lead(conn, to)
		}
	}()
	return path
}

// lead connects what a proxy sends with whoever is next.
func (p *proxy) lead(in net.Conn, to facts.Upstream) {
	defer shut(in)
	way := leg{world: p.world, from: p.key, ip: p.ip, to: to.At, transport: to.Transport, waypoint: to.Waypoint, outside: to.Outside}
	if !way.to.IsValid() && !to.Outside {
		way.to = p.batch.dialled()
	}
	out, err := p.batch.next(way)
	if err != nil {
		return
	}
	defer shut(out)
	join(in, out)
}

// join copies both ways until one side ends.
func join(a, b net.Conn) {
	var wait sync.WaitGroup
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		wait.Go(func() {
			_, _ = io.Copy(pair[0], pair[1]) // a connection that breaks off is an answer
			_ = pair[0].Close()
			_ = pair[1].Close()
		})
	}
	wait.Wait()
}

// shut closes what is done with; how it ended is known already.
func shut(c io.Closer) { _ = c.Close() }

// leg is a connection that is to be made.
type leg struct {
	world     *facts.World
	from      string // the Pod; empty: somebody outside
	ip        netip.Addr
	to        netip.AddrPort
	transport string
	waypoint  netip.AddrPort // where a tunnel ends, if not at the endpoint
	outside   bool
}

// next is a connection to whoever listens at an address: an Envoy here, or what stands
// for everybody else.
func (b *Batch) next(l leg) (net.Conn, error) {
	at := l.to
	if l.waypoint.IsValid() {
		at = l.waypoint
	}
	pod := l.world.PodAt(at.Addr())
	if l.outside || pod == nil {
		b.trace(at.String())
		return b.world(l, at.String()), nil
	}
	name := facts.Key(pod)
	served := l.world.Takes(pod, at, l.transport)
	if served == nil || facts.KindOf(pod) == xds.Ztunnel {
		b.trace(name)
		return b.world(l, name), nil
	}
	b.trace(name)
	entry := at
	if l.transport == facts.HBONE {
		entry = netip.AddrPortFrom(at.Addr(), 15008)
	}
	conn, err := b.dial(b.proxies[l.world][name].socket(served), netip.AddrPortFrom(l.ip, b.port()), entry)
	if err != nil || l.transport != facts.HBONE {
		return conn, err
	}
	return b.tunnel(conn, l)
}

// dial connects to an Envoy's socket and says from where to where the connection goes.
func (b *Batch) dial(socket string, from, to netip.AddrPort) (net.Conn, error) {
	conn, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "PROXY TCP4 %s %s %d %d\r\n", from.Addr(), to.Addr(), from.Port(), to.Port())
	return conn, errors.Join(err, conn.SetDeadline(time.Now().Add(patience)))
}
