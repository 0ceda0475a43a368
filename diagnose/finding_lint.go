package diagnose

// Kinds of findings that the objects alone show, without a question: they are what
// package lint finds beside those of the catalogue that questions find too.
var lintKinds = []findingKind{
	{"AD0120", SeverityError, "a policy names a trust domain that is not the mesh's", []string{
		"write the trust domain of meshConfig.trustDomain or one of its aliases",
	}},
	{"AD0121", SeverityWarning, "an ALLOW rule that says who is not meant admits callers without an identity", []string{
		"name who is meant: principals, namespaces or serviceAccounts",
		"or make mTLS STRICT for the workload, so that nobody comes without an identity",
	}},
	{"AD0122", SeverityWarning, "several PeerAuthentications are for the same workloads", []string{
		"keep one for each namespace, and one for each set of workloads",
	}},
	{"AD0220", SeverityWarning, "a policy does the opposite of what its name says", []string{
		"for all to be let in write rules: [{}]; for nobody write no rules at all",
		"or give the policy another name",
	}},
	findingSelector,
	{"AD0321", SeverityError, "a policy targets what is not there", []string{
		"name an object that exists, in the namespace of the policy",
	}},
	{"AD0322", SeverityWarning, "a policy names a namespace that does not exist", []string{
		"correct the name, or create the namespace",
	}},
	{"AD0323", SeverityWarning, "a policy names a service account that nobody runs as", []string{
		"name the service account that the caller's Pods have: spec.serviceAccountName, default if there is none",
	}},
	{"AD0324", SeverityWarning, "a service account without its namespace is that of the policy's namespace", []string{
		"write NAMESPACE/NAME",
	}},
	{"AD0325", SeverityError, "policies behind a waypoint do not admit the waypoint", []string{
		"admit the waypoint's principal at the workload, and check the callers at the waypoint, in a policy with targetRefs",
	}},
	{"AD0420", SeverityError, "a principal is written as no identity is", []string{
		"write TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT, without spiffe://",
	}},
	{"AD0421", SeverityError, "a star inside a value stands for itself", []string{
		"put one star at the beginning or at the end, or write several values",
	}},
	{"AD0422", SeverityWarning, "a port is not the one that the proxy sees", []string{
		"write the container's port for a sidecar, ztunnel and a gateway, and the Service's port for a waypoint",
	}},
	{"AD0423", SeverityError, "no request has such a method", []string{
		"write methods in upper case: GET, POST; gRPC is POST",
	}},
	{"AD0424", SeverityError, "no request has such a path", []string{
		"begin the path with a slash; leave out the query; use a star at one end, {*} or {**} in place of a regular expression",
	}},
	{"AD0425", SeverityError, "no request has such a host", []string{
		"write the host as callers send it in Host: a name, and its port where they send one",
	}},
	{"AD0426", SeverityWarning, "a host stands without the port that callers send with it", []string{
		"write the host with and without a port: example.com and example.com:*",
	}},
	{"AD0427", SeverityWarning, "an address block is not what it looks like", []string{
		"write the address of the network, or one address without a length; IPv4 as IPv4",
	}},
	{"AD0428", SeverityWarning, "a sidecar takes remote addresses from a header that callers may send", []string{
		"check the caller's address at the gateway, and admit the gateway's principal at the workload",
	}},
	{"AD0520", SeverityError, "no token has such a request principal", []string{
		"write ISSUER/SUBJECT, ISSUER/* or *",
	}},
	{"AD0521", SeverityWarning, "a claim is named as if dots or slashes led into it", []string{
		"write each step in brackets of its own: request.auth.claims[realm_access][roles]",
	}},
	{"AD0522", SeverityWarning, "a claim never has such a value", []string{
		"compare text and lists of text only: numbers and booleans never match; the words of scope one by one",
	}},
	{"AD0523", SeverityWarning, "no RequestAuthentication of the workload has such an issuer", []string{
		"write the issuer as the RequestAuthentication and the token's iss have it, to the last slash",
	}},
	{"AD0524", SeverityWarning, "ztunnel does not look at tokens", []string{
		"let a waypoint do it: give the RequestAuthentication targetRefs for the Service or the waypoint",
	}},
	{"AD0901", SeverityWarning, "a suppression is not understood", []string{
		`write authz-doctor.dev/ignore: "AD0405: the reason", several with ; between them`,
	}},
}
