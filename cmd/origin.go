package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/authz-doctor/kubectl-authz_doctor/cmd/kubectl"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// originFlags say where the objects come from: an API server or files.
type originFlags struct {
	kube          kubectl.ConfigFlags
	files         []string
	filesFlag     string // filename, unless that is taken
	meshNamespace string
	plain         bool // no platform's options: they are about verdicts
	changed       func(flag string) bool
	set           func(flag, value string) error
}

// choosesServer lists kubectl's flags that choose a server or who asks it.
var choosesServer = []string{
	"kubeconfig", "context", "cluster", "user", "server", "as", "as-group", "as-uid", "as-user-extra", "api-token",
	"certificate-authority", "client-certificate", "client-key", "insecure-skip-tls-verify", "tls-server-name", "proxy-url",
}

func (f *originFlags) addTo(flags *pflag.FlagSet) {
	f.addWith(flags, "filename", "f")
}

// addWith is addTo with another name for the flag of the files.
func (f *originFlags) addWith(flags *pflag.FlagSet, name, short string) {
	f.filesFlag = name
	addGroup(flags, sourceGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&f.kube.Overrides.Context.Namespace, "namespace", "n", "", "where names without a `NAMESPACE` are; default: the kubeconfig's")
		g.StringArrayVarP(&f.files, name, short, nil, "read `FILE` or folder instead of asking a server: manifests, or a saved snapshot; - is stdin; repeatable")
		g.StringVarP(&f.meshNamespace, "istio-namespace", "i", "istio-system", "the `NAMESPACE` that istiod runs in")
		for _, o := range plugins.Options() {
			if f.plain {
				break
			}
			g.Var(&chosen{Option: o, value: o.Values[0]}, o.Name, o.Usage)
		}
	})
	f.addServerTo(flags)
}

// chosen is the value of an option of a platform.
type chosen struct {
	diagnose.Option
	value string
}

func (c *chosen) String() string { return c.value }
func (c *chosen) Type() string   { return "" }

func (c *chosen) Set(value string) error {
	if err := c.Choose(value); err != nil {
		return err
	}
	c.value = value
	return nil
}

// addServerTo adds only the flags that choose an API server.
func (f *originFlags) addServerTo(flags *pflag.FlagSet) {
	f.changed, f.set = flags.Changed, flags.Set
	addGroup(flags, kubectlGroup, func(g *pflag.FlagSet) {
		f.kube.AddFlags(g)
		// kubectl's --token is taken: here it is the request's.
		g.StringVar(&f.kube.Overrides.AuthInfo.Token, "api-token", "", "Bearer token for authentication to the API server; kubectl's --token")
		short := "v"
		if flags.ShorthandLookup(short) != nil {
			short = ""
		}
		kubectl.AddVerbosity(g, short)
		_ = g.MarkHidden("cache-dir") // nothing is discovered, so nothing is cached
	})
}

// namespace is what --namespace says.
func (f *originFlags) namespace() string { return f.kube.Overrides.Context.Namespace }

// origin is where the objects come from.
type origin struct {
	namespace string
	reader    cluster.Reader
	files     *cluster.Files // nil if a server is asked
}

// open reads the files, or makes ready to ask the server: it has not been asked
// when open returns.
func (f *originFlags) open(ctx context.Context, stdin io.Reader) (origin, error) {
	if len(f.files) == 0 {
		return f.openServer()
	}
	if !slices.Contains(f.files, "-") { // somebody may be typing
		say(ctx, "reading files")
		defer said(ctx)
	}
	if i := slices.IndexFunc(choosesServer, f.changed); i >= 0 {
		return origin{}, fmt.Errorf("--%s and --%s exclude each other: with files no server is asked", f.filesFlag, choosesServer[i])
	}
	o := origin{namespace: orElse(f.namespace(), "default")}
	files, err := cluster.ReadFiles(f.files, stdin, o.namespace)
	if err != nil {
		return origin{}, err
	}
	o.reader, o.files = files, files
	return o, nil
}

func (f *originFlags) openServer() (origin, error) {
	s, err := f.server()
	if err != nil {
		return origin{}, err
	}
	return s.open()
}

// open makes ready to read from the server.
func (s server) open() (origin, error) {
	reader, err := cluster.NewLive(s.config, s.name)
	if err != nil {
		return origin{}, err
	}
	return origin{namespace: s.namespace, reader: reader}, nil
}

// server is the API server that the flags and the kubeconfig choose.
type server struct {
	config    *rest.Config
	name      string // as errors have it
	context   string // of the kubeconfig; it may be empty
	namespace string
}

// server looks up how to reach it. It has not been asked when server returns.
func (f *originFlags) server() (server, error) {
	if timeout := f.kube.Overrides.Timeout; f.changed("request-timeout") {
		if _, err := clientcmd.ParseTimeout(timeout); err != nil {
			return server{}, fmt.Errorf("--request-timeout %q: want seconds, or a number with a unit such as 500ms, 1s, 2m; 0 is no limit", timeout)
		}
	}
	loader := f.kube.Loader()
	config, err := loader.ClientConfig()
	if err != nil {
		return server{}, kubeconfigError(err, loader)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return server{}, kubeconfigError(err, loader)
	}
	if f.nowhere(loader, config) {
		return server{}, noKubeconfig(loader)
	}
	if config.Timeout == 0 && f.changed("request-timeout") {
		config.Timeout = forever
	}
	config.UserAgent = pluginFile + "/" + buildVersion()
	config.WarningHandler = rest.NoWarnings{} // of API versions: the user has not chosen them
	context := f.kube.Overrides.CurrentContext
	if raw, err := loader.RawConfig(); err == nil {
		context = orElse(context, raw.CurrentContext)
	}
	return server{config, serverName(config, context), context, namespace}, nil
}

// forever is a timeout that nobody waits for; none at all would be replaced by a usual one.
const forever = 24 * time.Hour

// nowhere reports whether nobody said which server to ask: then kubectl asks the
// machine it runs on, which is hardly ever meant.
func (f *originFlags) nowhere(loader clientcmd.ClientConfig, config *rest.Config) bool {
	raw, err := loader.RawConfig()
	return err == nil && len(raw.Clusters) == 0 && !f.changed("server") &&
		os.Getenv("KUBERNETES_MASTER") == "" && config.Host == clientcmd.ClusterDefaults.Server
}

// serverName says which server is asked.
func serverName(config *rest.Config, context string) string {
	if context == "" {
		return config.Host
	}
	return fmt.Sprintf("context %q", context)
}

// kubeconfigError names the kubeconfig and says what to do.
func kubeconfigError(err error, loader clientcmd.ClientConfig) error {
	if clientcmd.IsEmptyConfig(err) {
		return noKubeconfig(loader)
	}
	return fmt.Errorf("no cluster to ask: %w: %s", err, chooseCluster)
}

func noKubeconfig(loader clientcmd.ClientConfig) error {
	where := strings.Join(loader.ConfigAccess().GetLoadingPrecedence(), ", ")
	return fmt.Errorf("no cluster to ask: no kubeconfig at %s: %s", where, chooseCluster)
}

const chooseCluster = "choose a kubeconfig with --kubeconfig or KUBECONFIG, or read the cluster from files with -f"
