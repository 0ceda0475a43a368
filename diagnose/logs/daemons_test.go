package logs

import "testing"

// ztunnel's formats are from src/telemetry.rs, its fields from src/proxy/metrics.rs,
// its errors from src/proxy.rs; the first line is that of istio/ztunnel#1273.
func TestZtunnel(t *testing.T) {
	stamp := "2026-10-01T09:00:01.501Z\terror\taccess\tconnection complete\t"
	ends := `src.addr=10.244.1.6:42020 src.workload="reviews-v1-k78wz" src.namespace="default" src.identity="spiffe://cluster.local/ns/default/sa/reviews" dst.addr=10.244.1.9:15008 dst.hbone_addr=10.244.1.9:9080 dst.service="productpage.default.svc.cluster.local" dst.workload="productpage-v1-c5w2c" dst.namespace="default" dst.identity="spiffe://cluster.local/ns/default/sa/productpage" direction="inbound" bytes_sent=0 bytes_recv=0 duration="0ms" `
	base := Event{
		Format: Ztunnel, Effect: Denied, Time: moment, Rule: -1, Request: Request{Connection: true},
		Source: Source{Namespace: "default", Pod: "reviews-v1-k78wz", Address: ip("10.244.1.6"), Identity: "cluster.local/ns/default/sa/reviews", MutualTLS: true},
		Target: Target{Namespace: "default", Pod: "productpage-v1-c5w2c", Address: ip("10.244.1.9"), PodPort: 9080},
	}
	because := func(reason Reason, says, policy string) Event {
		e := base
		e.Reason, e.Says, e.Policy = reason, says, policy
		return e
	}
	none := "connection closed due to policy rejection: allow policies exist, but none allowed"
	explicit := "connection closed due to policy rejection: explicitly denied by: "
	plain := because(Plaintext, explicit+"istio-system/istio_converted_static_strict", "")
	plain.Source = Source{Address: ip("10.217.0.2")}
	plain.Target = Target{Namespace: "test", Pod: "ex-1", Address: ip("10.217.0.248"), PodPort: 8080}
	broken := because(TimedOut, "connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: deadline", "")
	broken.Effect = Broken
	early := Event{Format: Ztunnel, Effect: Broken, Reason: Failed, Time: moment, Rule: -1, Says: "tls handshake error", Request: Request{Connection: true}, Source: Source{Address: ip("10.0.0.1")}, Target: Target{Address: ip("10.0.0.2"), PodPort: 15008}}
	dry := Event{Format: Ztunnel, Effect: DryRun, Reason: PolicyMatched, Policy: "default/no-reads", Time: moment, Rule: -1, Says: `deny policy match	policy="default/no-reads"`, Request: Request{Connection: true}, Source: Source{Address: ip("10.244.0.5")}, Target: Target{Namespace: "default", Pod: "http-1"}}
	dry.Says = `deny policy match\tpolicy="default/no-reads"`
	checkFormats(t, []formatTest{
		{"none allowed", Options{}, stamp + ends + `error="` + none + `"`, because(NoneAllowed, none, "")},
		{"spaces for tabs, and words before", Options{}, `istio-system ztunnel-dckfd istio-proxy 2026-10-01T09:00:01.501Z      error   access  connection complete     ` + ends + `error="` + none + `"`, because(NoneAllowed, none, "")},
		{"explicitly", Options{}, stamp + ends + `error="` + explicit + `default/no-reads"`, because(PolicyMatched, explicit+"default/no-reads", "default/no-reads")},
		{"PeerAuthentication of a port", Options{}, stamp + ends + `error="` + explicit + `default/converted_peer_authentication_ports"`, because(Plaintext, explicit+"default/converted_peer_authentication_ports", "default/ports")},
		{"STRICT", Options{}, stamp + `src.addr=10.217.0.2:44480 dst.addr=10.217.0.248:8080 dst.workload="ex-1" dst.namespace="test" direction="inbound" bytes_sent=0 error="` + explicit + `istio-system/istio_converted_static_strict"`, plain},
		{"before 1.24", Options{}, stamp + ends + `error="connection closed due to policy rejection"`, because(Rejected, "connection closed due to policy rejection", "")},
		{"policy change", Options{}, stamp + ends + `error="connection closed due to policy change"`, because(PolicyChange, "connection closed due to policy change", "")},
		{"the client's side", Options{}, stamp + ends + `error="http status: 401 Unauthorized"`, because(Rejected, "http status: 401 Unauthorized", "")},
		{"HBONE blocked", Options{}, stamp + ends + `error="connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: deadline"`, broken},
		{"early", Options{}, "2026-10-01T09:00:01.501Z\twarn\taccess\tconnection failed\tsrc.addr=10.0.0.1:1 dst.addr=10.0.0.2:15008 direction=\"inbound\" error=\"tls handshake error\"", early},
		{"JSON", Options{}, `{"level":"error","time":"2026-10-01T09:00:01.501Z","scope":"access","message":"connection complete","src.addr":"10.244.1.6:42020","src.workload":"reviews-v1-k78wz","src.namespace":"default","src.identity":"spiffe://cluster.local/ns/default/sa/reviews","dst.addr":"10.244.1.9:15008","dst.hbone_addr":"10.244.1.9:9080","dst.service":"productpage.default.svc.cluster.local","dst.workload":"productpage-v1-c5w2c","dst.namespace":"default","direction":"inbound","bytes_sent":0,"bytes_recv":0,"duration":"0ms","error":"` + none + `"}`, because(NoneAllowed, none, "")},
		{"dry run", Options{}, "2026-10-01T09:00:01.501Z\tinfo\tstate:proxy{wl=default/http-1}:inbound{id=d162 peer=10.244.0.5:49084}\tdry-run: deny policy match\tpolicy=\"default/no-reads\"", dry},
	})
}

