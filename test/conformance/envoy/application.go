package envoy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
)

// application stands behind a proxy that forwards: it answers HTTP with 200 and sends
// back what is not HTTP.
type application struct{ listener net.Listener }

func startApplication() (*application, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &application{l}
	go a.serve()
	return a, nil
}

func (a *application) stop() { _ = a.listener.Close() } // nobody calls any more

func (a *application) serve() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return // stopped
		}
		go answer(conn)
	}
}

// answer tells HTTP by the end of its first line. The answer says why as those of Envoy
// do, so that its client reads both alike.
func answer(conn net.Conn) {
	defer func() { _ = conn.Close() }() // Envoy has gone
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasSuffix(line, " HTTP/1.1\r\n") {
			if _, err := io.WriteString(conn, line); err == nil {
				_, _ = io.Copy(conn, in) // until the client has enough
			}
			return
		}
		for line != "\r\n" { // Envoy's clients send no body
			if line, err = in.ReadString('\n'); err != nil {
				return
			}
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n%s: direct_response\r\n\r\n", HeaderDetails); err != nil {
			return
		}
	}
}
