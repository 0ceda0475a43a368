package lab

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
)

// server is what a client must know about the API server.
type server struct {
	url string
	ca  string // file with the certificate to trust
}

// startEtcd starts the store and returns its URL. Nothing of it has to survive
// a crash, so it never waits for the disk.
func (l *Lab) startEtcd(ctx context.Context, clientPort, peerPort int) (string, error) {
	client, peer := loopback("http", clientPort), loopback("http", peerPort)
	p, err := l.run("etcd",
		"--name=lab", "--data-dir="+filepath.Join(l.Dir, "etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer,
		"--initial-cluster=lab="+peer,
		"--unsafe-no-fsync", "--quota-backend-bytes=4294967296", "--log-level=warn")
	if err != nil {
		return "", err
	}
	healthy := func(ctx context.Context) bool { return answers(ctx, http.DefaultClient, client+"/readyz") }
	return client, p.until(ctx, healthy)
}

// startAPIServer starts the API server with its own certificate, which clients
// verify. The limits are far off: the lab measures the plugin, not the server's patience.
func (l *Lab) startAPIServer(ctx context.Context, etcd string, port int, audited []string) error {
	certs := filepath.Join(l.Dir, "certs")
	key := filepath.Join(l.Dir, "service-account.key")
	if err := writeKey(key); err != nil {
		return err
	}
	tokens := filepath.Join(l.Dir, "tokens.csv")
	if err := l.writeTokens(tokens); err != nil {
		return err
	}
	clients := filepath.Join(l.Dir, "clients.crt")
	if err := l.writeClientCA(clients); err != nil {
		return err
	}
	audit, err := l.auditFlags(audited)
	if err != nil {
		return err
	}
	l.server = server{url: loopback("https", port), ca: filepath.Join(certs, "apiserver.crt")}
	p, err := l.run("kube-apiserver", append(audit,
		"--etcd-servers="+etcd, "--storage-media-type=application/vnd.kubernetes.protobuf",
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none", "--cert-dir="+certs, "--token-auth-file="+tokens, "--client-ca-file="+clients,
		"--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
		"--service-cluster-ip-range=10.96.0.0/12", "--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+key, "--service-account-signing-key-file="+key,
		"--enable-priority-and-fairness=false", "--max-requests-inflight=4000", "--max-mutating-requests-inflight=2000",
		"--profiling=false")...)
	if err != nil {
		return err
	}
	ready := func(ctx context.Context) bool {
		if _, err := os.Stat(l.server.ca); err != nil {
			return false
		}
		client, err := rest.HTTPClientFor(l.Config(Admin))
		return err == nil && answers(ctx, client, l.server.url+"/readyz")
	}
	return p.until(ctx, ready)
}

// startControllers starts what turns Deployments into Pods, and Pods into
// running ones with an address.
func (l *Lab) startControllers(ctx context.Context) error {
	if _, err := l.run("kube-controller-manager",
		"--kubeconfig="+l.Kubeconfig, "--secure-port=0", "--leader-elect=false",
		"--controllers=*,-node-ipam-controller,-node-lifecycle-controller",
		"--kube-api-qps=5000", "--kube-api-burst=10000",
		"--concurrent-service-endpoint-syncs=20", "--concurrent-deployment-syncs=20",
		"--concurrent-replicaset-syncs=20"); err != nil {
		return err
	}
	stages, err := kwokStages(ctx, l.log)
	if err != nil {
		return err
	}
	args := []string{"--kubeconfig=" + l.Kubeconfig, "--manage-all-nodes=true", "--cidr=10.244.0.0/16", "--node-ip=127.0.0.1"}
	for _, file := range stages {
		args = append(args, "--config="+file)
	}
	_, err = l.run("kwok", args...)
	return err
}

// answers reports whether a GET is answered with 200 within a second.
func answers(ctx context.Context, client *http.Client, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func loopback(scheme string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port) }
