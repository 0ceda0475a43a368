package kmesh

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// What the client sees of a denial: the daemon's comes once the connection is there,
// the program's with the first packet.
const (
	resetLater = "connection reset by peer after about a minute"
	dropped    = "the connection times out"
)

func symptom(drops authz.Truth) string {
	switch drops {
	case authz.True:
		return dropped
	case authz.False:
		return resetLater
	case authz.Open, authz.Unseen:
	}
	return resetLater + ", or a connect time-out where Kmesh offloads authorization to XDP"
}

// does tells what the program does that the daemon does not.
func (t *trial) does() string {
	o := t.xdp.Offload
	switch {
	case o.Drops != authz.True:
		return "it may drop what the daemon lets pass"
	case o.Rule < 0:
		return fmt.Sprintf("its program misses the match of ALLOW policy %s and drops the connection%s", o.Policy, because(o.Words))
	}
	return fmt.Sprintf("its program drops the connection for DENY policy %s%s", o.Policy, because(o.Words))
}

// cause is a denial by the program alone.
func (t *trial) cause() string {
	const drops = "Kmesh's XDP program drops the connection before the daemon, which would let it pass, is asked: "
	o := t.xdp.Offload
	if o.Rule < 0 {
		return fmt.Sprintf(drops+"no ALLOW policy matches there, not %s either%s.", o.Policy, because(o.Words))
	}
	return fmt.Sprintf(drops+"DENY policy %s matches there%s.", o.Policy, because(o.Words))
}

// links lead to such a denial.
func (t *trial) links() []diagnose.Link {
	o := t.xdp.Offload
	says, field := "DENY policy matches there", fmt.Sprintf("spec.rules[%d]", o.Rule)
	if o.Rule < 0 {
		says, field = "no ALLOW policy matches there", "spec.rules"
	}
	return []diagnose.Link{
		{Says: "Kmesh's XDP program judges packets before its daemon does" + inParens(t.k.version)},
		{Says: says + because(o.Words), Object: "AuthorizationPolicy " + o.Policy.String(), Field: field},
	}
}

// Decline tells that no other object makes up for what a policy lacks for the program.
func (Platform) Decline(stage diagnose.StageName) string {
	if stage != stageXDP {
		return ""
	}
	return "what the program leaves out of a policy no change of another object puts back: write the policy so that the program can read it, or switch the program off (kmeshctl authz disable)"
}

func because(s string) string {
	if s == "" {
		return ""
	}
	return ", for " + s
}
