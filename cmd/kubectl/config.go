package kubectl

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/homedir"
)

// ConfigFlags say which API server to ask, and as whom. The zero value is that of a
// command line without flags.
type ConfigFlags struct {
	// Overrides is what stands above the kubeconfig. AddFlags defines no flag for its
	// namespace and its token: a plugin has words of its own for them.
	Overrides clientcmd.ConfigOverrides

	kubeconfig string
	userExtra  []string // NAME=VALUE
	loader     clientcmd.ClientConfig
}

// AddFlags defines kubectl's flags, in kubectl's order. --cache-dir is kept nowhere:
// only discovery has a cache.
func (f *ConfigFlags) AddFlags(flags *pflag.FlagSet) {
	o := &f.Overrides
	auth, server := clientcmd.RecommendedAuthOverrideFlags(""), clientcmd.RecommendedClusterOverrideFlags("")
	all := clientcmd.RecommendedConfigOverrideFlags("")
	auth.Impersonate.Description += ". User could be a regular user or a service account in a namespace."
	auth.ImpersonateUID.Description += "."
	server.APIServer.ShortName = "s"
	server.TLSServerName.Description = "Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used"
	server.ProxyURL.Description = "Proxy URL to use for requests to the API server"

	flags.StringVar(&f.kubeconfig, clientcmd.RecommendedConfigPathFlag, "", "Path to the kubeconfig file to use for CLI requests.")
	flags.String("cache-dir", defaultCacheDir(), "Default cache directory")
	auth.ClientCertificate.BindStringFlag(flags, &o.AuthInfo.ClientCertificate)
	auth.ClientKey.BindStringFlag(flags, &o.AuthInfo.ClientKey)
	auth.Impersonate.BindStringFlag(flags, &o.AuthInfo.Impersonate)
	auth.ImpersonateUID.BindStringFlag(flags, &o.AuthInfo.ImpersonateUID)
	auth.ImpersonateGroups.BindStringArrayFlag(flags, &o.AuthInfo.ImpersonateGroups)
	flags.StringArrayVar(&f.userExtra, "as-user-extra", nil, "User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.")
	all.ContextOverrideFlags.ClusterName.BindStringFlag(flags, &o.Context.Cluster)
	all.ContextOverrideFlags.AuthInfoName.BindStringFlag(flags, &o.Context.AuthInfo)
	all.CurrentContext.BindStringFlag(flags, &o.CurrentContext)
	server.APIServer.BindStringFlag(flags, &o.ClusterInfo.Server)
	server.TLSServerName.BindStringFlag(flags, &o.ClusterInfo.TLSServerName)
	server.InsecureSkipTLSVerify.BindBoolFlag(flags, &o.ClusterInfo.InsecureSkipTLSVerify)
	server.CertificateAuthority.BindStringFlag(flags, &o.ClusterInfo.CertificateAuthority)
	all.Timeout.BindStringFlag(flags, &o.Timeout)
	server.DisableCompression.BindBoolFlag(flags, &o.ClusterInfo.DisableCompression)
	server.ProxyURL.BindStringFlag(flags, &o.ClusterInfo.ProxyURL)
}

// Loader returns what reads the kubeconfig, once, and puts the flags above it. Nothing
// is read yet; it is to be called after the flags are parsed.
func (f *ConfigFlags) Loader() clientcmd.ClientConfig {
	if f.loader == nil {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		rules.DefaultClientConfig = &clientcmd.DefaultClientConfig
		rules.ExplicitPath = f.kubeconfig
		f.Overrides.ClusterDefaults = clientcmd.ClusterDefaults
		f.Overrides.AuthInfo.ImpersonateUserExtra = byName(f.userExtra)
		f.loader = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &f.Overrides)
	}
	return f.loader
}

// In returns the same flags with another context.
func (f *ConfigFlags) In(context string) ConfigFlags {
	out := *f
	out.loader, out.Overrides.CurrentContext = nil, context
	return out
}

// byName collects the values of each name; what is not NAME=VALUE is left out, as
// kubectl does. It returns nil if there is none.
func byName(pairs []string) map[string][]string {
	var out map[string][]string
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			if out == nil {
				out = map[string][]string{}
			}
			out[name] = append(out[name], value)
		}
	}
	return out
}

func defaultCacheDir() string {
	if dir := os.Getenv("KUBECACHEDIR"); dir != "" {
		return dir
	}
	return filepath.Join(homedir.HomeDir(), ".kube", "cache")
}
