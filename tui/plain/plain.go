package plain

import (
	"context"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Look is how the text looks.
type Look struct{ Color bool }

// Run holds the dialogue.
func Run(ctx context.Context, o tui.Options, look Look, in io.Reader, out io.Writer) error { return nil }
