package envoy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// What Istio's sidecars offer: to a server that speaks HTTP, and to others.
var (
	alpnHTTP = []string{"istio-http/1.1", "istio", "http/1.1"}
	alpnTCP  = []string{"istio-peer-exchange", "istio"}
)

// Reply is an answer, and what else is known of the exchange.
type Reply struct {
	trial.Answer
	// Remote and Local are the ends of the connection, by which the log knows it.
	Remote, Local string
	// Path, Host and From are of an answer that Envoy gave itself over HTTP: the path
	// and the host that it decided on, and whom it takes for the client.
	Path, Host, From string
	// Secured says that TLS was agreed on.
	Secured bool
}

// answered is what came back.
type answered struct {
	Reply
	tls     bool
	pending bool // why the connection was closed is in the log
}

// ask sends one request.
func (l *Lab) ask(ctx context.Context, w *trial.World, r *trial.Request) answered {
	none := func(why string) answered {
		return answered{Reply: Reply{Answer: trial.Answer{Rule: -1, Refusal: why}}}
	}
	local := netip.AddrPortFrom(w.Address, r.Port).String()
	dialer := &net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: r.Source.AsSlice()}}
	conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(w.Address, dialled(w, r)).String())
	if err != nil {
		return none("connect")
	}
	defer func() { _ = conn.Close() }() // all that was to be read is read
	remote := conn.LocalAddr().String()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return none("connect")
	}
	if err := preface(conn, w, r); err != nil {
		return none("connect")
	}
	if r.Identity != "" {
		secured, err := l.secure(conn, r)
		if err != nil {
			out := none("TLS")
			out.Remote, out.Local, out.tls = remote, local, true
			return out
		}
		conn = secured
	}
	out := exchange(conn, r)
	out.Secured = r.Identity != ""
	out.Remote, out.Local, out.tls = remote, local, r.Identity != ""
	return out
}

// dialled is the port that the client connects to.
func dialled(w *trial.World, r *trial.Request) uint16 {
	if len(w.Extra) > 0 {
		return w.Ports()[0].Number
	}
	return r.Port
}

// preface says, where it must, which port is meant.
func preface(conn net.Conn, w *trial.World, r *trial.Request) error {
	if len(w.Extra) == 0 {
		return nil
	}
	from := conn.LocalAddr().(*net.TCPAddr).AddrPort()
	_, err := fmt.Fprintf(conn, "PROXY TCP4 %s %s %d %d\r\n", from.Addr().Unmap(), w.Address, from.Port(), r.Port)
	return err
}

// secure is the client's half of Istio's mTLS. Whose certificate the server shows
// is not what is asked here.
func (l *Lab) secure(conn net.Conn, r *trial.Request) (net.Conn, error) {
	leaf, err := l.authority.leaf(r.Identity)
	if err != nil {
		return nil, err
	}
	alpn := alpnHTTP
	if r.Opaque {
		alpn = alpnTCP
	}
	c := tls.Client(conn, &tls.Config{
		Certificates: []tls.Certificate{leaf}, ServerName: r.SNI, NextProtos: alpn, InsecureSkipVerify: true,
	})
	return c, c.Handshake()
}

// opaque is no HTTP. One byte would do, but gets stuck in the inspectors.
const opaque = "conformance: bytes\r\n\r\n"

func exchange(conn net.Conn, r *trial.Request) answered {
	out := answered{Reply: Reply{Answer: trial.Answer{Rule: -1}}}
	if r.HTTP2 {
		out.Reply = overHTTP2(conn, r)
		return out
	}
	sent := opaque
	if !r.Opaque {
		sent = wire(r)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		out.pending = true
		return out
	}
	in := bufio.NewReader(conn)
	first, err := in.Peek(min(len(sent), 12))
	switch timeout, ok := errors.AsType[net.Error](err); {
	case ok && timeout.Timeout():
		out.Refusal = "time-out"
	case err != nil:
		out.pending = true
	case string(first) == sent[:len(first)]:
		out.Verdict, out.Words = authz.Allowed, "echo"
	case strings.HasPrefix(string(first), "HTTP/1.1 "):
		out.Reply = readHTTP(in, r.Method)
	default:
		out.Refusal = fmt.Sprintf("unintelligible: %q", first)
	}
	return out
}

// wire writes the request as it is, for net/http would clean it.
func wire(r *trial.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, r.Host)
	for _, h := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.Name, h.Value)
	}
	b.WriteString("\r\n")
	return b.String()
}

func readHTTP(in *bufio.Reader, method string) Reply {
	answer, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return Reply{Answer: trial.Answer{Rule: -1, Refusal: "an answer that is no HTTP"}}
	}
	defer answer.Body.Close()
	return reply(answer.StatusCode, answer.Header)
}

func reply(status int, h http.Header) Reply {
	return Reply{
		Answer: read(status, h.Get(HeaderDetails), h.Get(headerRule)),
		Path:   h.Get(headerPath), Host: h.Get(headerHost), From: h.Get(headerFrom),
	}
}
