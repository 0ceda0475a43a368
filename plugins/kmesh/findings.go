package kmesh

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose"

// What Kmesh makes of a policy is neither what a sidecar nor what ztunnel makes of it.
var (
	findingLost = diagnose.FindingKind{Code: "AD0105", Severity: diagnose.SeverityError, Title: "Kmesh does not find the target among istiod's workloads", Help: []string{
		"take the label " + networkLabel + " off istiod's namespace: Kmesh looks workloads up without a network",
	}}
	findingNever = diagnose.FindingKind{Code: "AD0207", Severity: diagnose.SeverityError, Title: "a policy names an identity that Kmesh never matches", Help: []string{
		"write principals as */ns/NAMESPACE/sa/NAME: Kmesh knows no trust domain where the mesh's is cluster.local",
		"or name the namespaces; in Kmesh a star alone stands for nobody",
	}}
	findingVanished = diagnose.FindingKind{Code: "AD0318", Severity: diagnose.SeverityWarning, Title: "Kmesh does not know a field of a policy, and leaves it out", Help: []string{
		"write principals as */ns/NAMESPACE/sa/NAME in place of serviceAccounts and trustDomains",
	}}
	findingOffload = diagnose.FindingKind{Code: "AD0319", Severity: diagnose.SeverityError, Title: "Kmesh's XDP program denies what its daemon would allow", Help: []string{
		"write the policy so that both read it alike: one rule, one block of addresses to an entry, four ports at most, and no DENY that asks for an identity",
		"or switch the program off: kmeshctl authz disable",
	}}
	findingDenyInKmesh = diagnose.FindingKind{Code: "AD0406", Severity: diagnose.SeverityWarning, Title: "Kmesh sees no HTTP: the HTTP fields of a policy are not enforced", Help: []string{
		"let a waypoint enforce it: give the policy targetRefs for the Service, and the Service a waypoint",
		"or decide by what Kmesh sees: principals, namespaces, ipBlocks, ports",
	}}
)

// Findings are those of Kmesh.
func (Platform) Findings() []diagnose.FindingKind {
	return []diagnose.FindingKind{findingLost, findingNever, findingVanished, findingOffload, findingDenyInKmesh}
}
