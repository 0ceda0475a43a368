package repair

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Source is somebody who sends requests.
type Source struct {
	// Name is what answers call it: pod/client.foo, ip/127.2.0.1; Asks is what a question
	// does.
	Name, Asks string
	Namespace  string
	Account    string
	// Identity is what its sidecar shows; empty: it has none.
	Identity string
	IP       netip.Addr
	// Pod is nil for who is not in sight.
	Pod *corev1.Pod
	// Owned says that a Deployment makes the Pod.
	Owned bool
}

// Where sources are, and who they are.
var (
	namespaces = []string{"foo", "bar", "bar2", "ba"}
	accounts   = []string{"sleep", "sleepy", "default", "httpbin", "sle"}
	addresses  = []string{
		"127.2.0.1", "127.2.0.2", "127.2.0.200", "127.2.1.1", "127.2.1.129", "127.2.77.3", "127.2.0.3", "127.2.0.128", "127.3.0.1", "127.2.1.127",
	}
)

// outside is the address of the caller outside the mesh that nobody asked about.
var outside = netip.MustParseAddr("127.2.9.9")

// sources are the one that asks, which the request tells, and others: one with the
// same identity, some with similar ones, one without a sidecar, a workload that is not in
// sight, and a caller outside the mesh.
func sources(s random.Source, w *trial.World, r *trial.Request) []Source {
	free := slices.DeleteFunc(slices.Clone(addresses), func(a string) bool { return a == r.Source.String() })
	next := func() netip.Addr {
		a := free[0]
		free = free[1:]
		return netip.MustParseAddr(a)
	}
	var out []Source
	add := func(name, namespace, account string, sidecar bool, ip netip.Addr) {
		x := Source{Namespace: namespace, Account: account, IP: ip}
		if sidecar {
			x.Identity = fmt.Sprintf("%s/ns/%s/sa/%s", w.Config.TrustDomain, namespace, account)
		}
		x.Name = fmt.Sprintf("pod/%s.%s", name, namespace)
		x.Asks = x.Name
		x.Pod = pod(name, &x)
		out = append(out, x)
	}
	switch namespace, account, ok := named(r.Identity); {
	case ok:
		add("client", namespace, account, true, r.Source)
		add("twin", namespace, account, true, next())
	case s.Chance(50):
		out = append(out, Source{Name: "ip/" + r.Source.String(), Asks: "ip/" + r.Source.String(), IP: r.Source})
	default:
		namespace := namespaces[s.IntN(2)]
		add("client", namespace, "sleep", false, r.Source)
		out[0].own(s.Chance(50))
	}
	for i := range 4 {
		add(fmt.Sprintf("other%d", i), namespaces[s.IntN(len(namespaces))], accounts[s.IntN(len(accounts))], true, next())
	}
	add("plain", namespaces[s.IntN(2)], "default", false, next())
	elsewhere := Source{Name: diagnose.AnyWorkload, Namespace: "ba", Account: "nobody", IP: next()}
	elsewhere.Identity = w.Config.TrustDomain + "/ns/ba/sa/nobody"
	return append(out, elsewhere, Source{Name: diagnose.Anybody, IP: outside})
}

// named takes an identity apart; false if no Pod can have it.
func named(identity string) (namespace, account string, ok bool) {
	parts := strings.Split(identity, "/")
	if len(parts) != 5 {
		return "", "", false
	}
	return parts[2], parts[4], slices.Contains(append([]string{"istio-system"}, namespaces...), parts[2]) && slices.Contains(accounts, parts[4])
}

func pod(name string, x *Source) *corev1.Pod {
	p := trial.Pod()
	p.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	p.Name, p.Namespace, p.Labels = name, x.Namespace, map[string]string{"app": name}
	p.Spec.ServiceAccountName = x.Account
	if x.Identity == "" {
		p.Spec.Containers = p.Spec.Containers[:1]
	}
	p.Status.PodIP = x.IP.String()
	return p
}

// own has a Deployment make the Pod.
func (x *Source) own(yes bool) {
	if !yes {
		return
	}
	const hash = "5d4f"
	x.Owned = true
	x.Pod.Labels["pod-template-hash"] = hash
	x.Pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: x.Pod.Name + "-" + hash, Controller: new(true)}}
	x.Asks = fmt.Sprintf("deploy/%s.%s", x.Pod.Name, x.Namespace)
	x.Pod.Name += "-" + hash + "-x"
	x.Name = fmt.Sprintf("pod/%s.%s", x.Pod.Name, x.Namespace)
}

// send is a request as a source sends it in a world.
func (x *Source) send(w *trial.World, r trial.Request) trial.Request {
	r.Source, r.Identity = x.IP, ""
	var port trial.Port
	for _, p := range w.Ports() {
		if p.Number == r.Port {
			port = p
		}
	}
	server := mesh.ServerMode(w.Config, trial.Pod(), mesh.Sidecar, r.Port, w.PeerAuthentications)
	if x.Identity == "" || port.Service == 0 || server.Mode == mesh.Disable || server.ServiceMode == mesh.Disable {
		r.SNI = ""
		return r
	}
	r.Identity = x.Identity
	r.SNI = fmt.Sprintf("outbound_.%d_._.%s.%s.svc.cluster.local", port.Service, trial.Workload, trial.Namespace)
	return r
}
