package kmesh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// adminPort is the daemon's own, on the node's loopback (kmesh: pkg/status/status_server.go).
const adminPort = 15200

// patience is how long a daemon may take to answer, at most.
const patience = 10 * time.Second

// askDaemon asks the daemon of a node what `kmeshctl authz status` asks: GET /authz, which
// answers {"enabled": true}. Daemons before that was added answer 405. Nothing is asked
// unless that was chosen.
func askDaemon(ctx context.Context, r cluster.Reader, config *rest.Config, node string) (json.RawMessage, error) {
	if chosen() != Ask {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pod, err := daemonPod(ctx, r, node)
	if err != nil {
		return nil, err
	}
	enabled, err := enabledAt(ctx, config, pod)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"apiVersion": States.Group + "/" + States.Version, "kind": States.Kind,
		"metadata": map[string]any{"name": node}, "spec": map[string]any{"enabled": enabled},
	})
}

// daemonPod is the Pod of the daemon on a node.
func daemonPod(ctx context.Context, r cluster.Reader, node string) (*corev1.Pod, error) {
	got := r.Read(ctx, []cluster.Query{{Resource: cluster.Pods, Namespace: namespace, Labels: "app=" + name, Fields: "spec.nodeName=" + node}})[0]
	switch {
	case got.Unread != nil && got.Unread.Reason == cluster.Forbidden:
		return nil, cluster.Denied("the Pods of " + namespace + " may not be listed, to find Kmesh's daemon on node " + node)
	case got.Unread != nil:
		return nil, fmt.Errorf("the Pods of %s: %s", namespace, got.Unread.Message)
	}
	for _, item := range got.Items {
		if pod, ok := item.Object.(*corev1.Pod); ok && pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			return pod, nil
		}
	}
	return nil, fmt.Errorf("namespace %s has no running Pod of Kmesh's daemon on node %s", namespace, node)
}

// enabledAt asks one daemon through a port-forward.
func enabledAt(ctx context.Context, config *rest.Config, pod *corev1.Pod) (bool, error) {
	port, closed, err := forward(ctx, config, pod)
	if err != nil {
		return false, err
	}
	defer closed()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/authz", port), nil)
	if err != nil {
		return false, err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return false, fmt.Errorf("the daemon %s/%s does not answer: %w", pod.Namespace, pod.Name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the daemon %s/%s is of a version that does not tell: it answers %s", pod.Namespace, pod.Name, resp.Status)
	}
	var state struct {
		Enabled *bool `json:"enabled"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&state); err != nil || state.Enabled == nil {
		return false, fmt.Errorf("the daemon %s/%s answers with something else than its state", pod.Namespace, pod.Name)
	}
	return *state.Enabled, nil
}

// forward opens a port on the loopback that leads to the daemon's, over a WebSocket or,
// with an older API server, SPDY, as kubectl does.
func forward(ctx context.Context, config *rest.Config, pod *corev1.Pod) (port uint16, closed func(), err error) {
	c, err := cluster.Connect(config, config.Host)
	if err != nil {
		return 0, nil, err
	}
	url := c.Client.Post().AbsPath("/api/v1/namespaces", pod.Namespace, "pods", pod.Name, "portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return 0, nil, err
	}
	tunnel, err := portforward.NewSPDYOverWebsocketDialerForStreaming(url, config)
	if err != nil {
		return 0, nil, err
	}
	older := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport, Timeout: patience}, http.MethodPost, url)
	dialer := portforward.NewFallbackDialerForStreaming(tunnel, older, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	ctx, stop := context.WithCancel(ctx)
	ready, failed := make(chan struct{}), make(chan error, 1)
	f, err := portforward.NewOnAddressesForStreamingWithContext(ctx, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", adminPort)}, ready, io.Discard, io.Discard)
	if err != nil {
		stop()
		return 0, nil, err
	}
	go func() { failed <- f.ForwardPorts() }()
	closed = func() {
		stop()
		<-failed //nolint:errcheck // it ends because it was stopped
	}
	select {
	case <-ready:
	case err := <-failed:
		stop()
		return 0, nil, refused(err, pod)
	case <-ctx.Done(): // who dials knows no context, and comes to an end by itself
		stop()
		return 0, nil, fmt.Errorf("the API server opens no port-forward to %s/%s: %w", pod.Namespace, pod.Name, ctx.Err())
	}
	ports, err := f.GetPorts()
	if err != nil || len(ports) == 0 {
		closed()
		return 0, nil, errors.Join(err, errors.New("no port was opened"))
	}
	return ports[0].Local, closed, nil
}

// refused words why there is no port-forward. The library passes on the words of the
// server's status, and not its code.
func refused(err error, pod *corev1.Pod) error {
	if strings.Contains(err.Error(), "forbidden") {
		return cluster.Denied("a port-forward to the daemon " + pod.Namespace + "/" + pod.Name + " is not permitted (create pods/portforward)")
	}
	return fmt.Errorf("no port-forward to the daemon %s/%s: %w", pod.Namespace, pod.Name, err)
}
