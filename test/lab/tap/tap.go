// Package tap puts a proxy before the API server. It writes down what a client
// asks for, and on demand behaves as badly as networks do.
package tap

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Tap is a proxy that listens on 127.0.0.1 with a certificate of its own.
type Tap struct {
	server *httptest.Server
	calm   atomic.Bool

	mu       sync.Mutex
	requests []*Request
}

// Request is one request as the proxy saw it.
type Request struct {
	Method  string
	URL     string // path and query
	Arrived time.Time
	Status  int   // 0 while, or because, it was never answered
	Bytes   int64 // of the answer's body, as sent
}

// Open starts a proxy before the lab's API server. The manners are applied to
// each request in order, after it has been written down.
func Open(l *lab.Lab, manners ...Manner) (*Tap, error) {
	return open(l, &tls.Config{MinVersion: tls.VersionTLS12}, manners)
}

// OpenSkewed is Open with a certificate that is valid for an hour from a moment on.
func OpenSkewed(l *lab.Lab, from time.Time) (*Tap, error) {
	certificate, err := lab.NewCertificate("127.0.0.1", nil, from, nil)
	if err != nil {
		return nil, err
	}
	return open(l, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}, nil)
}

func open(l *lab.Lab, config *tls.Config, manners []Manner) (*Tap, error) {
	upstream := l.Config(lab.Admin)
	upstream.BearerToken = "" // the client's own goes through
	transport, err := rest.TransportFor(upstream)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(upstream.Host)
	if err != nil {
		return nil, err
	}
	var handler http.Handler = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	t := &Tap{}
	behaved := handler
	for i := len(manners) - 1; i >= 0; i-- {
		handler = manners[i](t, handler)
	}
	mannered := handler
	t.server = httptest.NewUnstartedServer(t.record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t.calm.Load() {
			behaved.ServeHTTP(w, r)
			return
		}
		mannered.ServeHTTP(w, r)
	})))
	t.server.EnableHTTP2 = true
	t.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.server.TLS = config
	t.server.StartTLS()
	return t, nil
}

// Calm ends all manners: from now on the server is as it is.
func (t *Tap) Calm() { t.calm.Store(true) }

// Close stops the proxy and breaks what is still open.
func (t *Tap) Close() {
	t.server.CloseClientConnections()
	t.server.Close()
}

// WriteKubeconfig writes a kubeconfig with which user goes through the proxy.
func (t *Tap) WriteKubeconfig(file, user string) error {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: t.server.Certificate().Raw})
	return lab.WriteKubeconfigTo(file, user, t.server.URL, ca)
}

// Requests are those that arrived since the start or the last Forget, in the
// order of arrival.
func (t *Tap) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := make([]Request, len(t.requests))
	for i, r := range t.requests {
		seen[i] = *r
	}
	return seen
}

// Forget empties the record.
func (t *Tap) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = nil
}

func (t *Tap) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &Request{Method: r.Method, URL: r.URL.RequestURI(), Arrived: time.Now()}
		t.mu.Lock()
		t.requests = append(t.requests, seen)
		t.mu.Unlock()
		next.ServeHTTP(&meter{ResponseWriter: w, tap: t, seen: seen}, r)
	})
}

// meter counts what goes back to the client.
type meter struct {
	http.ResponseWriter
	tap  *Tap
	seen *Request
}

func (m *meter) WriteHeader(status int) {
	m.tap.mu.Lock()
	m.seen.Status = status
	m.tap.mu.Unlock()
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.ResponseWriter.Write(b)
	m.tap.mu.Lock()
	if m.seen.Status == 0 {
		m.seen.Status = http.StatusOK
	}
	m.seen.Bytes += int64(n)
	m.tap.mu.Unlock()
	return n, err
}

// Unwrap lets the proxy flush.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
