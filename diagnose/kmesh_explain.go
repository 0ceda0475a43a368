package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// What Kmesh makes of a policy is neither what a sidecar nor what ztunnel makes of it.
var (
	findingLost = findingKind{"AD0105", SeverityError, "Kmesh does not find the target among istiod's workloads", []string{
		"take the label " + networkLabel + " off istiod's namespace: Kmesh looks workloads up without a network",
	}}
	findingNever = findingKind{"AD0207", SeverityError, "a policy names an identity that Kmesh never matches", []string{
		"write principals as */ns/NAMESPACE/sa/NAME: Kmesh knows no trust domain where the mesh's is cluster.local",
		"or name the namespaces; in Kmesh a star alone stands for nobody",
	}}
	findingVanished = findingKind{"AD0318", SeverityWarning, "Kmesh does not know a field of a policy, and leaves it out", []string{
		"write principals as */ns/NAMESPACE/sa/NAME in place of serviceAccounts and trustDomains",
	}}
	findingOffload = findingKind{"AD0319", SeverityError, "Kmesh's XDP program denies what its daemon would allow", []string{
		"write the policy so that both read it alike: one rule, one block of addresses to an entry, four ports at most, and no DENY that asks for an identity",
		"or switch the program off: kmeshctl authz disable",
	}}
	findingDenyInKmesh = findingKind{"AD0406", SeverityWarning, "Kmesh sees no HTTP: the HTTP fields of a policy are not enforced", []string{
		"let a waypoint enforce it: give the policy targetRefs for the Service, and the Service a waypoint",
		"or decide by what Kmesh sees: principals, namespaces, ipBlocks, ports",
	}}
)

var kmeshKinds = []findingKind{findingLost, findingNever, findingVanished, findingOffload, findingDenyInKmesh}

// What the client sees of a denial: the daemon's comes once the connection is there,
// the program's with the first packet.
const (
	resetLater = "connection reset by peer after about a minute"
	dropped    = "the connection times out"
)

func (w *walk) kmeshSymptom(drops authz.Truth) string {
	switch drops {
	case authz.True:
		return dropped
	case authz.False:
		return resetLater
	case authz.Open, authz.Unseen:
	}
	return resetLater + ", or a connect time-out where Kmesh offloads authorization to XDP"
}

// strictDrops tells whether the XDP program drops what STRICT denies: it does so with the
// policy for all ports, and of one with ports it reads the first rule only.
func (w *walk) strictDrops(j judged) authz.Truth {
	offload := w.in.kmesh().offload
	if offload == authz.True && !strings.HasSuffix(j.s.server.Denier, "_static_strict") {
		return authz.Unseen
	}
	return offload
}

// explainOffload is a denial by the XDP program alone.
func (w *walk) explainOffload(j judged, hop *Hop) {
	o := j.xdp.Offload
	w.symptom = dropped
	w.cause = fmt.Sprintf("Kmesh's XDP program drops the connection before the daemon, which would let it pass, is asked: %s policy %s matches there%s.",
		"DENY", o.Policy, because(o.Words))
	if o.Rule < 0 {
		w.cause = fmt.Sprintf("Kmesh's XDP program drops the connection before the daemon, which would let it pass, is asked: no ALLOW policy matches there, not %s either%s.",
			o.Policy, because(o.Words))
	}
	w.tellOwner(o.Policy.String())
	w.find(findingOffload, hop, w.cause, o.Policy.String())
}

// explainKmesh is a denial for want of a matching ALLOW rule for which Kmesh's way to
// know callers is to blame; false if it is not.
func (w *walk) explainKmesh(j judged, hop *Hop, near string) bool {
	if w.dst.presence.Plane != mesh.Kmesh || len(j.exp.Near) == 0 {
		return false
	}
	w.cause = upper(near)
	rule := fmt.Sprintf("rules[%d] of %s", j.exp.Near[0].Rule, j.exp.Near[0].Policy)
	switch {
	case slices.ContainsFunc(j.exp.Near[0].Lacks, neverMatches):
		w.tellOwner(nearestPolicy(j))
		w.find(findingNever, hop, w.cause, nearestPolicy(j), w.neverHelp(j)...)
	case w.lacksIdentity(j):
		w.cause = w.noIdentity() + "; " + near
		help := "admit its address in " + rule + ": ipBlocks in place of an identity"
		w.find(findingNoRule, hop, w.cause, nearestPolicy(j), help, "or admit it in an ALLOW policy of its own")
	default:
		return false
	}
	return true
}

// neverMatches reports whether a list asks for an identity in a way that Kmesh does not
// match.
func neverMatches(f authz.FieldTrace) bool {
	return isIdentity(f) && (f.Never != "" || !f.Not && strings.Contains(f.Slip, "in Kmesh"))
}

// deniedByNever reports whether the rule that denies excludes identities which Kmesh
// cannot match, so that it excludes nobody.
func (w *walk) deniedByNever(j judged) bool {
	return slices.ContainsFunc(j.decidingFields(), func(f authz.FieldTrace) bool { return f.Not && f.Never != "" && isIdentity(f) })
}

// neverHelp says how the caller would be named.
func (w *walk) neverHelp(j judged) []string {
	id, ok := j.req.Principal.Get()
	if !ok {
		return nil
	}
	_, rest, _ := strings.Cut(id, "/ns/")
	return []string{
		"write */ns/" + rest + ", which Kmesh, ztunnel and sidecars match alike",
		"or name the namespace in namespaces",
	}
}

// blockHelp is for a rule that lacks nothing but an address, where Kmesh's XDP program
// judges or may: another block in the same list it would not read.
func (w *walk) blockHelp(n authz.NearMiss) []string {
	if len(n.Lacks) != 1 || w.dst.presence.Plane != mesh.Kmesh || w.in.kmesh().offload == authz.False {
		return nil
	}
	f := n.Lacks[0]
	entry, ok := strings.CutSuffix(shortField(f.Field), ".source.ipBlocks")
	if _, err := netip.ParseAddr(f.Got); !ok || err != nil {
		return nil
	}
	return []string{
		fmt.Sprintf("admit %s in an entry of its own beside %s of %s: of several blocks in one list Kmesh's XDP program reads only the first", f.Got, entry, n.Policy),
		"or admit it in an ALLOW policy of its own",
	}
}

// callerWords name a caller that Kmesh does not know.
func (w *walk) callerWords() string {
	switch {
	case w.src.node:
		return w.probeWords()
	case w.src.pod != nil:
		return w.src.who() + ", which has its node's"
	}
	return w.src.who()
}

// offloadChain is a connection that the XDP program drops.
func (w *walk) offloadChain() []Link {
	o := w.judged.xdp.Offload
	object := policyObject("AuthorizationPolicy", o.Policy.String())
	links := []Link{{Says: "Kmesh's XDP program judges packets before its daemon does" + inParens(w.in.kmesh().version)}}
	says, field := "DENY policy matches there", fmt.Sprintf("spec.rules[%d]", o.Rule)
	if o.Rule < 0 {
		says, field = "no ALLOW policy matches there", "spec.rules"
	}
	return append(links, Link{Says: says + because(o.Words), Object: object, Field: field})
}
