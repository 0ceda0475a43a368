package cmd

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// open makes ready to read the cluster, or those of --contexts.
func (f *matrixFlags) open(c *cobra.Command, o *matrixOptions, stdin io.Reader) (err error) {
	if !c.Flags().Changed("contexts") {
		o.origin, err = f.origin.open(c.Context(), stdin)
		return err
	}
	for i, name := range f.contexts {
		switch {
		case strings.TrimSpace(name) == "":
			return errors.New("--contexts: a name is empty")
		case slices.Contains(f.contexts[:i], name):
			return fmt.Errorf("--contexts: %s is named twice", name)
		}
	}
	if len(f.contexts) == 0 {
		return errors.New("--contexts: no context is named")
	}
	for _, flag := range []string{"context", "cluster", "user", "server"} {
		if f.origin.changed(flag) {
			return fmt.Errorf("--contexts and --%s exclude each other", flag)
		}
	}
	if len(f.origin.files) > 0 {
		err = f.openFiles(c, o, stdin)
	} else {
		err = f.openContexts(o)
	}
	if err == nil && len(o.members) > 1 {
		o.about.Remarks = append(o.about.Remarks, fmt.Sprintf("note: %s are taken for one mesh: their control planes know the endpoints of each other, and their certificates have one root", strings.Join(f.contexts, ", ")))
	}
	return err
}

// openContexts makes ready to ask the API server of each context. None has been asked when
// it returns.
func (f *matrixFlags) openContexts(o *matrixOptions) error {
	raw, err := f.origin.kube.Loader().RawConfig()
	if err != nil {
		return kubeconfigError(err, f.origin.kube.Loader())
	}
	known := slices.Sorted(maps.Keys(raw.Contexts))
	for i, name := range f.contexts {
		if raw.Contexts[name] == nil {
			return fmt.Errorf("--contexts: there is no context %q in the kubeconfig%s", name, orElse(didYouMean(name, known), "; contexts are "+strings.Join(known, ", ")))
		}
		one := f.origin
		one.kube = f.origin.kube.In(name)
		opened, err := one.openServer()
		if err != nil {
			return fmt.Errorf("--contexts: %s: %w", name, err)
		}
		if o.members = append(o.members, matrix.Member{Name: name, Reader: opened.reader}); i == 0 {
			o.origin = opened
		}
	}
	return nil
}

// openFiles reads the files of each context: -f NAME=FILE.
func (f *matrixFlags) openFiles(c *cobra.Command, o *matrixOptions, stdin io.Reader) error {
	files := map[string][]string{}
	for _, given := range f.origin.files {
		name, file, ok := strings.Cut(given, "=")
		switch {
		case !ok || file == "":
			return fmt.Errorf("-f %s: with --contexts say whose it is: -f %s=%s", given, f.contexts[0], given)
		case !slices.Contains(f.contexts, name):
			return fmt.Errorf("-f %s: %q is not among --contexts%s", given, name, orElse(didYouMean(name, f.contexts), ", which are "+strings.Join(f.contexts, ", ")))
		}
		files[name] = append(files[name], file)
	}
	for i, name := range f.contexts {
		if len(files[name]) == 0 {
			return fmt.Errorf("--contexts: %s has no file: say -f %s=FILE", name, name)
		}
		one := f.origin
		one.files = files[name]
		opened, err := one.open(c.Context(), stdin)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if o.members = append(o.members, matrix.Member{Name: name, Reader: opened.reader}); i == 0 {
			o.origin.namespace = opened.namespace
		}
		o.about.Remarks = append(o.about.Remarks, opened.notes(name+": ")...)
	}
	return nil
}

// offline reports whether the objects are those of files.
func (o *matrixOptions) offline() bool {
	if len(o.members) > 0 {
		_, files := o.members[0].Reader.(*cluster.Files)
		return files
	}
	return o.origin.files != nil
}

// completeContexts completes a list of contexts.
func (f *originFlags) completeContexts(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return lastOfSeveral(f.completeKubeconfig(contexts), c, args, word)
}
