package report_test

import (
	"os"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// TestMain tests with the platforms that the program has.
func TestMain(m *testing.M) {
	plugins.Install()
	os.Exit(m.Run())
}
