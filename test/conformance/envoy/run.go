package envoy

import (
	"context"
	"crypto/tls"
	"fmt"
)

// Running is an Envoy that somebody else asks.
type Running struct {
	process *process
	// Refused are the listeners that it did not take, and why.
	Refused map[string]string
}

// Run starts an Envoy whose files are in dir.
func (l *Lab) Run(ctx context.Context, dir string, s Setup) (*Running, error) {
	p, err := l.start(ctx, dir, s)
	if err != nil {
		return nil, err
	}
	refused, err := p.refused(ctx)
	if err != nil {
		p.stop()
		return nil, err
	}
	return &Running{p, refused}, nil
}

// Stop ends it; its logs are complete then. It is an error if it ended before.
func (r *Running) Stop() error {
	select {
	case <-r.process.done:
		return fmt.Errorf("envoy ended: %s", r.process.lastWords())
	default:
	}
	r.process.stop()
	return nil
}

// Leaf is the certificate of an identity of the mesh.
func (l *Lab) Leaf(identity string) (tls.Certificate, error) { return l.authority.leaf(identity) }
