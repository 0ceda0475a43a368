package lab

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is one program of the lab, leader of its own process group so that a
// Ctrl-C on the terminal reaches the lab and not its parts.
type process struct {
	name string
	log  string
	pid  int
	done chan struct{} // closed when it has ended
}

// run starts a program whose output goes to a file in the lab's directory.
func (l *Lab) run(name string, args ...string) (*process, error) {
	return l.runIn(nil, name, args...)
}

// runIn is run with variables of the environment beside this process's own.
func (l *Lab) runIn(env []string, name string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(l.Dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(l.Tools[name], args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = l.Dir
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = ownGroup()

	started := make(chan error)
	go func() {
		// Linux tells a child of the end of the thread that started it, not of
		// the process: this thread stays until the child is gone.
		runtime.LockOSThread()
		defer close(p.done)
		defer log.Close()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	l.processes = append(l.processes, p)
	return p, nil
}

// stop asks the process group to end, and after five seconds insists.
func (p *process) stop() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(-p.pid, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
		<-p.done
	}
}

// until waits for ready to hold, as long as the process lives.
func (p *process) until(ctx context.Context, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !ready(ctx) {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.name, p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w: %s", p.name, context.Cause(ctx), p.lastWords())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// lastWords is the end of the process's log.
func (p *process) lastWords() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-5):], []byte("\n")))
}

// freePorts finds n ports nobody listens on. All are held until the last is
// found, so they differ.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
