package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// rewriteMark tells the injector to leave probes as they are.
const rewriteMark = "sidecar.istio.io/rewriteAppHTTPProbers"

// probeWords name a request of the target's node: a probe, if a container has one for
// the port and path, and why the agent does not answer it.
func (w *walk) probeWords() string {
	p := mesh.ProbeOf(w.dst.pod, w.dst.presence, w.dst.port, pathOf(w.m.path))
	if !p.Is {
		return w.src.who() + ", a process of the node,"
	}
	why := ""
	if w.dst.pod.Annotations[rewriteMark] == "false" {
		why = rewriteMark + `: "false"`
	}
	return fmt.Sprintf("the kubelet's %s probe of container %s is not rewritten%s, so it comes in plaintext and", p.Kind, p.Container, inParens(why))
}

// isProbe reports whether a container of the target has a probe for the port and path.
func (w *walk) isProbe() bool {
	return mesh.ProbeOf(w.dst.pod, w.dst.presence, w.dst.port, pathOf(w.m.path)).Is
}

// grpcPort reports whether the Service's port says that it speaks gRPC.
func (w *walk) grpcPort() bool {
	p := w.r.servicePort
	return p != nil && (strings.HasPrefix(strings.ToLower(p.Name), "grpc") || p.AppProtocol != nil && strings.HasPrefix(strings.ToLower(*p.AppProtocol), "grpc"))
}

// peerPicked tells that a proxy before it is the peer whose address the nearest rule
// compares, where that is at the bottom of it.
func (w *walk) peerPicked(j judged) string {
	if !w.wantsHiddenPeer(j) {
		return ""
	}
	return fmt.Sprintf(" ipBlocks go by the peer's address, and that is the one of %s; the client's is compared by remoteIpBlocks.", w.src.who())
}

// wantsHiddenPeer reports whether the nearest rule wants the address of a client that stands
// behind a gateway.
func (w *walk) wantsHiddenPeer(j judged) bool {
	return j.s.http && w.m.client != nil && len(j.exp.Near) > 0 && slices.ContainsFunc(j.exp.Near[0].Lacks, func(f authz.FieldTrace) bool {
		return !f.Not && (strings.HasSuffix(f.Field, ".ipBlocks") || f.Key == "source.ip")
	})
}

// addressPicked tells how the proxy came to the client's address, where the nearest
// rule asks for it.
func (w *walk) addressPicked(j judged) string {
	if !j.s.http || len(j.exp.Near) == 0 || !slices.ContainsFunc(j.exp.Near[0].Lacks, isRemoteIP) {
		return ""
	}
	_, state := w.m.headers.Get("x-forwarded-for")
	hops := 0
	if w.dst.presence.Plane == mesh.Gateway {
		hops = w.cfg.ForPod(w.dst.pod).NumTrustedProxies
	}
	switch {
	case w.dst.presence.Plane == mesh.Gateway && hops == 0:
		return " The gateway takes its direct peer for the client (numTrustedProxies 0), whatever X-Forwarded-For says."
	case w.dst.presence.Plane == mesh.Gateway:
		return fmt.Sprintf(" The gateway takes the client's address from X-Forwarded-For: entry %d from the end (numTrustedProxies %d).", hops, hops)
	case w.m.client != nil:
		return " The client's address is the one that the gateway before has put at the end of X-Forwarded-For: its own peer's."
	case state == authz.StateKnown:
		return " A sidecar takes the last entry of X-Forwarded-For for the client's address; numTrustedProxies counts at gateways only."
	}
	return " Without X-Forwarded-For the peer counts as the client."
}

func isRemoteIP(f authz.FieldTrace) bool {
	return strings.HasSuffix(f.Field, ".remoteIpBlocks") || strings.HasSuffix(f.Field, ".notRemoteIpBlocks") || f.Key == "remote.ip"
}

// foreignAlias tells that ztunnel does not know the mesh's other trust domains, where
// the nearest rule names one of them.
func (w *walk) foreignAlias(j judged) string {
	if w.dst.presence.Plane != mesh.Ambient || len(j.exp.Near) == 0 {
		return ""
	}
	for _, f := range j.exp.Near[0].Lacks {
		for _, v := range f.Wanted {
			td, _, _ := strings.Cut(strings.TrimPrefix(v, "spiffe://"), "/")
			if f.IsIdentity() && slices.Contains(w.cfg.TrustDomainAliases, td) {
				return " The mesh has the alias " + td + " (trustDomainAliases), and ztunnel does not know aliases: a sidecar would take the name."
			}
		}
	}
	return ""
}

// layerHelp says how a rule about HTTP would get to see HTTP.
func (w *walk) layerHelp() []string {
	if w.dst.presence.Plane == mesh.Ambient {
		return []string{
			"give the Service a waypoint (label istio.io/use-waypoint) and let the policy name the Service in targetRefs: only a waypoint sees HTTP",
			"or admit the caller by fields of the connection: principals, namespaces, ipBlocks, ports",
		}
	}
	return nil
}
