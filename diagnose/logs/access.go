package logs

import (
	"slices"
	"strings"
)

// access is a line of Envoy's access log: the fields of Istio's default formats
// (EnvoyTextLogFormat and EnvoyJSONLogFormatIstio, pilot/pkg/model/telemetry_logging.go).
type access struct {
	StartTime   text `json:"start_time"`
	Method      text `json:"method"`
	Path        text `json:"path"`
	Code        text `json:"response_code"`
	Flags       text `json:"response_flags"`
	Details     text `json:"response_code_details"`
	Termination text `json:"connection_termination_details"`
	Failure     text `json:"upstream_transport_failure_reason"`
	Forwarded   text `json:"x_forwarded_for"`
	RequestID   text `json:"request_id"`
	Authority   text `json:"authority"`
	Upstream    text `json:"upstream_host"`
	Cluster     text `json:"upstream_cluster"`
	Local       text `json:"downstream_local_address"`
	Remote      text `json:"downstream_remote_address"`
	SNI         text `json:"requested_server_name"`
}

// clear empties what Envoy writes as -: there is none.
func (a *access) clear() {
	for _, f := range []*text{
		&a.Method, &a.Path, &a.Flags, &a.Details, &a.Termination, &a.Failure, &a.Forwarded, &a.RequestID, &a.Authority,
		&a.Cluster, &a.Local, &a.Remote, &a.SNI,
	} {
		if *f == "-" {
			*f = ""
		}
	}
}

// event is what the line tells.
func (a access) event(pod Reporter) (Event, state) {
	a.clear()
	e := Event{Format: EnvoyAccess, Rule: -1, Time: timeOf(string(a.StartTime))}
	cluster := clusterOf(string(a.Cluster))
	if !a.refused(&e) && !a.broken(&e, cluster) {
		return e, nothing
	}
	e.Request = Request{
		Method: string(a.Method), Path: string(a.Path), Host: string(a.Authority), ForwardedFor: string(a.Forwarded),
		Connection: a.Method == "", id: string(a.RequestID),
	}
	if e.Request.Connection { // its client's port is as good
		e.Request.id = string(a.Remote)
	}
	var port uint16
	e.Source.Address, port = addressOf(string(a.Remote))
	e.Source.Forwarded = port == 0 && e.Source.Address.IsValid()
	if e.Effect == Broken { // the client's proxy wrote it
		e.Source.Namespace, e.Source.Pod, e.Source.Forwarded = pod.Namespace, pod.Name, false
		e.Target.Host, e.Target.Port = cluster.host, cluster.port
		return e, event
	}
	a.arrival(&e, cluster, pod)
	return e, event
}

// refused reports whether the proxy says that it refused the request or connection.
func (a access) refused(e *Event) bool {
	for _, details := range []text{a.Details, a.Termination, a.Failure} { // Kyma's formats put the second into the third
		if e.setDetails(string(details)) {
			return true
		}
	}
	e.Says = string(a.Details)
	switch {
	case strings.HasPrefix(e.Says, "ext_authz_"), a.flag("UAEX"), a.Termination == "ext_authz_denied":
		e.Reason = Authorizer
	case strings.HasPrefix(e.Says, "jwt_authn_access_denied"):
		e.Reason = BadToken
		if _, why, ok := strings.Cut(e.Says, "{"); ok {
			e.Says = strings.ReplaceAll(strings.TrimSuffix(why, "}"), "_", " ")
		}
	case e.Says == "filter_chain_not_found":
		e.Reason = Plaintext
	default:
		return false
	}
	e.Effect = Denied
	return true
}

// broken reports whether the connection to the other side failed as it does when that
// side refuses it.
func (a access) broken(e *Event, c proxyCluster) bool {
	if c.direction != "outbound" || c.host == "" {
		return false
	}
	switch {
	case a.flag("UC"):
		e.Reason = Closed
	case a.flag("UF"):
		e.Reason = Failed
	default:
		return false
	}
	e.Effect = Broken
	if a.Failure != "" {
		e.Says = string(a.Failure)
	}
	return true
}

func (a access) flag(f string) bool { return slices.Contains(strings.Split(string(a.Flags), ","), f) }

// arrival fills in where the connection arrived: who refuses is there.
func (a access) arrival(e *Event, c proxyCluster, pod Reporter) {
	t := &e.Target
	t.Namespace, t.Pod = pod.Namespace, pod.Name
	t.Address, t.PodPort = addressOf(string(a.Local))
	dialled := clusterOf(string(a.SNI))
	switch {
	case c.direction == "inbound-vip":
		t.Host, t.Port, t.Virtual = c.host, c.port, true
		t.Namespace, t.Pod = "", "" // the waypoint's
	case c.direction == "outbound": // a sidecar refuses nothing that goes out
		t.Host, t.Gateway, t.TLS = string(a.Authority), true, a.SNI != ""
	case dialled.direction == "outbound":
		t.Host, t.Port = dialled.host, dialled.port
		e.Source.MutualTLS = true
	}
}

// proxyCluster is the name of an Envoy cluster as istiod makes it:
// DIRECTION|PORT|SUBSET|HOST, and in an SNI DIRECTION_.PORT_.SUBSET_.HOST
// (pilot/pkg/model/push_context.go, BuildSubsetKey and BuildDNSSrvSubsetKey).
type proxyCluster struct {
	direction, host string
	port            uint16
}

func clusterOf(s string) proxyCluster {
	parts := strings.SplitN(s, "|", 4)
	if len(parts) != 4 {
		parts = strings.SplitN(s, "_.", 4)
	}
	if len(parts) != 4 {
		return proxyCluster{}
	}
	return proxyCluster{direction: parts[0], port: portOf(parts[1]), host: parts[3]}
}
