package tui_test

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

func noSidecar(t testing.TB) *story { return begin(t, asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get"), 80, 24) }

// sizes draws a story at both sizes of the goldens.
func (s *story) sizes(name string) *story {
	s.t.Helper()
	s.resize(80, 24)
	s.golden(name + "-80")
	s.resize(200, 50)
	s.golden(name + "-200")
	s.resize(80, 24)
	return s
}

var _ = diagnose.Denied

func TestWayDenied(t *testing.T) {
	noSidecar(t).sizes("way-denied")
}
