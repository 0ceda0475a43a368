package traffic

import (
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// JSON writes everything that came out.
func (r *Result) JSON(w io.Writer) error { return report.JSON(w, r) }
