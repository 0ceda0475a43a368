package logs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead reads bytes as a log: nothing panics, every line is counted once, and what
// is kept is short and clean.
func FuzzRead(f *testing.F) {
	for _, line := range hostile {
		f.Add([]byte(line))
	}
	for i, line := range []string{denial, passed} {
		f.Add(fmt.Appendf(nil, line, i))
	}
	for _, line := range []string{
		`[pod/a/istio-proxy] {"response_code":403,"response_code_details":"rbac_access_denied_matched_policy[ns[a]-policy[b]-rule[0]]","downstream_remote_address":"[::1]:0","x_forwarded_for":"1.1.1.1"}`,
		prefix + `"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.244.0.13:8080 10.244.0.15:46778 - -`,
		prefix + `"GET / HTTP/1.1" 503 UC,URX a - "-" 0 95 1 - "-" "-" "-" "b" "10.0.0.8:8" outbound|80||b.c.svc.cluster.local 10.0.0.9:4 10.9.1.1:80 10.0.0.9:3 - -`,
		"2026-10-01T09:00:01.501Z\tdebug\tenvoy rbac\tchecking request: requestedServerName: , sourceIP: 1.1.1.1:1, localAddress: 2.2.2.2:2, ssl: none, headers: ':path', '/'\n':method', 'GET'\n, dynamicMetadata: \tthread=3\nx rbac enforced denied, matched policy none\tthread=3",
		"2026-10-01T09:00:01.501Z\terror\taccess\tconnection complete\tsrc.addr=1.1.1.1:1 dst.hbone_addr=web.shop.svc.cluster.local:80 error=\"connection closed due to policy rejection: explicitly denied by: a/b\"",
		`time="2024-07-30T03:12:32Z" msg="Auth denied for connection: {srcIdentity:{trustDomain: namespace:a serviceAccount:b} dstNetwork: srcIp:[32 1 13 184 0 0 0 0 0 0 0 0 0 0 0 1] dstIp:[10 0 0 1] dstPort:80}"`,
		"2026-10-01T09:00:01Z\tinfo\tstate:proxy{wl=a/b}:inbound{peer=1.1.1.1:1}\tdry-run: no allow policies match",
	} {
		f.Add([]byte(line))
	}
	for _, name := range []string{"istio-text", "istio-json", "rbac-text", "rbac-json"} {
		log, err := os.ReadFile(filepath.Join("testdata", "envoy-1.40.0", name+".log"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(log[:16<<10])
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		var groups Groups
		events := 0
		stats, err := Read(bytes.NewReader(log), Options{Namespace: "default"}, func(e Event) error {
			events++
			harmless(t, e)
			groups.Add(e)
			return nil
		})
		if err != nil && !errors.Is(err, errCompressed) && !errors.Is(err, errUTF16) {
			t.Fatal(err)
		}
		if sum := stats.Denied + stats.DryRun + stats.Broken; sum != events || sum+stats.Others+stats.Unknown != stats.Lines {
			t.Errorf("%d events, %+v", events, stats)
		}
	})
}
