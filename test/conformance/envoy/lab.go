package envoy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/istiod"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Lab is what all Envoys of a run share.
type Lab struct {
	binary      string
	authority   *authority
	authorizers []*authorizer
}

// Trial is a world and what is asked in it.
type Trial struct {
	World    *trial.World
	Requests []trial.Request
}

// NewLab installs Envoy if need be and starts what stands around it.
func NewLab(ctx context.Context) (*Lab, error) {
	binary, err := install(ctx)
	if err != nil {
		return nil, err
	}
	l := &Lab{binary: binary}
	if l.authority, err = newAuthority(); err != nil {
		return nil, err
	}
	l.authorizers, err = startAuthorizers()
	if err != nil {
		l.Close()
	}
	return l, err
}

// Close stops the authorizers.
func (l *Lab) Close() {
	for _, a := range l.authorizers {
		a.stop()
	}
}

// Ask has one Envoy decide all requests in all worlds. The worlds' addresses must
// differ. The answers are in the order of the requests.
func (l *Lab) Ask(ctx context.Context, trials []Trial) ([][]trial.Answer, error) {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	a := &adaptation{connections: filepath.Join(dir, "connections.log")}
	listeners, err := a.generate(trials)
	if err != nil {
		return nil, err
	}
	replies, err := l.run(ctx, dir, Setup{Listeners: listeners}, a, trials)
	out := make([][]trial.Answer, len(replies))
	for i := range replies {
		for _, r := range replies[i] {
			out[i] = append(out[i], r.Answer)
		}
	}
	return out, err
}

// run starts an Envoy, asks it everything, and stops it.
func (l *Lab) run(ctx context.Context, dir string, s Setup, a *adaptation, trials []Trial) ([][]Reply, error) {
	p, err := l.start(ctx, dir, s)
	if err != nil {
		return nil, err
	}
	refused, err := p.refused(ctx)
	if err != nil {
		p.stop()
		return nil, err
	}
	answers := l.askAll(ctx, trials, refused)
	select {
	case <-p.done:
		return nil, fmt.Errorf("envoy ended: %s", p.lastWords())
	default:
	}
	p.stop()
	return a.settle(answers)
}

func (a *adaptation) generate(trials []Trial) ([]*listenerv3.Listener, error) {
	var out []*listenerv3.Listener
	for _, t := range trials {
		x, err := istiod.Listener(t.World)
		if err != nil {
			return nil, err
		}
		if err := a.listener(x, t.World); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// clients is how many requests are under way at once.
const clients = 8

func (l *Lab) askAll(ctx context.Context, trials []Trial, refused map[string]string) [][]answered {
	out := make([][]answered, len(trials))
	slots := make(chan struct{}, clients)
	var wait sync.WaitGroup
	for i, t := range trials {
		out[i] = make([]answered, len(t.Requests))
		for j := range t.Requests {
			if why, ok := refused[name(t.World)]; ok {
				out[i][j].Refusal, out[i][j].Rule = "listener refused: "+why, -1
				continue
			}
			slots <- struct{}{}
			wait.Go(func() {
				out[i][j] = l.ask(ctx, t.World, &t.Requests[j])
				<-slots
			})
		}
	}
	wait.Wait()
	return out
}

// settle reads from the log what the clients could not see. Where the access logs count,
// that is also what a proxy without TLS makes of the TLS of its client.
func (a *adaptation) settle(answers [][]answered) ([][]Reply, error) {
	var pending []*answered
	for i := range answers {
		for j := range answers[i] {
			one := &answers[i][j]
			if one.pending || a.clusters != nil && one.Refusal == "TLS" {
				one.Refusal = ""
				pending = append(pending, one)
			}
		}
	}
	if len(pending) > 0 {
		if err := readLog(a.connections, pending); err != nil {
			return nil, err
		}
	}
	out := make([][]Reply, len(answers))
	for i := range answers {
		for _, a := range answers[i] {
			out[i] = append(out[i], a.Reply)
		}
	}
	return out, nil
}
