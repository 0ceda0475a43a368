package cmd

import (
	"context"
	"errors"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// writeFlags say whether and how a candidate is applied.
type writeFlags struct {
	apply, yes, force bool
	dryRun            string
}

func (f *writeFlags) addTo(flags *pflag.FlagSet) {
	addGroup(flags, otherGroup, func(g *pflag.FlagSet) {
		g.BoolVar(&f.apply, "apply", false, "apply the candidate that is picked, after asking")
		g.BoolVarP(&f.yes, "yes", "y", false, "apply without asking")
	})
}

// writeOptions is what it takes to apply a candidate.
type writeOptions struct {
	apply, yes bool
}

func (f *writeFlags) toOptions(from origin, pick string, streams genericiooptions.IOStreams) (writeOptions, error) {
	if !f.apply {
		if f.yes {
			return writeOptions{}, errors.New("--yes is of --apply: nothing is applied without it")
		}
		return writeOptions{}, nil
	}
	return writeOptions{apply: true, yes: f.yes}, nil
}

func (o *fixOptions) apply(ctx context.Context, p *fix.Proposal) error {
	return errors.New("not yet")
}
