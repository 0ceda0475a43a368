package lines

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
)

const line = `[2026-10-01T09:00:01.501Z] "GET /get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "curl" "lines-0x" "httpbin.foo" "-" inbound|8000|| - 127.1.254.1:8000 127.2.0.1:4711 - default` + "\n"

// TestFile: a denial that is missed is a mismatch, and so is one that did not happen, one
// of nobody, and one for another reason.
func TestFile(t *testing.T) {
	for _, tt := range []struct {
		name, log string
		outcome
		want int
	}{
		{"as it happened", line, none, 0},
		{"missed", "an application's line\n", none, 2}, // and not understood
		{"was allowed", line, allowed, 1},
		{"for another reason", line, by("a", 0), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world(0, tt.name)
			x := &happened{ask: ask{Request: get("/get"), outcome: tt.outcome}, id: "lines-0x", world: w, reply: envoy.Reply{
				Remote: "127.2.0.1:4711", Local: "127.1.254.1:8000", Path: "/get", Host: "httpbin.foo", From: "127.2.0.1:4711",
			}}
			all := []*happened{x}
			file := filepath.Join(t.TempDir(), "access.log")
			if err := os.WriteFile(file, []byte(tt.log), 0o600); err != nil {
				t.Fatal(err)
			}
			records, err := indexOf(all).accessRecords(file, false)
			if err != nil {
				t.Fatal(err)
			}
			r := &run{Options: Options{Log: io.Discard}, result: suite.NewResult("logs")}
			if err := r.file(file, "istio-text", records, all, (*happened).access); err != nil {
				t.Fatal(err)
			}
			if got := r.result.Mismatches; len(got) != tt.want {
				t.Errorf("%d mismatches, want %d: %q", len(got), tt.want, got)
			}
		})
	}
	if got := became(envoy.Reply{}); got != allowed || got.reason != logs.Reason("") {
		t.Errorf("no answer became %+v", got)
	}
}
