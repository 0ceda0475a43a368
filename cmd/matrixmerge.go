package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

const matrixMergeLong = `Join the results of all shards of a matrix to what one process prints.

FILE is what matrix --shard wrote, or the logs of several of its Pods, one behind the
other; of a folder all *.json in it are taken; - is stdin. All shards have to be there,
each once, of the same cluster and with the same flags. Rules of --fail-on are checked
here.`

const matrixMergeExample = `  # The results of all shards, from the folder that they were written to
  kubectl authz-doctor matrix merge results/ -o html -O matrix.html

  # From the logs of an Indexed Job
  kubectl logs -l batch.kubernetes.io/job-name=matrix --tail=-1 | kubectl authz-doctor matrix merge - --fail-on 'dev -> prod'`

func newMatrixMergeCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &matrixFlags{}
	c := &cobra.Command{
		Use:                   "merge FILE|DIR|-… [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Join the results of all shards of a matrix",
		Long:                  matrixMergeLong,
		Example:               matrixMergeExample,
		Annotations: map[string]string{exitAnnotation: `  0  no rule is broken
  1  a rule of --fail-on is broken
  2  wrong usage, or the results do not belong together
`},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("no FILE: name the results of all shards, or their folder. See '%s --help'", c.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: files,
		RunE: func(c *cobra.Command, args []string) error {
			return flags.writing(streams, func(streams genericiooptions.IOStreams) error {
				o, err := flags.toAnswer(c, args, streams)
				if err != nil {
					return err
				}
				return o.merge(c.Context(), args)
			})
		},
	}
	flags.addAnswerTo(c)
	return c
}

// merge joins the results in files and prints the matrix.
func (o *matrixOptions) merge(ctx context.Context, paths []string) error {
	if !slices.Contains(paths, "-") { // somebody may be typing
		say(ctx, "reading the results")
	}
	defer said(ctx)
	inputs, done, err := openResults(paths, o.In)
	defer done()
	if err != nil {
		return err
	}
	m, about, err := matrix.Join(ctx, inputs, o.progress(ctx))
	if err != nil {
		return err
	}
	said(ctx)
	o.about = about
	return o.answer(m, false)
}

// openResults opens the results of shards: files, those in folders, and stdin. done closes
// what is open, also if there is an error.
func openResults(paths []string, stdin io.Reader) (inputs []matrix.Input, done func(), err error) {
	var open []*os.File
	done = func() {
		for _, f := range open {
			_ = f.Close() // it was only read
		}
	}
	paths, err = resultFiles(paths)
	if err != nil {
		return nil, done, err
	}
	for _, path := range paths {
		if path == "-" {
			text, err := io.ReadAll(stdin)
			if err != nil {
				return nil, done, fmt.Errorf("stdin: %w", err)
			}
			inputs = append(inputs, matrix.Input{Name: "stdin", Text: bytes.NewReader(text), Size: int64(len(text))})
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, done, err
		}
		open = append(open, f)
		info, err := f.Stat()
		if err != nil {
			return nil, done, err
		}
		inputs = append(inputs, matrix.Input{Name: path, Text: f, Size: info.Size()})
	}
	return inputs, done, nil
}

// resultFiles are the files that are named, and those in the folders that are.
func resultFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		if path == "-" && slices.Contains(out, "-") {
			return nil, errors.New("stdin is named twice")
		}
		info, err := os.Stat(path)
		switch {
		case path == "-" || err == nil && !info.IsDir():
			out = append(out, path)
			continue
		case err != nil:
			return nil, err
		}
		found, err := filepath.Glob(filepath.Join(path, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s holds no *.json: have the shards write there, with --output-file", path)
		}
		out = append(out, found...)
	}
	return out, nil
}
