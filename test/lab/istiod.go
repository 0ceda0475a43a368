package lab

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Istiod is a control plane of the mesh that runs against the lab's API server.
type Istiod struct {
	// XDS is where it serves configuration to proxies, without TLS: 127.0.0.1:port.
	XDS string
}

// istiodEnv turns on ambient as its profile does. A push waits for a moment in
// case that more changes come; here everything comes at once, and somebody waits. The
// Deployments of gateways are not istiod's to make, for its charts are not there.
var istiodEnv = []string{
	"POD_NAMESPACE=istio-system", "POD_NAME=istiod", "REVISION=default", "PILOT_ENABLE_AMBIENT=true",
	"PILOT_DEBOUNCE_AFTER=20ms", "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER=false",
}

// StartIstiod builds istiod if need be and starts it, with the mesh configuration of
// ConfigMap istio-system/istio, which has to be there. It ends with the lab.
func (l *Lab) StartIstiod(ctx context.Context) (*Istiod, error) {
	path, err := BuildIstiod(ctx, l.log.w)
	if err != nil {
		return nil, err
	}
	l.Tools["pilot-discovery"] = path
	ports, err := freePorts(5)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	p, err := l.runIn(istiodEnv, "pilot-discovery", "discovery",
		"--kubeconfig="+l.Kubeconfig, "--httpAddr="+at(0), "--grpcAddr="+at(1),
		"--secureGRPCAddr="+at(2), "--httpsAddr="+at(3), "--monitoringAddr="+at(4), "--ctrlz_port=0",
		"--profile=false", "--log_output_level=default:warn")
	if err != nil {
		return nil, err
	}
	ready := func(ctx context.Context) bool { return answers(ctx, http.DefaultClient, "http://"+at(0)+"/ready") }
	if err := p.until(ctx, ready); err != nil {
		return nil, err
	}
	l.log.printf("istiod is ready after %s", since(began))
	return &Istiod{XDS: at(1)}, nil
}
