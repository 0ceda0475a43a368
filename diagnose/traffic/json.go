package traffic

import (
	"encoding/json"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// JSON writes everything that came out.
func (r *Result) JSON(w io.Writer) error {
	e := json.NewEncoder(report.PlainJSON(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
