package cluster

import (
	"context"
	"fmt"
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

// Server is where the API server is: https://host:port.
func (c Connection) Server() string { return c.server.name }

// Silent says why there is no answer to a request, or not all of one: err is an error
// of the client that is no status of the server.
func (c Connection) Silent(ctx context.Context, err error) (Reason, string) {
	reason, message := c.server.silent(ctx, err)
	return reason, oneLine(message)
}
