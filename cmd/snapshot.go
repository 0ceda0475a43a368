package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

const snapshotLong = `Save what a question needs, to ask it again elsewhere or to show it to somebody.

The file holds the objects that the question reads and the list of what could not
be read; it holds no Secrets. Ask again with -f FILE. It is as private as your
manifests are: look at it before you send it away. Called something.json it is JSON,
which is read in less time.`

const snapshotExample = `  # Save, and ask again without the cluster
  kubectl authz-doctor snapshot deploy/sleep.foo http://httpbin.default:8000/get -O snapshot.yaml
  kubectl authz-doctor deploy/sleep.foo http://httpbin.default:8000/get -f snapshot.yaml

  # On stdout
  kubectl authz-doctor snapshot sleep.foo httpbin.default:8000 | less`

type snapshotFlags struct {
	origin originFlags
	file   string
	force  bool
}

type snapshotOptions struct {
	genericiooptions.IOStreams
	question diagnose.Question
	origin   origin
	file     string // empty is stdout
	force    bool
	ask      asker
}

func newSnapshotCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &snapshotFlags{}
	c := &cobra.Command{
		Use:                   "snapshot SOURCE TARGET [-O FILE] [flags]",
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
		g.StringVarP(&flags.file, "output-file", "O", "", "write to `FILE`; without it, or with -, to stdout")
		g.BoolVar(&flags.force, "force", false, "overwrite FILE if it exists")
	})
	flags.origin.addTo(c.Flags())
	completeOrigin(c, &flags.origin)
	return c
}

func (f *snapshotFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*snapshotOptions, error) {
	o := &snapshotOptions{IOStreams: streams, force: f.force, ask: diagnose.Ask}
	if f.file != "-" {
		o.file = f.file
	}
	if f.force && o.file == "" {
		return nil, errors.New("--force is of --output-file: on stdout nothing is overwritten")
	}
	var err error
	if o.question.Source, o.question.Target, err = sourceAndTarget(c, args); err != nil {
		return nil, err
	}
	if err := o.checkFile(); err != nil {
		return nil, err
	}
	if o.origin, err = f.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	o.question.Namespace, o.question.MeshNamespace = o.origin.namespace, f.origin.meshNamespace
	return o, nil
}

// checkFile finds out before the question is asked whether the file can be written.
func (o *snapshotOptions) checkFile() error {
	if o.file == "" {
		return nil
	}
	info, err := os.Stat(o.file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("--output-file %s is a folder: name a file in it", o.file)
	case err == nil && !o.force:
		return fmt.Errorf("--output-file %s exists: overwrite it with --force, or name another", o.file)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output-file: %w", err)
	}
	folder := filepath.Dir(o.file)
	switch _, err := os.Stat(folder); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output-file %s: there is no folder %s", o.file, folder)
	case err != nil:
		return fmt.Errorf("--output-file: %w", err)
	}
	return nil
}

func (o *snapshotOptions) run(ctx context.Context) error {
	say(ctx, "reading what the question needs")
	d, snapshot, err := o.ask(ctx, o.origin.reader, o.question)
	said(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	write := snapshot.Write
	if strings.EqualFold(filepath.Ext(o.file), ".json") {
		write = snapshot.WriteJSON
	}
	if err := write(&b); err != nil {
		return fmt.Errorf("saving the snapshot: %w", err)
	}
	o.origin.printNotes(o.ErrOut)
	for _, u := range d.Status.Unread {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine("the snapshot lacks "+u.Resource+": "+u.Message))
	}
	if o.file == "" {
		_, err := o.Out.Write(b.Bytes())
		return err
	}
	return replaceFile(o.file, b.Bytes())
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(name string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
