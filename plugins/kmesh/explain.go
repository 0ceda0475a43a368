package kmesh

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Explain tells what Kmesh's way to know callers has to do with the verdict, what the
// client sees of STRICT, and which policies Kmesh reads otherwise than they are written.
func (Platform) Explain(leg diagnose.Leg) []diagnose.Remark {
	if !ours(leg.DestinationPlane) {
		return nil
	}
	var out []diagnose.Remark
	if leg.Verdict == diagnose.Denied {
		out = denial(leg)
	}
	if leg.Request == nil {
		return out
	}
	return append(out, readings(leg)...)
}

// denial is what there is to say of one that is not said of every data plane's.
func denial(leg diagnose.Leg) []diagnose.Remark {
	switch {
	case leg.Reason.Stage == diagnose.StageMTLS && lost(leg) == nil:
		return []diagnose.Remark{{Symptom: symptom(strictDrops(leg))}}
	case leg.Reason.Stage == diagnose.StageAllow && len(leg.Near) > 0 && slices.ContainsFunc(leg.Near[0].Lacks, neverMatches):
		return never(leg, leg.Unlike())
	case leg.Reason.Stage == diagnose.StageAllow && len(leg.Near) > 0:
		return []diagnose.Remark{{Help: blockHelp(leg)}}
	case leg.Reason.Stage == diagnose.StageDeny && slices.ContainsFunc(leg.Deciding(), excludesNobody):
		return never(leg, leg.Cause)
	}
	return nil
}

// strictDrops tells whether the XDP program drops what STRICT denies: it does so with the
// policy for all ports, and of one with ports it reads the first rule only.
func strictDrops(leg diagnose.Leg) authz.Truth {
	offload := daemonFor(leg, leg.Destination).offload
	if offload == authz.True && !strings.HasSuffix(leg.Denier, "_static_strict") {
		return authz.Unseen
	}
	return offload
}

// never is a policy that names an identity which Kmesh matches with nobody.
func never(leg diagnose.Leg, message string) []diagnose.Remark {
	policy := leg.Reason.Policy
	if leg.Reason.Stage == diagnose.StageAllow {
		policy = leg.Near[0].Policy.String()
	}
	return []diagnose.Remark{{Kind: findingNever, Message: message, Objects: []string{policy}, Help: neverHelp(leg), Decides: true}}
}

// neverMatches reports whether a list asks for an identity in a way that Kmesh does not
// match.
func neverMatches(f authz.FieldTrace) bool {
	return f.IsIdentity() && (f.Never != "" || !f.Not && strings.Contains(f.Slip, "in Kmesh"))
}

// excludesNobody reports whether a list leaves out identities which Kmesh cannot match.
func excludesNobody(f authz.FieldTrace) bool { return f.Not && f.Never != "" && f.IsIdentity() }

// neverHelp says how the caller would be named.
func neverHelp(leg diagnose.Leg) []string {
	_, rest, ok := strings.Cut(leg.Principal, "/ns/")
	if !ok {
		return nil
	}
	return []string{
		"write */ns/" + rest + ", which Kmesh, ztunnel and sidecars match alike",
		"or name the namespace in namespaces",
	}
}

// blockHelp is for a rule that lacks nothing but an address, where Kmesh's XDP program
// judges or may: another block in the same list it would not read.
func blockHelp(leg diagnose.Leg) []string {
	n := leg.Near[0]
	if o, kept := diagnose.OwnerOfPolicy(leg.Snapshot, n.Policy); len(n.Lacks) != 1 || daemonFor(leg, leg.Destination).offload == authz.False || kept && o.Made {
		return nil
	}
	f := n.Lacks[0]
	entry, ok := strings.CutSuffix(strings.TrimPrefix(f.Field, "spec."), ".source.ipBlocks")
	if _, err := netip.ParseAddr(f.Got); !ok || err != nil {
		return nil
	}
	return []string{
		fmt.Sprintf("admit %s in an entry of its own beside %s of %s: of several blocks in one list Kmesh's XDP program reads only the first", f.Got, entry, n.Policy),
		"or admit it in an ALLOW policy of its own",
	}
}
