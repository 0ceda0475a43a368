package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// indexVariable is what an Indexed Job tells each of its Pods its completion index with.
// The kubelet puts it in place of $(JOB_COMPLETION_INDEX) among the arguments.
const indexVariable = "JOB_COMPLETION_INDEX"

// parseShare reads --shard. A reference to the completion index that nobody resolved, for
// there was no shell or no Indexed Job, is resolved here, or the reason for it told.
func parseShare(text string, env lookup) (matrix.Share, error) {
	reference := "$(" + indexVariable + ")"
	if strings.Contains(text, reference) {
		index, ok := env(indexVariable)
		if !ok {
			return matrix.Share{}, fmt.Errorf("--shard %q: %s is not set: the Job has to be one with completionMode: Indexed", text, indexVariable)
		}
		text = strings.ReplaceAll(text, reference, index)
	}
	if strings.HasPrefix(text, "/") {
		return matrix.Share{}, fmt.Errorf("--shard %q: the index is empty: is %s set?", text, indexVariable)
	}
	share, err := matrix.ParseShare(text)
	if err != nil {
		return share, fmt.Errorf("--shard %w", err)
	}
	return share, nil
}

// divide takes the share of the targets that --shard says, and what the result has to say
// of itself.
func (f *matrixFlags) divide(c *cobra.Command, o *matrixOptions) (err error) {
	if !c.Flags().Changed("shard") {
		return nil
	}
	if o.share, err = parseShare(f.shard, os.LookupEnv); err != nil {
		return err
	}
	switch {
	case len(f.failOn) > 0:
		return errors.New("--shard and --fail-on exclude each other: a shard sees its share only; give the rules to matrix merge")
	case c.Flags().Changed("output") && f.output != "json":
		return fmt.Errorf("--shard writes JSON for matrix merge: give --output %s to that", f.output)
	case f.quiet:
		return errors.New("--quiet and --shard exclude each other: what is not printed cannot be joined")
	case f.color == "always" && c.Flags().Changed("color"):
		return errors.New("--color always is for text: leave it out with --shard")
	}
	asked := map[string]string{"contexts": strings.Join(f.contexts, ","), "from": f.from, "to": f.to, "method": f.method, "path": f.path}
	if f.to == "" && o.matrix.To != nil {
		asked["namespace"] = o.origin.namespace
	}
	if f.origin.meshNamespace != "istio-system" {
		asked["istio-namespace"] = f.origin.meshNamespace
	}
	for name, value := range asked {
		if value == "" {
			delete(asked, name)
		}
	}
	o.about.Version, o.about.Asked = buildVersion(), asked
	o.about.Remarks = append(o.about.Remarks, o.origin.notes("")...)
	return nil
}

// runShare answers for a share of the targets. All that is to be told is in the result:
// of a Pod, stdout and stderr are one log.
func (o *matrixOptions) runShare(ctx context.Context) error {
	say(ctx, "reading the objects")
	defer said(ctx)
	o.matrix.Progress = o.progress(ctx)
	out := &quietly{ctx: ctx, w: o.Out}
	if len(o.members) > 0 {
		return matrix.PartFleet(ctx, out, o.members, o.share, o.about, o.matrix)
	}
	return matrix.Part(ctx, out, o.origin.reader, o.share, o.about, o.matrix)
}

// progress shows how far it is.
func (o *matrixOptions) progress(ctx context.Context) func(done, total int) {
	return func(done, total int) { say(ctx, "%d of %d targets are answered for", done, total) }
}

// quietly takes back what is said of the progress before it writes to a terminal.
type quietly struct {
	ctx context.Context //nolint:containedctx // a writer has no other way to get it
	w   io.Writer
}

func (q *quietly) Write(p []byte) (int, error) {
	if isTerminal(q.w) {
		said(q.ctx)
	}
	return q.w.Write(p)
}

// writing lets the answer be written to the file that --output-file names, as a whole or
// not at all.
func (f *matrixFlags) writing(streams genericiooptions.IOStreams, do func(genericiooptions.IOStreams) error) error {
	if f.file == "" || f.file == "-" {
		if f.force {
			return errors.New("--force is of --output-file: on stdout nothing is overwritten")
		}
		return do(streams)
	}
	if f.quiet {
		return errors.New("--quiet and --output-file exclude each other: nothing is written")
	}
	if err := checkOutputFile(f.file, f.force); err != nil {
		return err
	}
	return replacing(f.file, func(w io.Writer) error {
		streams.Out = w
		return do(streams)
	})
}
