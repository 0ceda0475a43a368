package suite

import (
	"bytes"
	"fmt"
	"os"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
)

const head = `# Conformance

What the evaluator (diagnose/authz) says of a request is what Envoy %s does with it when Istio 1.31.1's own
code has made its configuration. This page is what the last run printed:

<!-- elsewhere: test/conformance: it takes an hour -->
    cd test/conformance && go run . %s-seed %d -write

` + "`make conformance`" + ` is the same with fewer requests and without writing. Go is needed, and Python with pip the first
time, for that is how Envoy comes; everything is kept in ` + "`$AUTHZ_DOCTOR_CACHE`" + ` or the user's cache.

- **goldens**: the inputs of Istio's tests of its translation, read in place, with the mesh settings of those tests.
- **envoy**: worlds and requests drawn from the seed. See the package random.
- **kyma**: the policies that Kyma's API Gateway makes of an APIRule, for every access strategy, and who may call: through
  the ingress gateway, from a Pod with a sidecar, in plaintext. The questions and their answers are the TrafficTests of
  examples/kyma-strategies, and each is asked with mTLS STRICT and PERMISSIVE, with the policy allow-internal and without,
  of an authorizer that agrees and one that does not. A refused connection is left out, and counts as denied.
- **logs**: hand-written requests, and some of worlds as in envoy, whose lines in Envoy's logs are read back. Istio's code
  configures the access logs: its text format, its JSON format and Kyma's, of HTTP, connections and the listener; Envoy's
  own log has the filters rbac and jwt at the level debug, as text and as JSON, from several threads. Requests are denied
  by DENY, for want of an ALLOW, by CUSTOM whose authorizer says no, cannot be reached or is not configured, for their
  token, or as plaintext where mTLS is STRICT; are let through, with a dry run and without; and say in paths and headers
  what a log says of a denial. Compared with what happened is what diagnose/logs makes of each line: the effect, reason,
  policy and rule, the client, its identity, where it arrived, the method, path and host. No denied request may be missed
  in any of the logs, and of no other may be told. A sample of the lines is in diagnose/logs/testdata. See the package lines.
- **fix**: worlds drawn from the seed, as clusters of manifests, and of each a request that is denied. What the package fix
  proposes is carried out: Istio's code makes the listener of the changed objects, and Envoy is sent the request, which has to
  pass in 98 of a hundred cases, and others around it, which have to fare as the evaluator says. What a candidate says that it
  opens and closes besides is held against brute force, by source and port: requests made of the values in the policies and their
  neighbours, from everybody there is, before and after. None may change for whom that is not told. See the package repair.
- **istiod**: small clusters and questions about them, see the package clusters. A real API server and a real istiod
  get each cluster; what istiod then tells the proxies of the source, of gateways and waypoints and of the target, and
  ztunnel, says which way the request goes and what each proxy on it asks. Compared with the plugin's answer are facts:
  where the request may end and which share of the requests does, the proxies on the way, and of each the protocol, the
  mTLS mode, what arrives, from whom, for which host and path, whether it is refused, and the policies that are asked.
  A question is left out and counted as open where the plugin says that it does not evaluate something yet, and a fact
  where it does not say.
- **istiod+envoy**: the same questions end to end. The listeners, routes and clusters that istiod served to the gateways,
  waypoints and sidecars on the way run in the real Envoy, and the request goes through all of them as the source's own
  proxy would send it, with its certificate, in plaintext, TLS or a tunnel. Compared are whether it arrives, and where,
  or which proxy stops it for which reason. Addresses, certificates, the application and filters that only Istio's build
  of Envoy has are replaced, see the package wire. Left out is what an Envoy does not decide: ztunnel, the source's own
  proxy, Pods without a proxy, and verdicts that the plugin leaves open.

In goldens and envoy, Istio generates the whole inbound listener of a sidecar, with PeerAuthentication, RequestAuthentication,
path normalization and protocol sniffing; Envoy runs it on loopback; clients with SPIFFE certificates and without
send real requests. Compared are the verdict, of a denial the stage, the policy and the rule that Envoy names, and
of an allowed HTTP request the rule that let it pass. A request that Envoy refuses for another reason than policy
is left out and counted. So is a verdict that hangs on metadata of other filters, which the evaluator never sees.

A difference is made as small as it gets and kept in test/conformance/regressions.

## Suites

`

// Write writes the page.
func Write(file string, seed uint64, full bool, results []*Result, t tally.Tally) error {
	var b bytes.Buffer
	flag := ""
	if full {
		flag = "-full "
	}
	fmt.Fprintf(&b, head, envoy.Version, flag, seed)
	Print(&b, results, t)
	return os.WriteFile(file, b.Bytes(), 0o644)
}
