package envoy

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// AskLogged is Ask of an Envoy that logs as one of Istio's does: the access logs that
// istiod gave its listeners are kept, and its own log, with the filters rbac and jwt
// at the level debug, is in Istio's text format or its JSON format. Several threads
// serve, and requests are forwarded to an application. The logs are in dir and are
// complete when it returns.
func (l *Lab) AskLogged(ctx context.Context, dir string, asJSON bool, trials []Trial) ([][]Reply, error) {
	app, err := startApplication()
	if err != nil {
		return nil, err
	}
	defer app.stop()
	a := &adaptation{connections: filepath.Join(dir, "connections.log"), clusters: map[string]bool{}}
	s := Setup{Components: "rbac:debug,jwt:debug", OwnFormat: ownFormat(asJSON), Threads: 2}
	if s.Listeners, err = a.generate(trials); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(a.clusters)) {
		s.Clusters = append(s.Clusters, cluster(name, app.listener.Addr()))
	}
	gone := &authorizer{name: fmt.Sprintf("outbound|%d||%s", trial.NobodyPort, trial.AuthorizerHost), grpc: true}
	if gone.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := gone.listener.Close(); err != nil { // its port is nobody's now
		return nil, err
	}
	nobody, err := gone.cluster()
	if err != nil {
		return nil, err
	}
	s.Clusters = append(s.Clusters, nobody)
	return l.run(ctx, dir, s, a, trials)
}

// ownFormat is how Istio's agent has Envoy write its own log
// (tools/packaging/common/envoy_bootstrap.json).
func ownFormat(asJSON bool) *bootstrapv3.Bootstrap_ApplicationLogConfig {
	f := &bootstrapv3.Bootstrap_ApplicationLogConfig_LogFormat{
		LogFormat: &bootstrapv3.Bootstrap_ApplicationLogConfig_LogFormat_TextFormat{
			TextFormat: "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t",
		},
	}
	if asJSON {
		fields := map[string]*structpb.Value{}
		for name, v := range map[string]string{
			"time": "%Y-%m-%dT%T.%fZ", "level": "%l", "scope": "envoy %n", "msg": "%j", "caller": "%g:%#", "thread": "%t",
		} {
			fields[name] = structpb.NewStringValue(v)
		}
		f.LogFormat = &bootstrapv3.Bootstrap_ApplicationLogConfig_LogFormat_JsonFormat{JsonFormat: &structpb.Struct{Fields: fields}}
	}
	return &bootstrapv3.Bootstrap_ApplicationLogConfig{LogFormat: f}
}
