package kubectl

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// theirs are kubectl's own flags, those left out that AddFlags leaves out.
func theirs() (*genericclioptions.ConfigFlags, *pflag.FlagSet) {
	f, set := genericclioptions.NewConfigFlags(true), pflag.NewFlagSet("theirs", pflag.ContinueOnError)
	namespace, token := f.Namespace, f.BearerToken
	f.Namespace, f.BearerToken = nil, nil
	f.AddFlags(set)
	f.Namespace, f.BearerToken = namespace, token
	return f, set
}

func ours() (*ConfigFlags, *pflag.FlagSet) {
	f, set := new(ConfigFlags), pflag.NewFlagSet("ours", pflag.ContinueOnError)
	f.AddFlags(set)
	return f, set
}

// declared is what a user can see of a flag.
type declared struct{ Name, Shorthand, Type, Default, Usage string }

func declaredIn(set *pflag.FlagSet) []declared {
	var out []declared
	set.SortFlags = false
	set.VisitAll(func(f *pflag.Flag) {
		out = append(out, declared{f.Name, f.Shorthand, f.Value.Type() + f.NoOptDefVal, f.DefValue, f.Usage})
	})
	return out
}

func TestConfigFlagsAreKubectls(t *testing.T) {
	for _, dir := range []string{"", "/var/cache/kube"} {
		t.Setenv("KUBECACHEDIR", dir)
		_, want := theirs()
		_, got := ours()
		if diff := cmp.Diff(declaredIn(want), declaredIn(got)); diff != "" {
			t.Errorf("flags with KUBECACHEDIR=%s (-kubectl's +ours):\n%s", dir, diff)
		}
	}
}

const kubeconfigs = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: dev, cluster: {server: "https://dev.example", insecure-skip-tls-verify: true}}
- {name: old, cluster: {server: "http://old.example", proxy-url: "http://proxy.example"}}
users:
- {name: jane, user: {token: abc, as: root, as-groups: [a], as-user-extra: {x: [y]}}}
- {name: plug, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: plug, interactiveMode: Never}}}
- {name: oidc, user: {auth-provider: {name: oidc, config: {client-id: me, idp-issuer-url: "https://idp.example"}}}}
contexts:
- {name: dev, context: {cluster: dev, user: jane, namespace: foo}}
- {name: plug, context: {cluster: old, user: plug}}
- {name: broken, context: {cluster: none, user: jane}}
`

// resolved is what comes of a command line.
type resolved struct {
	Config    *rest.Config
	Proxy     string // where requests go
	Persister string // what keeps new tokens
	Raw       clientcmdapi.Config
	Namespace string
	Forced    bool
	Files     []string
	Errs      []string
}

func resolve(t *testing.T, loader clientcmd.ClientConfig) resolved {
	t.Helper()
	var r resolved
	var errs [3]error
	r.Config, errs[0] = loader.ClientConfig()
	r.Raw, errs[1] = loader.RawConfig()
	r.Namespace, r.Forced, errs[2] = loader.Namespace()
	r.Files = loader.ConfigAccess().GetLoadingPrecedence()
	for _, err := range errs {
		switch {
		case err == nil:
		case clientcmd.IsEmptyConfig(err): // has other words in kubectl, which name kubectl's commands
			r.Errs = append(r.Errs, "empty")
		default:
			r.Errs = append(r.Errs, err.Error())
		}
	}
	if r.Config == nil {
		return r
	}
	r.Persister = fmt.Sprintf("%T", r.Config.AuthConfigPersister)
	if r.Config.Proxy != nil {
		to, err := r.Config.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: "x.example"}})
		r.Proxy = fmt.Sprint(to, err)
	}
	r.Config.AuthConfigPersister, r.Config.Proxy = nil, nil
	return r
}

func TestConfigFlagsMeanTheSame(t *testing.T) {
	dir := t.TempDir()
	main, more := filepath.Join(dir, "main"), filepath.Join(dir, "more")
	for file, text := range map[string]string{
		main: kubeconfigs,
		more: "apiVersion: v1\nkind: Config\ncurrent-context: other\ncontexts:\n- {name: other, context: {cluster: old, namespace: bar}}\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	none := filepath.Join(dir, "none")
	tests := map[string]struct {
		env, namespace, token string
		args                  []string
	}{
		"nothing at all":             {env: none},
		"the kubeconfig":             {env: main},
		"two of them":                {env: more + string(os.PathListSeparator) + main},
		"--kubeconfig over the rest": {env: more, args: []string{"--kubeconfig", main}},
		"--kubeconfig of no file":    {env: main, args: []string{"--kubeconfig", none}},
		"a context":                  {env: main, args: []string{"--context=plug"}},
		"a context that is not":      {env: main, args: []string{"--context=prod"}},
		"a context of no cluster":    {env: main, args: []string{"--context=broken"}},
		"a cluster and a user":       {env: main, args: []string{"--cluster=old", "--user=oidc"}},
		"a cluster that is not":      {env: main, args: []string{"--cluster=new"}},
		"a user that is not":         {env: main, args: []string{"--user=joe"}},
		"a namespace and a token":    {env: main, namespace: "baz", token: "xyz"},
		"a server":                   {env: none, args: []string{"-s", "https://x.example"}},
		"a server, verified": {env: main, args: []string{
			"--server=https://x.example", "--insecure-skip-tls-verify=false", "--tls-server-name=y", "--certificate-authority=" + none,
		}},
		"a certificate": {env: main, args: []string{"--client-certificate=" + more, "--client-key=" + main}},
		"somebody else": {env: main, args: []string{"--as=u", "--as-uid=1", "--as-group=a,b", "--as-group=c"}},
		"who is more":   {env: main, args: []string{"--as=u", "--as-user-extra=a=1", "--as-user-extra=a=2=3", "--as-user-extra=b"}},
		"patience":      {env: main, args: []string{"--request-timeout=3s", "--disable-compression", "--cache-dir=" + dir}},
		"plain seconds": {env: main, args: []string{"--request-timeout=3"}},
		"no duration":   {env: main, args: []string{"--request-timeout=x"}},
		"a proxy":       {env: main, args: []string{"--proxy-url=http://p.example:1"}},
		"no proxy":      {env: main, args: []string{"--proxy-url=://"}},
	}
	options := cmpopts.IgnoreUnexported(rest.Config{}, clientcmdapi.ExecConfig{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", tt.env)
			their, theirSet := theirs()
			our, ourSet := ours()
			for _, set := range []*pflag.FlagSet{theirSet, ourSet} {
				if err := set.Parse(tt.args); err != nil {
					t.Fatal(err)
				}
			}
			*their.Namespace, *their.BearerToken = tt.namespace, tt.token
			our.Overrides.Context.Namespace, our.Overrides.AuthInfo.Token = tt.namespace, tt.token
			if diff := cmp.Diff(resolve(t, their.ToRawKubeConfigLoader()), resolve(t, our.Loader()), options); diff != "" {
				t.Errorf("(-kubectl's +ours):\n%s", diff)
			}
		})
	}
}
