package cmd

import (
	"bufio"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestLogsFollow: a denial is told before the next line comes.
func TestLogsFollow(t *testing.T) {
	in, log := io.Pipe()
	out, told := io.Pipe()
	streams := genericiooptions.IOStreams{In: in, Out: told, ErrOut: io.Discard}
	status := make(chan int, 1)
	go func() {
		args := []string{pluginFile, "logs", "-", "--follow", "-f", filepath.Join("testdata", "mesh.yaml")}
		status <- execute(t.Context(), newCommand(args, streams), io.Discard)
		_ = told.Close()
	}()
	lines := make(chan string, 100)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	for _, path := range []string{"/first", "/second"} {
		line := `[2026-10-01T09:00:01.501Z] "GET ` + path + ` HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "curl" "` + path + `" "httpbin.default:8000" "-" inbound|80|| - 10.0.0.1:80 10.0.0.2:4 - default` + "\n"
		if _, err := io.WriteString(log, line); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-lines:
			if !strings.HasSuffix(got, "GET "+path) {
				t.Errorf("%q", got)
			}
		case <-time.After(time.Minute):
			t.Fatal("nothing was told")
		}
		for got := range lines {
			if got == "" { // the end of what is told of one
				break
			}
		}
	}
	_ = log.Close()
	if got := <-status; got != exitDenied {
		t.Errorf("exit %d, want %d", got, exitDenied)
	}
}