// The daemon's lines are from kmesh-net/kmesh, pkg/auth/rbac.go, the first that of its
// issue 652; the last is from bpf/kmesh/workload/xdp.c.
func TestKmesh(t *testing.T) {
	base := Event{
		Format: Kmesh, Effect: Denied, Reason: Rejected, Time: at("2024-07-30T03:12:32Z"), Rule: -1, Request: Request{Connection: true},
		Source: Source{Address: ip("10.244.1.33"), Identity: "/ns/default/sa/sleep"},
		Target: Target{Address: ip("10.244.1.32"), PodPort: 80},
	}
	matched, unknownTarget := base, base
	matched.Reason, matched.Says = PolicyMatched, "because authorization policy"
	unknownTarget.Reason, unknownTarget.Says = NoDestination, "because destination workload not found"
	xdp := Event{Format: Kmesh, Effect: Denied, Reason: Rejected, Time: base.Time, Rule: -1, Request: Request{Connection: true}, Source: Source{Address: ip("10.244.1.33")}}
	conn := `{srcIdentity:{trustDomain: namespace:default serviceAccount:sleep} dstNetwork: srcIp:[10 244 1 33] dstIp:[10 244 1 32] dstPort:80}`
	checkFormats(t, []formatTest{
		{"before 1.1", Options{}, `time="2024-07-30T03:12:32Z" level=info msg="Auth denied for connection: ` + conn + `" subsys=pkg/auth`, base},
		{"DENY policy", Options{}, `time="2024-07-30T03:12:32Z" level=info msg="Auth denied for connection: &` + conn + ` because authorization policy" subsys=auth`, matched},
		{"destination not known", Options{}, `time="2024-07-30T03:12:32Z" level=debug msg="denied for connection: ` + conn + ` because destination workload not found" subsys=auth`, unknownTarget},
		{"XDP", Options{}, `time="2024-07-30T03:12:32Z" level=info msg="[XDP] INFO: auth denied, src ip: 10.244.1.33, port: 41234\n" subsys=ebpf`, xdp},
	})
}

