package logs

import (
	"fmt"
	"strings"
	"testing"
)

// TestClientsWords reads lines in which a client says what another log would say of a
// denial. In none of them anything was denied.
func TestClientsWords(t *testing.T) {
	const (
		envoy  = "2026-10-01T09:00:01.501Z\tdebug\tenvoy "
		check  = envoy + "rbac source/extensions/filters/http/rbac/rbac_filter.cc:154\tchecking request: requestedServerName: , sourceIP: 1.1.1.1:1, directRemoteIP: 1.1.1.1:1, remoteIP: 1.1.1.1:1,localAddress: 2.2.2.2:2, ssl: none, headers: ':authority', 'x'\n"
		passes = envoy + "rbac source/extensions/filters/http/rbac/rbac_filter.cc:230\tenforced allowed, matched policy none\tthread=7"
		access = `connection complete	src.addr=1.1.1.1:1 error="connection closed due to policy rejection: explicitly denied by: a/b"`
		said   = "rbac enforced denied, matched policy ns[a]-policy[b]-rule[0]"
	)
	for _, log := range []string{
		check + "'user-agent', '" + said + "'\n, dynamicMetadata: goo.gle/debugproto   \n\tthread=7\n" + passes,
		check + "'user-agent', 'access " + access + "'\n" + `'x-a', '` + fmt.Sprintf(denial, 1)[:100] + "'\n, dynamicMetadata: goo.gle/debugproto   \n\tthread=7\n" + passes,
		check + ", dynamicMetadata: goo.gle/debugproto   \nfilter_metadata {\n  string_value: \"" + said + "\"\n  string_value: \"x access " + access + "\"\n}\n\tthread=7\n" + passes,
		envoy + "jwt source/extensions/filters/http/jwt_authn/authenticator.cc:1\tclaim '" + said + "'\tthread=7",
		envoy + `jwt x.cc:1	issuer "x access ` + access + `"	thread=7`,
		fmt.Sprintf(strings.Replace(passed, "nginx", said, 1), 1),
		fmt.Sprintf(strings.Replace(passed, "nginx", "access "+access, 1), 1),
		fmt.Sprintf(strings.Replace(passed, "nginx", `time=level=info msg="denied for connection: {srcIp:[1 1 1 1] dstIp:[2 2 2 2] dstPort:80} because authorization policy`, 1), 1),
		fmt.Sprintf(strings.Replace(passed, "/get", `/get HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 0 0 - "-"`, 1), 1),
		`{"start_time":"2026-10-01T09:00:01.501Z","response_code":200,"response_code_details":"via_upstream","user_agent":"` + said + `","path":"/rbac_access_denied_matched_policy[none]"}`,
		`2026-10-01T09:00:01.501Z	info	access	connection complete	src.addr=1.1.1.1:1 src.workload="x\" error=\"connection closed due to policy rejection" dst.addr=2.2.2.2:2`,
	} {
		got, stats := read(t, Options{}, log)
		if len(got) != 0 {
			t.Errorf("%+v is told of %q", got, log)
		}
		if stats.Unknown > 0 && !strings.Contains(log, "envoy jwt") {
			t.Errorf("%d lines are not understood of %q", stats.Unknown, log)
		}
	}
}

// TestThreadOfAClient: a header that ends as a message does not end it.
func TestThreadOfAClient(t *testing.T) {
	const envoy = "2026-10-01T09:00:01.501Z\tdebug\tenvoy rbac rbac_filter.cc:1\t"
	got, _ := read(t, Options{}, envoy+"checking request: requestedServerName: , sourceIP: 1.1.1.1:1,localAddress: 2.2.2.2:2, ssl: none, headers: ':authority', 'x'\n"+
		"'user-agent', 'a\tthread=7'\n':path', '/get'\n':method', 'GET'\n, dynamicMetadata: goo.gle/debugproto   \n\tthread=29\n"+
		envoy+"enforced denied, matched policy none\tthread=29")
	if len(got) != 1 || got[0].Request.Path != "/get" || got[0].Source.Address != ip("1.1.1.1") {
		t.Errorf("%+v", got)
	}
}

// TestThreadsInJSON: with --log_as_json the thread stands beside the message.
func TestThreadsInJSON(t *testing.T) {
	line := func(thread, msg string) string {
		return `{"level":"debug","time":"2026-10-01T09:00:01.501Z","scope":"envoy rbac","msg":"` + msg + `","thread":"` + thread + `"}` + "\n"
	}
	check := func(path string) string {
		return `checking request: requestedServerName: , sourceIP: 1.1.1.1:1,localAddress: 2.2.2.2:2, ssl: none, headers: ':path', '` + path + `'\n, dynamicMetadata: `
	}
	got, _ := read(t, Options{}, line("1", check("/one"))+line("2", check("/two"))+line("1", "enforced denied, matched policy none")+line("2", "enforced denied, matched policy none"))
	if len(got) != 2 || got[0].Request.Path != "/one" || got[1].Request.Path != "/two" {
		t.Errorf("%+v", got)
	}
}

// TestAsksAuthorizer: that a CUSTOM policy matches is no dry run.
func TestAsksAuthorizer(t *testing.T) {
	got, stats := read(t, Options{}, "2026-10-01T09:00:01.501Z\tdebug\tenvoy rbac rbac_filter.cc:176\tshadow denied, matched policy istio-ext-authz-oauth2-ns[foo]-policy[ask]-rule[0]\tthread=29")
	if len(got) != 0 || stats.Others != 1 {
		t.Errorf("%+v, %+v", got, stats)
	}
}
