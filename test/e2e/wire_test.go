package e2e

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// wire leads to the API server, and can be cut.
type wire struct {
	t       *testing.T
	to      string
	address string

	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
}

// openWire opens one, and returns the administrator's kubeconfig that goes through it.
func openWire(t *testing.T) (*wire, string) {
	t.Helper()
	config := cluster.Config(lab.Admin)
	server, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(config.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, to: server.Host, address: "127.0.0.1:0"}
	w.mend()
	t.Cleanup(w.cut)
	file := filepath.Join(t.TempDir(), "wire.kubeconfig")
	if err := lab.WriteKubeconfigTo(file, lab.Admin, "https://"+w.address, ca); err != nil {
		t.Fatal(err)
	}
	return w, file
}

// mend begins to accept connections.
func (w *wire) mend() {
	w.t.Helper()
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener, w.address = l, l.Addr().String()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // it was cut
			}
			go w.carry(near)
		}
	}()
}

// carry carries a connection until one of its ends closes it.
func (w *wire) carry(near net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	w.open = append(w.open, near, far)
	w.mu.Unlock()
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // whatever ends it
		_ = to.Close()
	}
	go pipe(near, far)
	pipe(far, near)
}

// cut breaks what is open, and refuses connections.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// signalChildren sends a signal to the children of a process.
func signalChildren(parent, signal string) error {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP}
	out, err := exec.Command("ps", "-o", "pid=", "--ppid", parent).Output()
	if err != nil {
		return fmt.Errorf("the children of %s: %w", parent, err)
	}
	for id := range strings.FieldsSeq(string(out)) {
		n, err := strconv.Atoi(id)
		if err != nil {
			return err
		}
		p, err := os.FindProcess(n)
		if err != nil {
			return err
		}
		if err := p.Signal(signals[signal]); err != nil {
			return err
		}
	}
	return nil
}
