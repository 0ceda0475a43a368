package kmesh_test

import (
	"os"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// managed marks a Pod that Kmesh has taken over.
const managed = "kmesh.net/redirection: enabled"

// kmeshPods are a client and a server under Kmesh in foo, a client there that nothing
// carries and one on its node's network.
func kmeshPods() string {
	return podYAML("foo", "client", "app: client", managed, "nodeName: n1, ", "10.0.1.5") +
		podYAML("foo", "server", "app: server", managed, "nodeName: n2, ", "10.0.1.6") +
		podYAML("foo", "legacy", "app: legacy", "", "nodeName: n1, serviceAccountName: old, ", "10.0.1.7") +
		podYAML("foo", "host", "app: host", "", "nodeName: n1, hostNetwork: true, ", "192.168.0.1") +
		podYAML("foo", "beside", "app: beside", "", "nodeName: n2, hostNetwork: true, ", "192.168.0.2") +
		object("Service", "foo", "server", "{clusterIP: 10.96.0.6, selector: {app: server}, ports: [{port: 8000, targetPort: 80, name: http}]}")
}

// daemon is Kmesh's DaemonSet.
func daemon(image string, args string) string {
	return "\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: kmesh, namespace: kmesh-system, labels: {app: kmesh}}\n" +
		"spec: {selector: {matchLabels: {app: kmesh}}, template: {metadata: {labels: {app: kmesh}}, spec: {containers: [{name: kmesh, image: '" + image + "', args: ['" + args + "']}]}}}\n"
}

const kmeshImage = "ghcr.io/kmesh-net/kmesh:"

// kmeshBefore and kmeshSince are clusters without and with the XDP program.
func kmeshBefore() string { return kmeshPods() + daemon(kmeshImage+"v1.0.0", "--mode=dual-engine") }

func kmeshSince() string { return kmeshPods() + daemon(kmeshImage+"v1.1.0", "--mode=dual-engine") }

func TestAsk(t *testing.T) {
	const (
		onlyServer = "selector: {matchLabels: {app: server}}, "
		deny       = "action: DENY, "
	)
	from := func(fields string) string { return "rules: [{from: [{source: {" + fields + "}}]}]" }
	peer := func(spec string) string { return object("PeerAuthentication", "foo", "default", "{"+spec+"}") }
	for _, tt := range []codeTest{
		{name: "U1", more: kmeshBefore() + onServer(from("principals: [cluster.local/ns/foo/sa/default]")), verdict: diagnose.Denied, want: "AD0207", says: []string{"client comes as /ns/foo/sa/default", "have no trust domain in Kmesh; write */ns/foo/sa/default"}},
		{name: "U2", more: kmeshBefore() + onServer(from(`principals: ["*/ns/foo/sa/default"]`)), verdict: diagnose.Allowed},
		{name: "U3 in ALLOW", more: kmeshBefore() + onServer(from("notPrincipals: [cluster.local/ns/foo/sa/default]")), verdict: diagnose.Allowed, want: "AD0207", says: []string{"would not match this request", "In Kmesh it matches", "have no trust domain"}},
		{name: "U3 in DENY", more: kmeshBefore() + onServer(deny+from("notPrincipals: [cluster.local/ns/foo/sa/default]")), verdict: diagnose.Denied, want: "AD0207"},
		{name: "a DENY that never matches", more: kmeshBefore() + onServer(deny+from("principals: [cluster.local/ns/foo/sa/default]")), verdict: diagnose.Allowed, want: "AD0207", says: []string{"would match this request", "In Kmesh it does not match"}},
		{name: "U4 STRICT", more: kmeshBefore() + peer("mtls: {mode: STRICT}"), verdict: diagnose.Denied, want: "AD0102", says: []string{"denies every connection"}},
		{name: "U5", more: kmeshBefore() + onServer(from(`principals: ["*"]`)), verdict: diagnose.Denied, want: "AD0207", says: []string{"does not know the star alone"}},
		{name: "U6", more: kmeshBefore() + onServer(from(`namespaces: ["*"]`)), verdict: diagnose.Denied, want: "AD0207", says: []string{"in Kmesh a star alone matches only clients whose address it does not know"}},
		{name: "U6 of somebody unknown", source: "ip/198.51.100.9", more: kmeshBefore() + onServer(from(`namespaces: ["*"]`)), verdict: diagnose.Allowed},
		{name: "U7 alone", more: kmeshBefore() + onServer(from("serviceAccounts: [foo/default]")), verdict: diagnose.Denied, want: "AD0318", says: []string{"would match this request", "serviceAccounts out"}},
		{name: "U7 beside others", more: kmeshBefore() + onServer(from("serviceAccounts: [foo/other], ipBlocks: [10.0.1.0/24]")), verdict: diagnose.Allowed, want: "AD0318", says: []string{"would not match", "and the policy matches"}},
		{name: "U7 in DENY", more: kmeshBefore() + onServer(deny+from("serviceAccounts: [foo/default]")), verdict: diagnose.Allowed, want: "AD0318"},
		{name: "U7 trust domains", more: kmeshBefore() + onServer(from("trustDomains: [td1], namespaces: [foo]")), verdict: diagnose.Allowed, want: "AD0318"},
		{name: "U8", source: "ip/198.51.100.9", more: kmeshBefore() + onServer(from("notNamespaces: [foo]")), verdict: diagnose.Allowed},
		{name: "U12", more: kmeshBefore() + onServer(deny+"rules: [{to: [{operation: {methods: [GET]}}]}]"), request: diagnose.Request{Method: "GET"}, verdict: diagnose.Allowed, want: "AD0406", says: []string{"Kmesh sees no HTTP", "does not match"}},
		{name: "U13", source: "legacy.foo", more: kmeshBefore() + onServer(from(`principals: ["*/ns/foo/sa/old"]`)), verdict: diagnose.Allowed},
		{name: "U16 a STRICT port", more: kmeshBefore() + peer("selector: {matchLabels: {app: server}}, portLevelMtls: {80: {mode: STRICT}}"), verdict: diagnose.Denied, want: "AD0102"},
		{name: "U16 another one", more: kmeshBefore() + peer("selector: {matchLabels: {app: server}}, portLevelMtls: {81: {mode: STRICT}}"), verdict: diagnose.Allowed},
		{name: "U16 a PERMISSIVE port", more: kmeshBefore() + peer("selector: {matchLabels: {app: server}}, mtls: {mode: STRICT}, portLevelMtls: {80: {mode: PERMISSIVE}}"), verdict: diagnose.Allowed},

		{name: "a client on its node's network is nobody", source: "host.foo", more: kmeshBefore() + onServer(from("namespaces: [foo]")), verdict: diagnose.Denied, want: "AD0201", says: []string{"finds nobody at that of foo/host, which has its node's"}},
		{name: "a client from outside is nobody", source: "ip/198.51.100.9", more: kmeshBefore() + onServer(from("namespaces: [foo]")), verdict: diagnose.Denied, want: "AD0201", says: []string{"Kmesh looks callers up by their address"}},
		{name: "the node itself is not judged", source: "beside.foo", more: kmeshBefore() + onServer("rules: []"), verdict: diagnose.Allowed},
		{name: "it was before v1.0.0", source: "beside.foo", more: kmeshPods() + daemon(kmeshImage+"v0.5.0", "") + onServer("rules: []"), verdict: diagnose.Denied},
		{name: "or perhaps", source: "beside.foo", more: kmeshPods() + daemon(kmeshImage+"latest", "") + onServer("rules: []"), verdict: diagnose.Undetermined},
		{name: "the XDP program judges it", source: "beside.foo", more: kmeshSince() + onServer(onlyServer+"rules: [{to: [{operation: {ports: ['81']}}]}]"), verdict: diagnose.Denied, want: "AD0319"},
		{name: "and lets it pass", source: "beside.foo", more: kmeshSince() + onServer(onlyServer+"rules: [{to: [{operation: {ports: ['80']}}]}]"), verdict: diagnose.Allowed},

		{name: "X2 off", more: kmeshBefore() + onServer(onlyServer+deny+from("namespaces: [bar]")), verdict: diagnose.Allowed},
		{name: "X2 on", more: kmeshSince() + onServer(onlyServer+deny+from("namespaces: [bar]")), verdict: diagnose.Denied, want: "AD0319", says: []string{"DENY policy foo/p matches there, for the program does not look at namespaces"}},
		{name: "X2 not known", more: kmeshPods() + daemon(kmeshImage+"latest", "") + onServer(onlyServer+deny+from("namespaces: [bar]")), verdict: diagnose.Undetermined},
		{name: "X2 without a DaemonSet", more: kmeshPods() + onServer(onlyServer+deny+from("namespaces: [bar]")), verdict: diagnose.Undetermined},
		{name: "X2 of the whole namespace", more: kmeshSince() + onServer(deny+from("namespaces: [bar]")), verdict: diagnose.Allowed},
		{name: "X6", more: kmeshSince() + onServer(onlyServer+from("ipBlocks: [10.0.2.0/24, 10.0.1.5]")), verdict: diagnose.Denied, want: "AD0319", says: []string{"no ALLOW policy matches there, not foo/p either, for of ipBlocks the program reads only the first"}},
		{name: "X12", more: kmeshSince() + onServer(onlyServer+from("notIpBlocks: [10.0.2.0/24]")) + strings.Replace(onServer(onlyServer+deny+from("ipBlocks: [10.0.2.0/24]")), "name: p", "name: q", 1), verdict: diagnose.Undetermined},
		{name: "both deny", more: kmeshSince() + onServer(onlyServer+deny+from("ipBlocks: [10.0.1.5]")), verdict: diagnose.Denied, want: "AD0202"},
		{name: "both allow, whether it is known or not", more: kmeshPods() + onServer(onlyServer+from("ipBlocks: [10.0.1.5]")), verdict: diagnose.Allowed},

		{name: "X13 the answers to the client", more: kmeshSince() + object("AuthorizationPolicy", "foo", "c", "{selector: {matchLabels: {app: client}}, rules: [{to: [{operation: {ports: ['80']}}]}]}"), verdict: diagnose.Undetermined},
		{name: "X13 of a client whose policy admits the target", more: kmeshSince() + object("AuthorizationPolicy", "foo", "c", "{selector: {matchLabels: {app: client}}, rules: [{from: [{source: {ipBlocks: [10.0.1.0/24]}}]}]}"), verdict: diagnose.Allowed},
		{name: "X13 before", more: kmeshBefore() + object("AuthorizationPolicy", "foo", "c", "{selector: {matchLabels: {app: client}}, rules: [{to: [{operation: {ports: ['80']}}]}]}"), verdict: diagnose.Allowed},
		{name: "X13 of a client outside the mesh", source: "legacy.foo", more: kmeshSince() + object("AuthorizationPolicy", "foo", "c", "{selector: {matchLabels: {app: legacy}}, rules: [{to: [{operation: {ports: ['80']}}]}]}"), verdict: diagnose.Allowed},

		{name: "kernel-native mode", more: kmeshPods() + daemon(kmeshImage+"v1.1.0", "./start_kmesh.sh --mode=kernel-native") + onServer("rules: []"), verdict: diagnose.Allowed, want: "AD0301", says: []string{"kernel-native mode", "they have no effect"}},
		{name: "U9 another network", more: kmeshBefore() + "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {topology.istio.io/network: net1}}\n", verdict: diagnose.Denied, want: "AD0105", says: []string{"istio-system is labelled topology.istio.io/network=net1", "does not find foo/server"}},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestSymptom has what the client sees.
func TestSymptom(t *testing.T) {
	const block = "selector: {matchLabels: {app: server}}, rules: [{from: [{source: {ipBlocks: [10.0.9.0/24]}}]}]"
	for _, tt := range []struct{ name, more, want string }{
		{"the daemon", kmeshBefore(), "connection reset by peer after about a minute"},
		{"the XDP program", kmeshSince(), "the connection times out"},
		{"not known", kmeshPods(), "connection reset by peer after about a minute, or a connect time-out where Kmesh offloads authorization to XDP"},
		{"STRICT and the program", kmeshSince() + object("PeerAuthentication", "foo", "s", "{mtls: {mode: STRICT}}"), "the connection times out"},
		{"STRICT and the daemon", kmeshBefore() + object("PeerAuthentication", "foo", "s", "{mtls: {mode: STRICT}}"), "connection reset by peer after about a minute"},
		{"a STRICT port", kmeshSince() + object("PeerAuthentication", "foo", "s", "{selector: {matchLabels: {app: server}}, portLevelMtls: {80: {mode: STRICT}}}"), "connection reset by peer after about a minute, or a connect time-out where Kmesh offloads authorization to XDP"},
	} {
		d := ask(t, files(t, tt.more+onServer(block)), diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/get"})
		if a := d.Status.Answers[0]; a.Verdict != diagnose.Denied || a.Symptom != tt.want {
			t.Errorf("%s: %v, %q", tt.name, a.Verdict, a.Symptom)
		}
	}
}

// TestMissing: what is not known is named.
func TestMissing(t *testing.T) {
	deny := onServer("selector: {matchLabels: {app: server}}, action: DENY, rules: [{from: [{source: {namespaces: [bar]}}]}]")
	for _, tt := range []struct{ name, more, want string }{
		{"no DaemonSet", kmeshPods(), "whether Kmesh judges in XDP (there is no DaemonSet kmesh-system/kmesh): its program drops the connection for DENY policy foo/p, for the program does not look at namespaces"},
		{"no version", kmeshPods() + daemon(kmeshImage+"latest", ""), "the image of DaemonSet kmesh-system/kmesh tells no version"},
		{"by digest", kmeshPods() + daemon("ghcr.io/kmesh-net/kmesh@sha256:0a", ""), "tells no version"},
	} {
		d := ask(t, files(t, tt.more+deny), diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/get"})
		if got := strings.Join(d.Status.Answers[0].Missing, "; "); d.Status.Verdict != diagnose.Undetermined || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %v, %q", tt.name, d.Status.Verdict, got)
		}
	}
}

// TestOpenRequest: a question that leaves the caller's address open, in both modes.
func TestOpenRequest(t *testing.T) {
	policy := onServer("selector: {matchLabels: {app: server}}, rules: [{from: [{source: {ipBlocks: [10.0.2.0/24, 10.0.3.0/24]}}]}]")
	for _, tt := range []struct {
		name, more string
		want       diagnose.Verdict
		words      string
	}{
		{"before", kmeshBefore(), diagnose.Conditional, "source IP is one of 10.0.2.0/24, 10.0.3.0/24"},
		{"since", kmeshSince(), diagnose.Conditional, "source IP is in 10.0.2.0/24"},
		{"not known", kmeshPods(), diagnose.Undetermined, ""},
	} {
		d := ask(t, files(t, tt.more+policy), diagnose.Question{Source: diagnose.Strangers, Target: "http://server.foo:8000/get"})
		for _, a := range d.Status.Answers {
			if a.Verdict != tt.want || !strings.Contains(a.Summary, tt.words) {
				t.Errorf("%s, %v: %v, %q", tt.name, a.Sources, a.Verdict, a.Summary)
			}
		}
	}
}

// TestWaypoint (U11): behind a waypoint the Pod's side sees the waypoint.
func TestWaypoint(t *testing.T) {
	way := kmeshBefore() + waypointPod + useWaypoint
	for _, tt := range []struct {
		name, policy string
		want         diagnose.Verdict
		says         string
	}{
		{"by the client's address", "selector: {matchLabels: {app: server}}, rules: [{from: [{source: {ipBlocks: [10.0.1.5]}}]}]", diagnose.Denied, "got 10.0.1.20"},
		{"by the waypoint's address", "selector: {matchLabels: {app: server}}, rules: [{from: [{source: {ipBlocks: [10.0.1.20]}}]}]", diagnose.Allowed, ""},
		{"a NetworkPolicy of the waypoint", "rules: [{}]}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: wp, namespace: foo}\nspec: {podSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: wp}}, ingress: [{ports: [{port: 15008}]}]", diagnose.Denied, "15019"},
		{"a policy of the waypoint by identity", "targetRefs: [{kind: Service, name: server}], rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/default]}}]}]", diagnose.Undetermined, "whether the waypoint foo/wp-1 sees an identity"},
		{"a policy of the waypoint by method", "targetRefs: [{kind: Service, name: server}], rules: [{to: [{operation: {methods: [POST]}}]}]", diagnose.Denied, "got GET"},
		{"by the waypoint's account", `selector: {matchLabels: {app: server}}, rules: [{from: [{source: {principals: ["*/ns/foo/sa/wp"]}}]}]`, diagnose.Allowed, ""},
	} {
		d := ask(t, files(t, way+onServer(tt.policy)), diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/get", Request: diagnose.Request{Method: "GET"}})
		if d.Status.Verdict != tt.want || !strings.Contains(d.Status.Summary, tt.says) {
			t.Errorf("%s: %v, %s %+v", tt.name, d.Status.Verdict, d.Status.Summary, d.Status.Answers[0].Hops)
		}
	}
}

// TestSeed has what Kmesh's page "TCP Authorization" states for both of its policies
// and both replicas of sleep, before the XDP program and since.
func TestSeed(t *testing.T) {
	const folder = "../../examples/kmesh-tcp/"
	read := func(name string) string {
		b, err := os.ReadFile(folder + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, tt := range []struct {
		policy, pod string
		want        diagnose.Verdict
	}{
		{"allow-by-srcip.yaml", "sleep-78ff5975c6-plh7r", diagnose.Allowed},
		{"allow-by-srcip.yaml", "sleep-78ff5975c6-phhll", diagnose.Denied},
		{"deny-by-srcip.yaml", "sleep-78ff5975c6-plh7r", diagnose.Denied},
		{"deny-by-srcip.yaml", "sleep-78ff5975c6-phhll", diagnose.Allowed},
	} {
		for version, symptom := range map[string]string{"v0.5.0": "connection reset by peer after about a minute", "v1.2.0": "the connection times out"} {
			text := strings.ReplaceAll(read("cluster.yaml"), "kmesh:v0.5.0", "kmesh:"+version) + "\n---\n" + read(tt.policy)
			r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
			if err != nil {
				t.Fatal(err)
			}
			d := ask(t, r, diagnose.Question{Source: "pod/" + tt.pod, Target: "http://httpbin:8000/headers"})
			if tt.want == diagnose.Allowed {
				symptom = ""
			}
			if a := d.Status.Answers[0]; a.Verdict != tt.want || a.Symptom != symptom {
				t.Errorf("%s, %s, Kmesh %s: %v, %q", tt.policy, tt.pod, version, a.Verdict, a.Symptom)
			}
		}
	}
}

// TestHidden hides what tells how Kmesh judges, on a server that answers queries.
func TestHidden(t *testing.T) {
	denyBar := onServer("selector: {matchLabels: {app: server}}, action: DENY, rules: [{from: [{source: {namespaces: [bar]}}]}]")
	for _, tt := range []struct {
		name, more string
		hidden     cluster.Resource
		namespace  string
		want       diagnose.Verdict
	}{
		{"nothing", denyBar, cluster.Resource{}, "", diagnose.Denied},
		{"the DaemonSet", denyBar, cluster.DaemonSets, "kmesh-system", diagnose.Undetermined},
		{"the DaemonSet, and it makes no difference", onServer("selector: {matchLabels: {app: server}}, rules: [{}]"), cluster.DaemonSets, "kmesh-system", diagnose.Allowed},
		{"policies that may come first in XDP", denyBar, cluster.AuthorizationPolicies, "istio-system", diagnose.Undetermined},
	} {
		r := &server{Reader: files(t, kmeshSince()+tt.more), deny: func(q cluster.Query) *cluster.Unread {
			if q.Resource != tt.hidden || q.Namespace != tt.namespace {
				return nil
			}
			return &cluster.Unread{Resource: q.Resource.Plural, Group: q.Resource.Group, Namespace: q.Namespace, Name: q.Name, Reason: cluster.Forbidden, Message: "no"}
		}}
		d := ask(t, r, diagnose.Question{Source: "client.foo", Target: "pod/server.foo:80"})
		if d.Status.Verdict != tt.want {
			t.Errorf("%s: %v, %s", tt.name, d.Status.Verdict, d.Status.Summary)
		}
		if r.rounds > 3 || len(r.queries) > 25 {
			t.Errorf("%s: %d queries in %d rounds", tt.name, len(r.queries), r.rounds)
		}
	}
}

// TestBlockHelp: where the XDP program may judge, another block in the same list is
// no help.
func TestBlockHelp(t *testing.T) {
	block := onServer("selector: {matchLabels: {app: server}}, rules: [{from: [{source: {ipBlocks: [10.0.9.0/24]}}]}]")
	for _, tt := range []struct{ name, more, want string }{
		{"before", kmeshBefore(), "add 10.0.1.5 to rules[0].from[0].source.ipBlocks of foo/p"},
		{"since", kmeshSince(), "admit 10.0.1.5 in an entry of its own beside rules[0].from[0] of foo/p"},
		{"not known", kmeshPods(), "admit 10.0.1.5 in an entry of its own"},
	} {
		d := ask(t, files(t, tt.more+block), diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/get"})
		if f := d.Status.Findings; len(f) != 1 || !strings.HasPrefix(f[0].Help[0], tt.want) {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}
