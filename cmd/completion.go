package cmd

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/klog/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/cmd/complete"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

const (
	// completing is how long a cluster may take to complete a word.
	completing = 1500 * time.Millisecond
	// telling is how long it may take to put together what there is by then.
	telling = 100 * time.Millisecond
)

// completer completes a word.
type completer = cobra.CompletionFunc

// noFiles completes with nothing: neither an argument nor a file is wanted.
func noFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// files leaves it to the shell, which knows files.
func files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeWords completes the value of a flag that has only these.
func completeWords(c *cobra.Command, flag string, words ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeOrigin completes the flags that say where objects come from.
func completeOrigin(c *cobra.Command, f *originFlags) {
	for flag, complete := range map[string]completer{
		"namespace": f.completeNamespace, "istio-namespace": f.completeNamespace, "exclude-namespaces": f.completeNamespaces,
		"context": f.completeKubeconfig(contexts), "cluster": f.completeKubeconfig(clusters), "user": f.completeKubeconfig(users),
		"pod": f.completePod,
	} {
		if c.Flags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, complete)
		}
	}
	for _, o := range plugins.Options() {
		if c.Flags().Lookup(o.Name) != nil {
			completeWords(c, o.Name, o.Values...)
		}
	}
}

// filesFlags are the flags that name a file or a folder.
var filesFlags = []string{
	"filename", "base", "token", "output-file", "template",
	"kubeconfig", "cache-dir", "certificate-authority", "client-certificate", "client-key",
}

// methods are those of HTTP and gRPC that policies are about.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}

// completeOthers completes the flags that no command has completed itself. A value that
// nobody knows is no file.
func completeOthers(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		switch _, done := c.GetFlagCompletionFunc(f.Name); {
		case done || f.Value.Type() == "bool":
		case f.Name == "color":
			completeWords(c, f.Name, "auto", "always", "never")
		case f.Name == "dry-run":
			completeWords(c, f.Name, "none", "client", "server")
		case f.Name == "v":
			completeWords(c, f.Name, "0\tnothing", "6\tthe requests", "7\ttheir headers too", "8\tthe bodies too, cut", "9\tas commands of curl")
		case f.Name == "method":
			completeWords(c, f.Name, methods...)
		case slices.Contains(filesFlags, f.Name):
			_ = c.RegisterFlagCompletionFunc(f.Name, files)
		default:
			_ = c.RegisterFlagCompletionFunc(f.Name, noFiles)
		}
	})
	for _, sub := range c.Commands() {
		completeOthers(sub)
	}
}

// completeQuestion completes SOURCE and TARGET.
func (f *originFlags) completeQuestion(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return f.complete(c, word, complete.Sources)
	case 1:
		return f.complete(c, word, complete.Targets)
	}
	return noFiles(c, args, word)
}

func (f *originFlags) completePod(c *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return f.complete(c, word, complete.Pods)
}

// completeNamespaces completes the last of several.
func (f *originFlags) completeNamespaces(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return lastOfSeveral(f.completeNamespace, c, args, word)
}

// lastOfSeveral completes the last word of a list with commas.
func lastOfSeveral(one completer, c *cobra.Command, args []string, list string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := list[:strings.LastIndexByte(list, ',')+1]
	out, directive := one(c, args, list[len(before):])
	for i := range out {
		out[i] = before + out[i]
	}
	return out, directive
}

// completeNamespace completes a namespace. Where they cannot be listed, the kubeconfig
// names some.
func (f *originFlags) completeNamespace(c *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	out, directive := f.complete(c, word, complete.Namespaces)
	if raw, err := f.kube.Loader().RawConfig(); err == nil && len(out) == 0 && len(f.files) == 0 {
		for _, in := range raw.Contexts {
			if in.Namespace != "" && strings.HasPrefix(in.Namespace, word) && !slices.Contains(out, in.Namespace) {
				out = append(out, in.Namespace)
			}
		}
		slices.Sort(out)
	}
	return out, directive
}

// complete looks words up in the cluster or the files that are typed, for as long as
// somebody waits for a completion, and without a word of what goes wrong.
func (f *originFlags) complete(c *cobra.Command, word string, look func(context.Context, complete.World, string) []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	progressOf(c.Context()).mute()
	ctx, cancel := context.WithTimeout(orBackground(c.Context()), completing)
	defer cancel()
	looked := make(chan []string, 1)
	go func() {
		w, ok := f.world(ctx)
		if !ok {
			looked <- nil
			return
		}
		looked <- look(ctx, w, word)
	}()
	var out []string
	select {
	case out = <-looked:
	case <-time.After(completing + telling): // of reading a kubeconfig or files
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	if slices.ContainsFunc(out, complete.Unfinished) {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return out, directive
}

// orBackground is a context even where a command is completed without one.
func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// world opens what is typed so far. Stdin is not read, not even to log in.
func (f *originFlags) world(ctx context.Context) (complete.World, bool) {
	if len(f.files) > 0 {
		kept := *f
		kept.files = slices.DeleteFunc(slices.Clone(f.files), func(file string) bool { return file == "-" })
		if len(kept.files) == 0 {
			return complete.World{}, false
		}
		o, err := kept.open(ctx, strings.NewReader(""))
		return complete.World{Reader: o.reader, Namespace: o.namespace}, err == nil
	}
	s, err := f.server()
	if err != nil {
		return complete.World{}, false
	}
	s.config.Timeout = completing
	if s.config.ExecProvider != nil {
		s.config.ExecProvider.StdinUnavailable = true
	}
	o, err := s.open()
	return complete.World{Reader: o.reader, Namespace: o.namespace}, err == nil
}

// completeKubeconfig completes the names of a part of the kubeconfig.
func (f *originFlags) completeKubeconfig(names func(*clientcmdapi.Config) []string) completer {
	return func(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		raw, err := f.kube.Loader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out := slices.DeleteFunc(names(&raw), func(name string) bool { return !strings.HasPrefix(name, word) })
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func contexts(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Contexts)) }
func clusters(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Clusters)) }
func users(c *clientcmdapi.Config) []string    { return slices.Sorted(maps.Keys(c.AuthInfos)) }
