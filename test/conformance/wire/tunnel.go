package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"golang.org/x/net/http2"
)

// tunnel is HBONE: a stream inside of HTTP/2 inside of mTLS.
func (b *Batch) tunnel(conn net.Conn, l leg) (net.Conn, error) {
	cert, err := b.lab.Leaf(l.world.Identity(l.world.Pod(l.from)))
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, InsecureSkipVerify: true})
	if err := secured.Handshake(); err != nil {
		return nil, err
	}
	session, err := (&http2.Transport{}).NewClientConn(secured)
	if err != nil {
		return nil, err
	}
	read, write := io.Pipe()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodConnect, "http://"+l.to.String(), read)
	if err != nil {
		return nil, err
	}
	answer, err := session.RoundTrip(request) //nolint:bodyclose // it is the inside of the tunnel
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the tunnel: %s", answer.Status)
	}
	return &stream{Conn: secured, in: answer.Body, out: write}, nil
}

// stream is the inside of a tunnel.
type stream struct {
	net.Conn
	in  io.ReadCloser
	out *io.PipeWriter
}

func (s *stream) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *stream) Write(p []byte) (int, error) { return s.out.Write(p) }
func (s *stream) Close() error                { return errors.Join(s.out.Close(), s.Conn.Close()) }
