package cluster

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// defaultTimeout bounds a request where the configuration does not.
const defaultTimeout = 10 * time.Second

// Connection is a way to an API server.
type Connection struct {
	// Client makes requests. It has a serializer only because it must have one: bodies
	// are read and written as they are.
	Client rest.Interface
	server server
}

// Connect makes ready to ask an API server; nothing is asked yet. Origin names the
// server in an error.
func Connect(config *rest.Config, origin string) (Connection, error) {
	config = rest.CopyConfig(config)
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return impatient{next, config.Timeout} })
	config.QPS = -1
	config.RateLimiter = nil
	config.WarningHandler = rest.NoWarnings{}
	config.WarningHandlerWithContext = nil
	config.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()

	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return Connection{}, fmt.Errorf("cannot set up a client for %s: %w", origin, err)
	}
	client, err := rest.UnversionedRESTClientForConfigAndClient(config, httpClient)
	if err != nil {
		return Connection{}, fmt.Errorf("cannot set up a client for %s: %w", origin, err)
	}
	name := client.Get().URL()
	return Connection{client, server{name.Scheme + "://" + name.Host, config.Timeout}}, nil
}

// impatient tells at once what a server says that is busy for longer than one would wait
// for it: the client would wait, and then know only that the time was up.
type impatient struct {
	next    http.RoundTripper
	timeout time.Duration
}

// WrappedRoundTripper lets a request be cancelled.
func (i impatient) WrappedRoundTripper() http.RoundTripper { return i.next }

func (i impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := i.next.RoundTrip(r)
	if err != nil || answer.Header.Get("Retry-After") == "" {
		return answer, err
	}
	seconds, err := strconv.ParseFloat(answer.Header.Get("Retry-After"), 64)
	if err != nil || !(seconds >= 0 && seconds < i.timeout.Seconds()) {
		answer.Header.Del("Retry-After")
	}
	return answer, nil
}

// Server is where the API server is: https://host:port.
func (c Connection) Server() string { return c.server.name }

// Silent says why there is no answer to a request, or not all of one: err is an error
// of the client that is no status of the server.
func (c Connection) Silent(ctx context.Context, err error) (Reason, string) {
	reason, message := c.server.silent(ctx, err)
	return reason, oneLine(message)
}