// Envoy's RBAC filter at the level debug: source/extensions/filters/http/rbac and
// network/rbac, rbac_filter.cc, in the formats of `istioctl proxy-config log --level
// rbac:debug` of several releases.
func TestRBACDebug(t *testing.T) {
	want := Event{
		Format: EnvoyRBAC, Effect: Denied, Reason: PolicyMatched, Policy: "foo/deny-path-headers", Says: "ns[foo]-policy[deny-path-headers]-rule[0]", Time: moment,
		Source:  Source{Address: ip("10.44.3.13"), Identity: "cluster.local/ns/foo/sa/curl", MutualTLS: true},
		Target:  Target{Host: "httpbin.foo.svc.cluster.local", Port: 8000, Address: ip("10.44.1.18"), PodPort: 80},
		Request: Request{Method: "GET", Path: "/headers", Host: "httpbin:8000", id: "672c"},
	}
	check := "checking request: requestedServerName: outbound_.8000_._.httpbin.foo.svc.cluster.local, sourceIP: 10.44.3.13:46180, directRemoteIP: 10.44.3.13:46180, remoteIP: 10.44.3.13:46180,localAddress: 10.44.1.18:80, ssl: uriSanPeerCertificate: spiffe://cluster.local/ns/foo/sa/curl, dnsSanPeerCertificate: , subjectPeerCertificate: , headers: ':authority', 'httpbin:8000'\n':path', '/headers?x=y'\n':method', 'GET'\n'x-request-id', '672c'\n, dynamicMetadata: filter_metadata {\n}\n"
	deny := "enforced denied, matched policy ns[foo]-policy[deny-path-headers]-rule[0]"
	envoy := "2026-10-01T09:00:01.501Z\tdebug\tenvoy rbac\t"
	located := "2026-10-01T09:00:01.501Z\tdebug\tenvoy rbac external/envoy/source/extensions/filters/http/rbac/rbac_filter.cc:266\t"
	shadow, tcp, bare := want, want, want
	shadow.Effect = DryRun
	tcp.Target.Host, tcp.Target.Port, tcp.Request, tcp.Source = "", 0, Request{Connection: true, id: "10.244.0.1:17569"}, Source{Address: ip("10.244.0.1")}
	tcp.Reason, tcp.Says, tcp.Policy, tcp.Rule = NoneAllowed, "none", "", -1
	bare.Source, bare.Target, bare.Request = Source{}, Target{}, Request{}
	checkFormats(t, []formatTest{
		{"one message over several lines", Options{}, envoy + check + envoy + deny, want},
		{"with threads", Options{}, located + check[:len(check)-1] + "\tthread=29\n" + located + "checking request: requestedServerName: , sourceIP: 1.1.1.1:1, directRemoteIP: 1.1.1.1:1, remoteIP: 1.1.1.1:1,localAddress: 2.2.2.2:2, ssl: none, headers: ':authority', 'x'\n, dynamicMetadata: \tthread=30\n" + located + deny + "\tthread=29", want},
		{"dry run", Options{}, envoy + check + envoy + "shadow" + deny[len("enforced"):], shadow},
		{"connection", Options{}, "2026-10-01T09:00:01.501Z     debug   envoy rbac external/envoy/source/extensions/filters/network/rbac/rbac_filter.cc:90      checking connection: requestedServerName: x, sourceIP: 9.9.9.9:1, y, sourceIP: 10.244.0.1:17569, directRemoteIP: 10.244.0.1:17569,remoteIP: 10.244.0.1:17569, localAddress: 10.44.1.18:80, ssl: uriSanPeerCertificate: , dnsSanPeerCertificate: , subjectPeerCertificate: , dynamicMetadata:      thread=30\n2026-10-01T09:00:01.501Z     debug   envoy rbac x.cc:168     enforced denied, matched policy none    thread=30", tcp},
		{"JSON", Options{}, `{"level":"debug","time":"2026-10-01T09:00:01.501Z","scope":"envoy rbac","msg":"checking request: requestedServerName: , sourceIP: 10.244.0.1:17569, directRemoteIP: 10.244.0.1:17569, remoteIP: 10.244.0.1:17569,localAddress: 10.44.1.18:80, ssl: none, dynamicMetadata: "}` + "\n" + `{"level":"debug","time":"2026-10-01T09:00:01.501Z","scope":"envoy rbac","msg":"enforced denied, matched policy none"}`, tcp},
		{"only the decision", Options{}, envoy + deny, bare},
	})
}
