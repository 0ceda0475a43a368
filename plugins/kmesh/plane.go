package kmesh

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// redirection is the annotation of a Pod that the daemon has taken over (kmesh:
// pkg/utils/enroll.go).
const redirection = "kmesh.net/redirection"

// title is how sentences name Kmesh.
const title = "Kmesh"

// Plane is Kmesh as a data plane of nodes. Connections of its Pods arrive at port 15019 of
// a waypoint, whatever the port of its tunnel is (kmesh: pkg/controller/workload/
// workload_processor.go; deploy/yaml/l7-envoyfilter.yaml makes the waypoint take them).
func (p Platform) Plane() mesh.NodePlane {
	return mesh.NodePlane{
		Name: p.Name(), Title: title, Agent: "Kmesh daemon", Mark: "annotation " + redirection + ": enabled",
		Strict: "Kmesh does not know the condition that istiod makes of STRICT, presence of a principal: it denies every connection to this port, with an identity or without",
		Probe:  "it comes from the node, which Kmesh's daemon does not judge from v1.0.0 on, and its XDP program does",
		Stage:  string(stageXDP), WaypointPort: 15019, Enrolled: enrolled, Meet: meet,
	}
}

func enrolled(pod *corev1.Pod) (why string, ok bool) {
	return "annotation " + redirection + ": enabled", pod.Annotations[redirection] == "enabled"
}

// meet: the identity is looked up by the source's address; STRICT denies everybody
// (kmesh: pkg/auth/rbac.go).
func meet(client mesh.Client, server mesh.Server) mesh.Connection {
	refused := func(why, symptom string) mesh.Connection {
		return mesh.Connection{Outcome: mesh.Refused, Why: why, Symptom: symptom}
	}
	switch {
	case client.HBONE:
		return refused("the client uses HBONE and Kmesh does not accept it", mesh.SymptomHBONE)
	case server.Mode == mesh.UnknownMode:
		return mesh.Connection{Missing: cmp.Or(server.Missing, "the mTLS mode of the port")}
	case server.Denies():
		return refused(cmp.Or(server.Enforced, server.Words()+", and Kmesh denies every connection to such a port"), "connection reset by peer")
	case client.TLS == mesh.MutualTLS:
		return refused(client.Sends("Istio's mTLS")+", and the destination has no sidecar that could read it", mesh.SymptomUF)
	}
	c := mesh.Connection{Outcome: mesh.Established, HTTP: mesh.TCP, Identity: client.ByAddress, Why: "Kmesh knows the client by its address"}
	if !c.Identity {
		c.Why = "the client has no address of a Pod by which Kmesh could know it"
	}
	return c
}
