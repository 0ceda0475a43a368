package envoy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// patience is how long anything on loopback may take.
const patience = 5 * time.Second

// authorizer is an external authorizer that gives everybody the same answer.
type authorizer struct {
	name     string // of the cluster
	grpc, ok bool
	listener net.Listener
	stop     func()
}

// startAuthorizers starts all that the worlds may name.
func startAuthorizers() ([]*authorizer, error) {
	var out []*authorizer
	for _, x := range trial.Authorizers() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return out, err
		}
		a := &authorizer{
			name: fmt.Sprintf("outbound|%d||%s", x.Port, trial.AuthorizerHost),
			grpc: x.GRPC, ok: x.OK, listener: l,
		}
		a.serve()
		out = append(out, a)
	}
	return out, nil
}

func (a *authorizer) serve() {
	if !a.grpc {
		a.stop = func() { _ = a.listener.Close() }
		go a.serveHTTP()
		return
	}
	s := grpc.NewServer()
	authv3.RegisterAuthorizationServer(s, a)
	a.stop = s.Stop
	go a.run(s.Serve)
}

// run serves until stop. Envoy denies what it cannot ask about, so that a server
// that dies shows in the answers.
func (a *authorizer) run(serve func(net.Listener) error) { _ = serve(a.listener) }

// serveHTTP answers over HTTP whatever it is asked: net/http would refuse by itself
// the malformed paths that Envoy passes on.
func (a *authorizer) serveHTTP() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return // stopped
		}
		go a.answer(conn)
	}
}

func (a *authorizer) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }() // Envoy has gone
	status := "200 OK"
	if !a.ok {
		status = "403 Forbidden"
	}
	for in := bufio.NewScanner(conn); in.Scan(); {
		if in.Text() != "" {
			continue // a line of the head; Envoy sends no body
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n", status); err != nil {
			return
		}
	}
}

var errNil = errors.New("an empty request")

// Check answers over gRPC.
func (a *authorizer) Check(_ context.Context, r *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	switch {
	case r == nil:
		return nil, errNil
	case a.ok:
		return &authv3.CheckResponse{Status: &status.Status{Code: int32(codes.OK)}}, nil
	}
	return &authv3.CheckResponse{Status: &status.Status{Code: int32(codes.PermissionDenied)}}, nil
}
