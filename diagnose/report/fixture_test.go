package report

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"

// What the tests of every face ask about.
var (
	cases    = reporttest.Cases
	denial   = reporttest.Denial
	asked    = reporttest.Asked
	answered = reporttest.Answered
	ref      = reporttest.Ref
	pod      = reporttest.Pod
)
