package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// usual are the mesh's settings where a cluster has none of its own.
const usual = `rootNamespace: istio-system
trustDomain: cluster.local
extensionProviders:
- {name: grpc-authorizer, envoyExtAuthzGrpc: {service: authorizer.istio-system.svc.cluster.local, port: 9000}}
- {name: http-authorizer, envoyExtAuthzHttp: {service: authorizer.istio-system.svc.cluster.local, port: 8000}}
`

// timeout is the mesh's time-out of connections: by it one sees in a proxy's
// configuration which settings istiod knows.
func (l *Lab) timeout() time.Duration {
	return 10*time.Second + time.Duration(l.settled)*time.Millisecond
}

// settings are the mesh's settings with lines of a cluster.
func (l *Lab) settings(lines string) string {
	text := usual
	if strings.HasPrefix(lines, "trustDomain: ") {
		text = strings.Replace(text, "trustDomain: cluster.local\n", "", 1)
	}
	text += fmt.Sprintf("connectTimeout: %.3fs\n%s", l.timeout().Seconds(), lines)
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  meshNetworks: 'networks: {}'\n  mesh: |\n    " +
		strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
}

// setup sets the mesh up as a cluster wants it, and waits until istiod knows.
func (l *Lab) setup(ctx context.Context, lines string) error {
	if lines == l.set {
		return nil
	}
	l.set = lines
	l.settled++
	if err := l.apply(ctx, l.settings(lines)); err != nil {
		return err
	}
	if err := l.mark(ctx); err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, 30*time.Millisecond, aWhile, true, func(ctx context.Context) (bool, error) {
		c, err := l.xds.Fetch(ctx, probe())
		if err != nil {
			return false, err
		}
		return c.Clusters["outbound|80||"+l.marker()].GetConnectTimeout().AsDuration() == l.timeout(), nil
	})
}

// probe is the proxy that is asked whether istiod knows something.
func probe() xds.Node {
	return xds.Node{Kind: xds.Sidecar, Namespace: "marks", Name: "probe", IP: "127.0.0.3"}
}
