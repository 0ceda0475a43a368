package traffic

import (
	"encoding/json"
	"io"
)

// JSON writes everything that came out.
func (r *Result) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
