package envoy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// process is a running Envoy.
type process struct {
	dir   string
	cmd   *exec.Cmd
	done  chan struct{} // closed when it has ended
	admin *http.Client
}

// Setup is what an Envoy is to run.
type Setup struct {
	Listeners []*listenerv3.Listener
	// Clusters and Secrets are there beside the lab's own.
	Clusters []*clusterv3.Cluster
	Secrets  []*tlsv3.Secret
	// Components are levels of Envoy's own log that are not warning: rbac:debug.
	Components string
	// OwnFormat is that log's; nil: Envoy's.
	OwnFormat *bootstrapv3.Bootstrap_ApplicationLogConfig
	// Threads serve; 0: one.
	Threads int
}

// start runs an Envoy with a setup and waits until it serves.
func (l *Lab) start(ctx context.Context, dir string, s Setup) (*process, error) {
	config, err := l.write(dir, s)
	if err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, OwnLog))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{dir: dir, done: make(chan struct{})}
	p.cmd = exec.Command(l.binary, append(s.arguments(), "-c", config)...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.launch(); err != nil {
		return nil, err
	}
	p.admin = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, "admin"))
		},
	}}
	return p, p.ready(ctx)
}

// OwnLog is the name of the file with Envoy's own log.
const OwnLog = "envoy.log"

func (s Setup) arguments() []string {
	out := []string{
		"--concurrency", strconv.Itoa(max(1, s.Threads)), "--disable-hot-restart",
		"--log-level", "warning", "--file-flush-interval-msec", "200",
	}
	if s.Components != "" {
		out = append(out, "--component-log-level", s.Components)
	}
	return out
}

// launch starts the process so that it ends with this one.
func (p *process) launch() error {
	p.cmd.SysProcAttr = endWithParent()
	started := make(chan error)
	go func() {
		// Linux tells a child of the end of the thread that started it, not of
		// the process: this thread stays until the child is gone.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in its log
		}
		close(p.done)
	}()
	return <-started
}

// write puts the configuration into dir and returns the bootstrap's name.
func (l *Lab) write(dir string, s Setup) (string, error) {
	discovered := &discoveryv3.DiscoveryResponse{VersionInfo: "1", TypeUrl: "type.googleapis.com/envoy.config.listener.v3.Listener"}
	for _, x := range s.Listeners {
		a, err := anypb.New(x)
		if err != nil {
			return "", err
		}
		discovered.Resources = append(discovered.Resources, a)
	}
	lds, config := filepath.Join(dir, "listeners.pb"), filepath.Join(dir, "bootstrap.pb")
	b, err := l.bootstrap(filepath.Join(dir, "admin"), lds)
	if err != nil {
		return "", err
	}
	b.ApplicationLogConfig = s.OwnFormat
	b.StaticResources.Clusters = append(b.StaticResources.Clusters, s.Clusters...)
	b.StaticResources.Secrets = append(b.StaticResources.Secrets, s.Secrets...)
	for name, m := range map[string]proto.Message{lds: discovered, config: b} {
		raw, err := proto.Marshal(m)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			return "", err
		}
	}
	return config, nil
}

func (p *process) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if _, err := p.get(ctx, "/ready"); err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("envoy ended: %s", p.lastWords())
		case <-ctx.Done():
			p.stop()
			return fmt.Errorf("envoy is not ready: %w: %s", context.Cause(ctx), p.lastWords())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *process) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://envoy"+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := p.admin.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("envoy: %s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// refused returns why Envoy did not take a listener, by its name.
func (p *process) refused(ctx context.Context) (map[string]string, error) {
	raw, err := p.get(ctx, "/config_dump?resource=dynamic_listeners&mask=name,error_state.details")
	if err != nil {
		return nil, err
	}
	var dump struct {
		Configs []struct {
			Name  string `json:"name"`
			Error struct {
				Details string `json:"details"`
			} `json:"error_state"`
		} `json:"configs"`
	}
	if err := json.Unmarshal(raw, &dump); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, c := range dump.Configs {
		if c.Error.Details != "" {
			out[c.Name] = c.Error.Details
		}
	}
	return out, nil
}

// stop ends the process; its log is complete then.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) lastWords() string {
	text, err := os.ReadFile(filepath.Join(p.dir, OwnLog))
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-5):], []byte("\n")))
}
