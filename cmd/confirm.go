package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

// addDryRun defines kubectl's --dry-run.
func addDryRun(g *pflag.FlagSet, value *string) {
	g.StringVar(value, "dry-run", "none", "`HOW` much is only tried: none; client, which only shows it; server, which lets the server do all but store it")
	g.Lookup("dry-run").NoOptDefVal = "client"
}

// addReadOnly defines --read-only of what writes, which the configuration may set.
func addReadOnly(g *pflag.FlagSet, value *bool) {
	g.BoolVar(value, "read-only", false, "refuse to write to the cluster; a dry run is none")
}

// refuse refuses to write if that is not wanted.
func refuse(readOnly bool, how apply.DryRun) error {
	if readOnly && how == apply.DryRunNone {
		return errors.New("nothing is written: read-only is typed or configured; --dry-run=server shows what it would be, --read-only=false writes")
	}
	return nil
}

// parseDryRun reads the value of --dry-run.
func parseDryRun(value string) (apply.DryRun, error) {
	switch value {
	case "none":
		return apply.DryRunNone, nil
	case "client":
		return apply.DryRunClient, nil
	case "server":
		return apply.DryRunServer, nil
	}
	return 0, fmt.Errorf("--dry-run %q: want none, client or server", value)
}

// confirm asks a question that only y and yes affirm.
func confirm(in io.Reader, out io.Writer, question string) (bool, error) {
	_, _ = fmt.Fprint(out, question+" [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer))), nil
}
