package diagnose

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// kmeshReadings finds policies of which Kmesh makes something else than was written,
// where that turns the answer.
func (w *walk) kmeshReadings(j judged) {
	for _, got := range j.exp.Policies {
		p, ok := w.policyOf(got.Policy)
		if !ok || !got.Matches.Decided() {
			continue
		}
		request := w.asHTTP(j.s)
		if request.Principal = authz.Absent[string](); w.src.pod != nil && j.s.conn.Identity {
			request.Principal = authz.Known(mesh.Principal(w.srcCfg, w.src.pod))
		}
		want := w.alone(authz.EnvoyHTTP, p, request)
		if want.Matches != got.Matches && want.Matches != authz.Unseen && turns(j, got, want.Matches) {
			w.kmeshReading(got, want.Matches)
		}
	}
}

// kmeshReading words one of them.
func (w *walk) kmeshReading(got authz.PolicyTrace, want authz.Truth) {
	name := fmt.Sprintf("%s policy %s", got.Action, got.Policy)
	would := map[authz.Truth]string{authz.True: "would match", authz.False: "would not match", authz.Open: "may match"}[want] + " this request as it is written"
	objects := []string{got.Policy.String()}
	vanished, isVanished := fieldThat(got, func(f authz.FieldTrace) bool { return vanishes(f) && f.Ignored != "" })
	http, isHTTP := fieldThat(got, beyondZtunnel)
	never, isNever := fieldThat(got, neverMatches)
	switch {
	case isVanished:
		w.tell(findingVanished, fmt.Sprintf("%s %s. Kmesh leaves %s out, and the policy %s.", name, would, shortField(vanished), matchesWord(got.Matches)), vanished, objects)
	case isHTTP:
		w.tell(findingDenyInKmesh, fmt.Sprintf("%s %s. Kmesh sees no HTTP: without %s the policy %s.", name, would, shortField(http), matchesWord(got.Matches)), http, objects)
	case isNever:
		w.tell(findingNever, fmt.Sprintf("%s %s. In Kmesh it %s: %s.", name, would, matchesWord(got.Matches), neverWords(got, never)), never, objects)
	}
}

// vanishes reports whether a field is one of those that Kmesh does not know.
func vanishes(f authz.FieldTrace) bool {
	return strings.HasSuffix(f.Field, "rustDomains") || strings.HasSuffix(f.Field, "erviceAccounts")
}

// neverWords tell why the list of that field matches nobody.
func neverWords(p authz.PolicyTrace, field string) string {
	for _, r := range p.Rules {
		for _, f := range r.Fields {
			if f.Field == field {
				return or(f.Never, f.Slip)
			}
		}
	}
	return ""
}
