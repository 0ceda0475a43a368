// Package clusters makes small clusters and questions about them: each says one thing
// of a mesh in one way, so that what differs there has one cause.
package clusters

import (
	"fmt"
	"strings"
)

// Root is the mesh's root namespace.
const Root = "istio-system"

// Cluster is a small cluster and what is asked about it.
type Cluster struct {
	Name      string
	Manifests string
	// Later are objects that come into being after the others.
	Later     string
	Questions []Question
	// Mesh are lines of the mesh's settings that this cluster has beside the usual.
	Mesh string
	// TrustDomain is that of its mesh.
	TrustDomain string
	// Namespaces are those that it has to itself.
	Namespaces []string
}

// Question is a request that somebody makes.
type Question struct {
	// Source is a Pod, NAME.NAMESPACE; empty is somebody outside.
	Source string
	// Target is a URL. Its host is a Service's name, a Pod's (pod/NAME.NAMESPACE, to be
	// called by its address), or what the gateway is asked for.
	Target  string
	Host    string // the Host header, if it is not the target's host
	Method  string
	Headers map[string]string
	// Address is what the target's host stands for, where that is no Service's: an IP.
	Address string
	// Gateway is the Pod through which somebody outside comes in, NAME.NAMESPACE.
	Gateway string
}

// String is the question in a line.
func (q Question) String() string {
	s := q.Source
	if s == "" {
		s = "outside (by " + q.Gateway + ")"
	}
	s += " → " + q.Target
	if q.Host != "" {
		s += " Host: " + q.Host
	}
	if q.Method != "" {
		s += " " + q.Method
	}
	for k, v := range q.Headers {
		s += " " + k + ": " + v
	}
	return s
}

// draft is a cluster before its namespaces have names: $a is the source's, $b the
// target's, $c another one, $g the gateway's.
type draft struct {
	name      string
	objects   []string
	younger   []string
	mesh      string
	questions []Question
}

func (d *draft) add(objects ...string) *draft {
	d.objects = append(d.objects, objects...)
	return d
}

// later adds what comes into being after the rest.
func (d *draft) later(objects ...string) *draft {
	d.younger = append(d.younger, objects...)
	return d
}

func (d *draft) ask(q ...Question) *draft {
	d.questions = append(d.questions, q...)
	return d
}

// All are the clusters, always the same.
func All() []Cluster {
	var drafts []*draft
	for _, make := range []func() []*draft{
		planes, peerAuthentications, ambientPeerAuthentications, destinationRules, protocols,
		policies, ambientPolicies, gateways, gatewayAPI, waypoints, sidecars, virtualServices, addresses,
		entries, egress, tunnels, ruleScopes, routeScopes, routeMatches, streamRoutes, meshSettings, revisions, shared,
		gatewayRoutes, gatewayListeners, waypointScopes, captures, portLevels,
	} {
		drafts = append(drafts, make()...)
	}
	var out []Cluster
	for i, d := range drafts {
		out = append(out, d.finish(i))
	}
	return out
}

// finish names the namespaces, so that no two clusters share one.
func (d *draft) finish(n int) Cluster {
	var pairs, namespaces []string
	text, later := strings.Join(d.objects, "\n---\n"), strings.Join(d.younger, "\n---\n")
	for _, letter := range []string{"a", "b", "c", "g"} {
		name := fmt.Sprintf("%s%03d", letter, n)
		pairs = append(pairs, "$"+letter, name)
		if strings.Contains(text, "$"+letter) {
			namespaces = append(namespaces, name)
		}
	}
	named := strings.NewReplacer(append(pairs, "$root", Root)...)
	c := Cluster{
		Name: fmt.Sprintf("%03d-%s", n, d.name), Manifests: named.Replace(text), Later: named.Replace(later), Namespaces: namespaces,
		Mesh: d.mesh, TrustDomain: "cluster.local",
	}
	for line := range strings.Lines(d.mesh) {
		if domain, ok := strings.CutPrefix(line, "trustDomain: "); ok {
			c.TrustDomain = strings.TrimSpace(domain)
		}
	}
	for _, q := range d.questions {
		q.Source, q.Target, q.Host, q.Gateway = named.Replace(q.Source), named.Replace(q.Target), named.Replace(q.Host), named.Replace(q.Gateway)
		c.Questions = append(c.Questions, q)
	}
	return c
}
