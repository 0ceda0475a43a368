package cmd

import (
	"errors"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// addQuiet defines --quiet of a command whose exit status says enough.
func addQuiet(g *pflag.FlagSet, value *bool) {
	g.BoolVarP(value, "quiet", "q", false, "print nothing, only exit with the status")
}

// silence takes away what is printed to if that is wanted. Errors are told by others.
func silence(c *cobra.Command, quiet bool, streams genericiooptions.IOStreams) (genericiooptions.IOStreams, error) {
	if !quiet {
		return streams, nil
	}
	if c.Flags().Changed("output") {
		return streams, errors.New("--quiet and --output exclude each other: nothing is printed")
	}
	streams.Out, streams.ErrOut = io.Discard, io.Discard
	return streams, nil
}
