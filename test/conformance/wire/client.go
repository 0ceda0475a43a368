package wire

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

const (
	headerWhy = envoy.HeaderDetails
	headerHop = envoy.HeaderHop
	// arrived is the reason of those who have no Envoy here.
	arrived = "direct_response"
)

// answer is what came back.
type answer struct {
	id     uint16
	status int // 0: no HTTP
	why    string
	hop    string // who answered, or the last that a relay led to
	echo   bool
	failed string // why there is no answer
}

// outsiders have this address.
var outsider = netip.MustParseAddr("203.0.113.7")

// send sends a case's request the way it arrives at a station.
func (b *Batch) send(c *Case, s facts.Station) (a answer) {
	a.id, a.hop = b.begin(s.Address, s.Pod), s.Pod
	ip := outsider
	if from := c.World.Pod(s.From); from != nil {
		ip, _ = netip.ParseAddr(from.Status.PodIP)
	}
	conn, err := b.next(leg{world: c.World, from: s.From, ip: ip, to: s.Address, transport: s.Transport, waypoint: b.standing(c.World, s)})
	if err != nil {
		a.failed = err.Error()
		return a
	}
	defer shut(conn)
	sends := c.Call.HTTP && !c.Call.TLS
	hello := c.Call.TLS
	switch {
	case s.Transport == facts.MTLS:
		conn, err = b.mutual(conn, c, s, sends)
	case s.Transport == facts.TLS && s.Ends == "": // the application's
		sends, hello = false, true
	case s.Transport == facts.TLS:
		sends, hello = c.Call.HTTP, false
		secured := tls.Client(conn, &tls.Config{ServerName: s.SNI, NextProtos: []string{"http/1.1"}, InsecureSkipVerify: true})
		conn, err = secured, secured.Handshake()
	}
	if err != nil {
		a.failed = "TLS: " + err.Error()
		return a
	}
	b.exchange(conn, &a, s, sends, hello)
	return a
}

// standing is the waypoint's own address; not valid if the station is none.
func (b *Batch) standing(w *facts.World, s facts.Station) netip.AddrPort {
	pod := w.Pod(s.Pod)
	if facts.KindOf(pod) != xds.Waypoint {
		return netip.AddrPort{}
	}
	ip, _ := netip.ParseAddr(pod.Status.PodIP)
	return netip.AddrPortFrom(ip, hbone)
}

// mutual is the client's half of Istio's mTLS.
func (b *Batch) mutual(conn net.Conn, c *Case, s facts.Station, http bool) (net.Conn, error) {
	cert, err := b.lab.Leaf(c.World.Identity(c.World.Pod(s.From)))
	if err != nil {
		return nil, err
	}
	offers := []string{"istio-peer-exchange", "istio"}
	if http {
		offers = []string{"istio-http/1.1", "istio", "http/1.1"}
	}
	secured := tls.Client(conn, &tls.Config{Certificates: []tls.Certificate{cert}, ServerName: s.SNI, NextProtos: offers, InsecureSkipVerify: true})
	return secured, secured.Handshake()
}

// opaque is no HTTP.
const opaque = "conformance: bytes\r\n\r\n"

func (b *Batch) exchange(conn net.Conn, a *answer, s facts.Station, sends, hello bool) {
	sent := opaque
	switch {
	case sends:
		sent = wire(s.Message)
	case hello:
		sent = clientHello(s.SNI)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		a.failed = "closed"
		return
	}
	in := bufio.NewReader(conn)
	first, err := in.Peek(min(len(sent), 12))
	switch timeout, ok := errors.AsType[net.Error](err); {
	case ok && timeout.Timeout():
		a.failed = "time-out"
	case err != nil:
		a.failed = "closed"
	case string(first) == sent[:len(first)]:
		a.echo, a.hop = true, b.last()
	case strings.HasPrefix(string(first), "HTTP/1.1 "):
		answered, err := http.ReadResponse(in, &http.Request{Method: s.Message.Method})
		if err != nil {
			a.failed = "an answer that is no HTTP"
			return
		}
		_ = answered.Body.Close()
		a.status, a.why, a.hop = answered.StatusCode, answered.Header.Get(headerWhy), answered.Header.Get(headerHop)
	default:
		a.failed = fmt.Sprintf("unintelligible: %q", first)
	}
}

// wire writes a request.
func wire(m facts.Message) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\n", m.Method, m.Path, m.Authority)
	for name, value := range m.Headers {
		fmt.Fprintf(&out, "%s: %s\r\n", name, value)
	}
	out.WriteString("\r\n")
	return out.String()
}

// clientHello is how a TLS connection begins.
func clientHello(sni string) string {
	near, far := net.Pipe()
	defer shut(far)
	go func() { _ = tls.Client(near, &tls.Config{ServerName: sni, InsecureSkipVerify: true}).Handshake() }() // nobody answers
	head := make([]byte, 5)
	if _, err := io.ReadFull(far, head); err != nil {
		return ""
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(far, body); err != nil {
		return ""
	}
	return string(head) + string(body)
}

func (a answer) String() string {
	switch {
	case a.failed != "":
		return a.failed + " (last led to " + a.hop + ")"
	case a.echo:
		return "echo of " + a.hop
	}
	return strconv.Itoa(a.status) + " from " + a.hop + " (" + a.why + ")"
}
