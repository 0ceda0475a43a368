package cmd

import (
	"io"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// stuckReader is a stdin that nobody ever writes to.
type stuckReader struct {
	once          sync.Once
	read, release chan struct{}
}

func (r *stuckReader) Read([]byte) (int, error) {
	r.once.Do(func() { close(r.read) })
	<-r.release
	return 0, io.EOF
}

func TestInterruptEndsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself on Windows")
	}
	in := &stuckReader{read: make(chan struct{}), release: make(chan struct{})}
	defer close(in.release)
	status := make(chan int, 1)
	go func() {
		args := []string{pluginFile, "sleep.foo", "httpbin.default:8000", "--token", "-"}
		status <- Main(args, genericiooptions.IOStreams{In: in, Out: io.Discard, ErrOut: io.Discard})
	}()
	<-in.read
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-status:
		if got != exitInterrupted {
			t.Errorf("exit %d, want %d", got, exitInterrupted)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the interrupt was not heeded")
	}
}
