package kmesh

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

func TestSince(t *testing.T) {
	for version, want := range map[string]authz.Truth{
		"v1.1.0": authz.True, "1.1.0": authz.True, "v1.2.0": authz.True, "v1.1.1-rc.1": authz.True, "v2.0.0": authz.True,
		"v1.0.0": authz.False, "v0.5.0": authz.False, "v1.0.0-rc.1": authz.False,
		"v1.1.0-rc.1": authz.Unseen, "latest": authz.Unseen, "main": authz.Unseen, "v1.1": authz.Unseen, "": authz.Unseen, "va.b.c": authz.Unseen,
	} {
		if got := since(version, 1); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}
