package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

const snapshotLong = `Save what a question needs, to ask it again elsewhere or to show it to somebody.

The file holds the objects that the question reads and the list of what could not
be read; it holds no Secrets. Ask again with -f FILE. It is as private as your
manifests are: look at it before you send it away. Called something.json it is JSON,
which is read in less time.

With --all-namespaces and no question it holds all that decides in the cluster: matrix,
who-can and what-can answer from it as from the cluster, and so do the shards of a Job.`

const snapshotExample = `  # Save, and ask again without the cluster
  kubectl authz-doctor snapshot deploy/sleep.foo http://httpbin.default:8000/get -O snapshot.yaml
  kubectl authz-doctor deploy/sleep.foo http://httpbin.default:8000/get -f snapshot.yaml

  # On stdout
  kubectl authz-doctor snapshot sleep.foo httpbin.default:8000 | less

  # All that decides in the cluster, for matrix, who-can and what-can
  kubectl authz-doctor snapshot -A -O cluster.yaml
  kubectl authz-doctor matrix -f cluster.yaml`

type snapshotFlags struct {
	origin originFlags
	file   string
	force  bool
	all    bool
}

type snapshotOptions struct {
	genericiooptions.IOStreams
	question diagnose.Question
	origin   origin
	file     string // empty is stdout
	all      bool
	ask      asker
}

func newSnapshotCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &snapshotFlags{}
	c := &cobra.Command{
		Use:                   "snapshot SOURCE TARGET|-A [-O FILE] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Save what a question needs, to ask it again elsewhere",
		Long:                  snapshotLong,
		Example:               snapshotExample,
		Annotations:           map[string]string{exitAnnotation: "  0  saved, whatever the verdict\n  2  not saved"},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     flags.origin.completeQuestion,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		addOutputFile(g, &flags.file, &flags.force)
	})
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.BoolVarP(&flags.all, "all-namespaces", "A", false, "all that decides in the cluster, in place of what a question needs")
	})
	flags.origin.addTo(c.Flags())
	completeOrigin(c, &flags.origin)
	return c
}

func (f *snapshotFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*snapshotOptions, error) {
	o := &snapshotOptions{IOStreams: streams, all: f.all, ask: diagnose.Ask}
	if f.file != "-" {
		o.file = f.file
	}
	if f.force && o.file == "" {
		return nil, errors.New("--force is of --output-file: on stdout nothing is overwritten")
	}
	var err error
	switch {
	case f.all && len(args) > 0:
		return nil, fmt.Errorf("--all-namespaces and the question %q exclude each other: leave one out", strings.Join(args, " "))
	case f.all && f.origin.changed("namespace"):
		return nil, errors.New("--all-namespaces and --namespace exclude each other")
	case f.all:
	default:
		if o.question.Source, o.question.Target, err = sourceAndTarget(c, args); err != nil {
			return nil, err
		}
	}
	if err := checkOutputFile(o.file, f.force); err != nil {
		return nil, err
	}
	if o.origin, err = f.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	o.question.Namespace, o.question.MeshNamespace = o.origin.namespace, f.origin.meshNamespace
	return o, nil
}

func (o *snapshotOptions) run(ctx context.Context) error {
	snapshot, unread, err := o.read(ctx)
	said(ctx)
	if err != nil {
		return err
	}
	o.origin.printNotes(o.ErrOut)
	for _, u := range unread {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine("the snapshot lacks "+u.Resource+": "+u.Message))
	}
	switch {
	case o.file == "":
		return snapshot.Write(o.Out)
	case strings.EqualFold(filepath.Ext(o.file), ".json"):
		return replacing(o.file, snapshot.WriteJSON)
	}
	return replacing(o.file, snapshot.Write)
}

// read reads what is to be saved, and what of it could not be read.
func (o *snapshotOptions) read(ctx context.Context) (*cluster.Snapshot, []cluster.Unread, error) {
	if !o.all {
		say(ctx, "reading what the question needs")
		d, snapshot, err := o.ask(ctx, o.origin.reader, o.question)
		if err != nil {
			return nil, nil, err
		}
		return snapshot, d.Status.Unread, nil
	}
	say(ctx, "reading all that decides")
	snapshot, err := matrix.Read(ctx, o.origin.reader, matrix.Options{Namespace: o.question.Namespace, MeshNamespace: o.question.MeshNamespace})
	if err != nil {
		return nil, nil, err
	}
	unread := slices.DeleteFunc(snapshot.Unread(), func(u cluster.Unread) bool { return u.Reason == cluster.NotInstalled })
	return snapshot, unread, nil
}
