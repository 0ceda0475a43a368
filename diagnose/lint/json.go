package lint

import (
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Report is what every output shows.
type Report struct {
	Results []Result `json:"results"`
	Summary Summary  `json:"summary"`
	// Notes are about what could not be read.
	Notes []string `json:"notes,omitempty"`
}

// Summary counts.
type Summary struct {
	Objects    int `json:"objects"`
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	Infos      int `json:"infos"`
	Suppressed int `json:"suppressed"`
}

// NewReport counts results. Those that are suppressed are left out unless they are to
// be shown.
func NewReport(results []Result, objects int, suppressed bool) *Report {
	r := &Report{Results: []Result{}, Summary: Summary{
		Objects: objects, Errors: Count(results, diagnose.SeverityError), Warnings: Count(results, diagnose.SeverityWarning),
		Infos: Count(results, diagnose.SeverityInfo), Suppressed: Suppressed(results),
	}}
	for _, one := range results {
		if one.Suppressed == "" || suppressed {
			r.Results = append(r.Results, one)
		}
	}
	return r
}

// JSON writes everything.
func (r *Report) JSON(w io.Writer) error { return report.JSON(w, r) }
