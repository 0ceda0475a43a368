package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// Case is a question with what istiod and the plugin say of it.
type Case struct {
	Label     string
	World     *facts.World
	Call      facts.Call
	Ways      []facts.Way // of this call
	Diagnosis *diagnose.Diagnosis
}

// Batch is what one Envoy runs and is asked.
type Batch struct {
	lab      *envoy.Lab
	dir, log string
	setup    envoy.Setup
	sockets  int
	secrets  map[string]bool
	proxies  map[*facts.World]map[string]*proxy
	relays   []net.Listener
	cases    []Case
	errs     []error
	now      current
}

// proxy is one that the Envoy of a batch stands for.
type proxy struct {
	batch    *Batch
	world    *facts.World
	config   *xds.Config
	key      string
	kind     xds.Kind
	identity string
	ip       netip.Addr
	used     map[string]bool   // clusters
	at       map[string]string // the sockets of listeners
}

// NewBatch returns an empty one, whose files are in a directory of their own.
func NewBatch(lab *envoy.Lab) (*Batch, error) {
	dir, err := os.MkdirTemp("", "wire-")
	if err != nil {
		return nil, err
	}
	return &Batch{
		lab: lab, dir: dir, log: filepath.Join(dir, "connections.log"), secrets: map[string]bool{},
		proxies: map[*facts.World]map[string]*proxy{}, now: newCurrent(),
	}, nil
}

// Add takes a case with the listeners of all Envoys on its ways.
func (b *Batch) Add(c Case) {
	for _, w := range c.Ways {
		for _, s := range w.Stations {
			pod := c.World.Pod(s.Pod)
			if served := c.World.Takes(pod, s.Address, s.Transport); served != nil {
				b.load(c.World, s.Pod, served)
			}
		}
	}
	b.cases = append(b.cases, c)
}

// load adds a listener of a proxy, and with that of tunnels the one inside.
func (b *Batch) load(w *facts.World, key string, served *listenerv3.Listener) {
	p := b.proxy(w, key)
	if p.at[served.GetName()] != "" {
		return
	}
	p.at[served.GetName()] = b.socket()
	list := []*listenerv3.Listener{served}
	if i := slices.IndexFunc(p.config.Listeners, func(l *listenerv3.Listener) bool { return l.GetName() == mainInternal }); i >= 0 && served.GetAddress().GetSocketAddress().GetPortValue() == hbone {
		list = append(list, p.config.Listeners[i])
	}
	for _, l := range list {
		made, err := p.listener(l)
		b.keep(err)
		b.setup.Listeners = append(b.setup.Listeners, made)
	}
}

// hbone is the port of tunnels.
const hbone = 15008

func (b *Batch) proxy(w *facts.World, key string) *proxy {
	if b.proxies[w] == nil {
		b.proxies[w] = map[string]*proxy{}
	}
	if p := b.proxies[w][key]; p != nil {
		return p
	}
	pod := w.Pod(key)
	ip, err := netip.ParseAddr(pod.Status.PodIP)
	b.keep(err)
	p := &proxy{
		batch: b, world: w, config: w.Proxies[key], key: key, kind: facts.KindOf(pod), identity: w.Identity(pod), ip: ip,
		used: map[string]bool{}, at: map[string]string{},
	}
	b.proxies[w][key] = p
	return p
}

// name is that of a resource of the proxy's in the Envoy of all.
func (p *proxy) name(name string) string { return p.key + "|" + name }

func (p *proxy) socket(l *listenerv3.Listener) string { return p.at[l.GetName()] }

func (b *Batch) add(c *clusterv3.Cluster) { b.setup.Clusters = append(b.setup.Clusters, c) }

func (b *Batch) keep(err error) {
	if err != nil {
		b.errs = append(b.errs, err)
	}
}

// secret is the name of an identity's certificate.
func (b *Batch) secret(identity string) string {
	name := "secret/" + identity
	if !b.secrets[name] {
		b.secrets[name] = true
		s, err := b.lab.Secret(name, identity)
		b.keep(err)
		b.setup.Secrets = append(b.setup.Secrets, s)
	}
	return name
}

// authorizers are clusters that filters name; nobody is there.
var authorizers = []string{"outbound|9000||authorizer.istio-system.svc.cluster.local", "outbound|8000||authorizer.istio-system.svc.cluster.local"}

// Run starts the Envoy, asks it everything, and tells what came of each case.
func (b *Batch) Run(ctx context.Context) ([]Finding, error) {
	defer os.RemoveAll(b.dir)
	defer func() {
		for _, l := range b.relays {
			_ = l.Close()
		}
	}()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	for _, name := range authorizers {
		b.add(&clusterv3.Cluster{Name: name})
	}
	running, err := b.lab.Run(ctx, b.dir, b.setup)
	if err != nil {
		return nil, err
	}
	for name, why := range running.Refused {
		err = errors.Join(err, fmt.Errorf("listener %s: %s", strings.ReplaceAll(name, "\n", " "), why))
	}
	var out []Finding
	for i := range b.cases {
		if err == nil {
			out = append(out, b.ask(&b.cases[i])...) //nolint:contextcheck // a tunnel lives as long as its connection
		}
	}
	if err := errors.Join(err, running.Stop()); err != nil {
		return nil, err
	}
	lines, err := b.lines()
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].settle(lines)
	}
	return out, nil
}
