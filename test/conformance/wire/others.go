package wire

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// methods are how requests begin here.
var methods = []string{"GET ", "POST"}

// world stands for everybody who has no Envoy here: it answers HTTP with 200 and says
// who it is, and sends back what is not HTTP. It ends TLS where a proxy begins it, but
// not the mesh's.
func (b *Batch) world(l leg, name string) net.Conn {
	near, far := net.Pipe()
	go func() {
		defer shut(far)
		conn := far
		switch {
		case l.transport == facts.MTLS && !b.meshed(l):
			return
		case l.transport == facts.MTLS, l.transport == facts.TLS:
			cert, err := b.lab.Leaf("outside")
			if err != nil {
				return
			}
			conn = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{cert}})
		}
		in := bufio.NewReader(conn)
		for {
			first, err := in.Peek(4)
			if err != nil {
				return
			}
			if !slices.Contains(methods, string(first)) {
				_, _ = io.Copy(conn, in)
				return
			}
			request, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_ = request.Body.Close()
			if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n%s: %s\r\n%s: %s\r\n\r\n", headerWhy, arrived, headerHop, name); err != nil {
				return
			}
		}
	}()
	return near
}

// meshed reports whether somebody who is not here would end the mesh's TLS.
func (b *Batch) meshed(l leg) bool {
	pod := l.world.PodAt(l.to.Addr())
	return pod == nil || facts.KindOf(pod) == xds.Ztunnel
}
