package mesh

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	typeapi "istio.io/api/type/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

const host = "web.foo.svc.cluster.local"

// ask makes a query from the sidecar bar/sleep to the sidecar foo/web, port 80 of
// its Service and 8080 of the Pod; changes are made to it.
func ask(changes ...func(*ClientQuery)) ClientQuery {
	q := ClientQuery{
		Config:              DefaultConfig(),
		Source:              pod(in("bar", "sleep"), labelled(set{"app": "sleep"}), sidecarred, address("10.0.0.1")),
		Destination:         pod(sidecarred, address("10.0.0.2")),
		SourcePresence:      Presence{Plane: Sidecar},
		DestinationPresence: Presence{Plane: Sidecar},
		Host:                host,
		ServiceNamespace:    "foo",
		ServicePort:         80,
		TargetPort:          8080,
		Server:              Server{Mode: Permissive},
		ServiceIPs:          []string{"10.96.0.1"},
	}
	for _, c := range changes {
		c(&q)
	}
	return q
}

func source(plane DataPlane) func(*ClientQuery) {
	return func(q *ClientQuery) { q.SourcePresence = Presence{Plane: plane} }
}

// target puts a data plane without Istio's mTLS at the other end.
func target(p Presence) func(*ClientQuery) {
	return func(q *ClientQuery) { q.Destination, q.DestinationPresence = pod(address("10.0.0.2")), p }
}

func served(s Server) func(*ClientQuery) { return func(q *ClientQuery) { q.Server = s } }

func from(annotations set) func(*ClientQuery) {
	return func(q *ClientQuery) { q.Source.Annotations = annotations }
}

func ruled(rules ...*networkingv1.DestinationRule) func(*ClientQuery) {
	return func(q *ClientQuery) { q.Rules = rules }
}

func https(q *ClientQuery) { q.Scheme = "https" }

func toPodIP(q *ClientQuery) { q.Host, q.ToPodIP = "", true }

const (
	drDisable = networkingapi.ClientTLSSettings_DISABLE
	drSimple  = networkingapi.ClientTLSSettings_SIMPLE
	drMutual  = networkingapi.ClientTLSSettings_MUTUAL
	drIstio   = networkingapi.ClientTLSSettings_ISTIO_MUTUAL
)

func tlsMode(m networkingapi.ClientTLSSettings_TLSmode) *networkingapi.ClientTLSSettings {
	return &networkingapi.ClientTLSSettings{Mode: m}
}

// rule makes a DestinationRule with tls for all ports, exported to exportTo.
func rule(namespace, name, host string, m networkingapi.ClientTLSSettings_TLSmode, exportTo ...string) *networkingv1.DestinationRule {
	r := &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: born(0)}}
	r.Spec.Host, r.Spec.ExportTo = host, exportTo
	r.Spec.TrafficPolicy = &networkingapi.TrafficPolicy{Tls: tlsMode(m)}
	return r
}

// without takes the traffic policy away.
func without(r *networkingv1.DestinationRule) *networkingv1.DestinationRule {
	r.Spec.TrafficPolicy = nil
	return r
}

// onPort adds settings for a port; a nil tls is settings without.
func onPort(r *networkingv1.DestinationRule, port uint32, tls *networkingapi.ClientTLSSettings) *networkingv1.DestinationRule {
	r.Spec.TrafficPolicy.PortLevelSettings = append(r.Spec.TrafficPolicy.PortLevelSettings,
		&networkingapi.TrafficPolicy_PortTrafficPolicy{Port: &networkingapi.PortSelector{Number: port}, Tls: tls})
	return r
}

func forWorkload(r *networkingv1.DestinationRule, l set) *networkingv1.DestinationRule {
	r.Spec.WorkloadSelector = &typeapi.WorkloadSelector{MatchLabels: l}
	return r
}

func laterRule(r *networkingv1.DestinationRule, minutes int) *networkingv1.DestinationRule {
	r.CreationTimestamp = born(minutes)
	return r
}

func TestClientTLS(t *testing.T) {
	ambient := Presence{Plane: Ambient, HBONE: true}
	tests := map[string]struct {
		q       ClientQuery
		want    TLS
		why     string // contained in Why, or in Missing where TLS is unknown
		hbone   bool
		blocked bool
	}{
		"auto mTLS":                    {q: ask(), want: MutualTLS, why: "auto mTLS: foo/web has a sidecar"},
		"no sidecar at the other end":  {q: ask(target(Presence{Plane: NoPlane})), want: Plaintext, why: "foo/web has no sidecar"},
		"a sidecar that is to come":    {q: ask(target(Presence{Plane: Sidecar, Predicted: true})), want: MutualTLS},
		"a sidecar that opts out":      {q: ask(func(q *ClientQuery) { q.Destination.Labels["security.istio.io/tlsMode"] = "disabled" }), want: Plaintext},
		"a gateway is not marked":      {q: ask(target(Presence{Plane: Gateway})), want: Plaintext, why: "lacks the label"},
		"the port is DISABLE":          {q: ask(served(Server{Mode: Disable})), want: Plaintext, why: "DISABLE"},
		"the namespace is DISABLE":     {q: ask(served(Server{Mode: Strict, ServiceMode: Disable})), want: Plaintext, why: "for the namespace or the mesh"},
		"the mode is not known":        {q: ask(served(Server{Missing: "peerauthentications in foo: forbidden"})), want: UnknownTLS, why: "peerauthentications in foo: forbidden"},
		"auto mTLS is off":             {q: ask(func(q *ClientQuery) { q.Config.AutoMTLS = false }), want: Plaintext, why: "enableAutoMtls is false"},
		"the other end is not known":   {q: ask(func(q *ClientQuery) { q.Destination = nil }), want: UnknownTLS, why: "the Pod that the connection ends at"},
		"its data plane is not known":  {q: ask(target(Presence{Missing: "x"})), want: UnknownTLS, why: "x"},
		"the source's is not known":    {q: ask(source(UnknownPlane)), want: UnknownTLS, why: "the data plane of the source"},
		"rules could not be read":      {q: ask(func(q *ClientQuery) { q.RulesUnread = "destinationrules in foo: forbidden" }), want: UnknownTLS, why: "destinationrules in foo: forbidden"},
		"no proxy":                     {q: ask(source(NoPlane)), want: Plaintext, why: "bar/sleep has no data plane"},
		"no Pod":                       {q: ask(source(NoPlane), func(q *ClientQuery) { q.Source = nil }), want: Plaintext, why: "outside the mesh"},
		"no proxy, https":              {q: ask(source(NoPlane), https), want: SimpleTLS, why: "the application itself speaks TLS"},
		"auto mTLS, https":             {q: ask(https), want: MutualTLS, why: "the application's own TLS is inside"},
		"Kmesh adds nothing":           {q: ask(source(onKmesh())), want: Plaintext, why: "Kmesh carries the connection as it is"},
		"ambient to ambient":           {q: ask(source(Ambient), target(ambient)), want: MutualTLS, hbone: true},
		"ambient to a sidecar":         {q: ask(source(Ambient)), want: Plaintext, why: "lacks the label networking.istio.io/tunnel: http"},
		"ambient to an HBONE sidecar":  {q: ask(source(Ambient), target(Presence{Plane: Sidecar, HBONE: true})), want: MutualTLS, hbone: true},
		"ambient to nothing":           {q: ask(source(Ambient), target(Presence{Plane: NoPlane})), want: Plaintext, why: "does not accept HBONE"},
		"ambient to Kmesh":             {q: ask(source(Ambient), target(Presence{Plane: onKmesh()})), want: Plaintext},
		"ambient to something unknown": {q: ask(source(Ambient), target(Presence{})), want: UnknownTLS, why: "the data plane of the destination"},
		"ambient takes no rule":        {q: ask(source(Ambient), target(ambient), ruled(rule("bar", "dr", host, drDisable))), want: MutualTLS, hbone: true},
		"sidecar to ambient":           {q: ask(target(ambient)), want: MutualTLS, hbone: true, why: "the destination accepts HBONE"},
		"HBONE replaces DISABLE":       {q: ask(target(ambient), ruled(rule("bar", "dr", host, drDisable))), want: MutualTLS, hbone: true, why: "which HBONE replaces"},
		"SIMPLE goes inside HBONE":     {q: ask(target(ambient), ruled(rule("bar", "dr", host, drSimple))), want: MutualTLS, hbone: true, why: "goes inside of it"},
		"mTLS is preferred to HBONE":   {q: ask(func(q *ClientQuery) { q.DestinationPresence.HBONE = true }), want: MutualTLS, why: "auto mTLS"},
		"a proxy that sends no HBONE": {q: ask(target(ambient), func(q *ClientQuery) {
			q.Source.Spec.Containers[1].Env = []corev1.EnvVar{{Name: "ISTIO_META_DISABLE_HBONE_SEND", Value: "true"}}
		}), want: Plaintext},
		"waypoint to ambient":           {q: ask(source(Waypoint), target(ambient)), want: MutualTLS, hbone: true},
		"waypoint to a sidecar":         {q: ask(source(Waypoint)), want: Plaintext, why: "a waypoint uses no other mTLS"},
		"waypoint to an HBONE sidecar":  {q: ask(source(Waypoint), func(q *ClientQuery) { q.DestinationPresence.HBONE = true }), want: MutualTLS, hbone: true},
		"waypoint takes SIMPLE":         {q: ask(source(Waypoint), ruled(rule("bar", "dr", host, drSimple))), want: SimpleTLS},
		"waypoint leaves ISTIO_MUTUAL":  {q: ask(source(Waypoint), ruled(rule("bar", "dr", host, drIstio))), want: Plaintext},
		"gateway":                       {q: ask(source(Gateway)), want: MutualTLS},
		"to a Pod IP":                   {q: ask(toPodIP), want: Plaintext, why: "passes it through"},
		"to a Pod IP, REGISTRY_ONLY":    {q: ask(toPodIP, func(q *ClientQuery) { q.Config.OutboundPolicy = "REGISTRY_ONLY" }), want: Plaintext, blocked: true},
		"to its own IP":                 {q: ask(toPodIP, func(q *ClientQuery) { q.Destination = q.Source }), want: Plaintext, why: "crosses no proxy"},
		"to itself through its Service": {q: ask(func(q *ClientQuery) { q.Destination = q.Source }), want: MutualTLS},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkClient(t, ClientTLS(tt.q), tt.want, tt.why, tt.hbone, tt.blocked) })
	}
}

func checkClient(t *testing.T, got Client, want TLS, why string, hbone, blocked bool) {
	t.Helper()
	if got.TLS != want || got.HBONE != hbone || (got.Blocked != "") != blocked {
		t.Errorf("got %+v, want %v", got, want)
	}
	if text := got.Why + got.Missing; !strings.Contains(text, why) || text == "" {
		t.Errorf("why: got %q, want %q", text, why)
	}
	if (got.TLS == UnknownTLS) != (got.Missing != "") {
		t.Errorf("missing: %q with TLS %v", got.Missing, got.TLS)
	}
}

func TestHeadless(t *testing.T) {
	headless := func(endpoints ...*corev1.Pod) func(*ClientQuery) {
		return func(q *ClientQuery) { q.Headless, q.ToPodIP, q.Endpoints = true, true, endpoints }
	}
	bare := pod(in("foo", "other"))
	tests := map[string]struct {
		q    ClientQuery
		want TLS
		why  string
	}{
		"endpoints were not read":         {ask(headless()), UnknownTLS, "every endpoint of the headless Service web.foo"},
		"all have a sidecar":              {ask(headless(pod(sidecarred), nil)), MutualTLS, "every endpoint has a sidecar"},
		"one has none":                    {ask(headless(pod(sidecarred), bare)), Plaintext, "foo/other has no sidecar"},
		"this one has none":               {ask(headless(bare), target(Presence{Plane: NoPlane})), Plaintext, "foo/web has no sidecar"},
		"the port's mode is not asked":    {ask(headless(pod(sidecarred)), served(Server{Mode: Disable})), MutualTLS, ""},
		"a gateway decides per endpoint":  {ask(headless(), source(Gateway)), MutualTLS, "auto mTLS: foo/web"},
		"a rule decides without endpoint": {ask(headless(), ruled(rule("foo", "dr", host, drDisable))), Plaintext, "DestinationRule foo/dr"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkClient(t, ClientTLS(tt.q), tt.want, tt.why, false, false) })
	}
}

// TestHeadlessTCP: an endpoint's own address and port are the headless Service's.
func TestHeadlessTCP(t *testing.T) {
	endpoint := func(endpoints ...*corev1.Pod) func(*ClientQuery) {
		return func(q *ClientQuery) { q.HeadlessTCP, q.ToPodIP, q.Endpoints = true, true, endpoints }
	}
	registry := func(q *ClientQuery) { q.Config.OutboundPolicy = "REGISTRY_ONLY" }
	self := func(q *ClientQuery) { q.Destination = q.Source }
	const excluded = "traffic.sidecar.istio.io/excludeOutboundPorts"
	tests := map[string]struct {
		q    ClientQuery
		want TLS
		why  string
	}{
		"as by name":                      {ask(endpoint(pod(sidecarred))), MutualTLS, "every endpoint has a sidecar"},
		"and registered":                  {ask(endpoint(pod(sidecarred)), registry), MutualTLS, "every endpoint has a sidecar"},
		"one endpoint has no sidecar":     {ask(endpoint(pod(sidecarred), pod(in("foo", "other")))), Plaintext, "foo/other has no sidecar"},
		"endpoints were not read":         {ask(endpoint()), UnknownTLS, "every endpoint of the headless Service web.foo"},
		"the Service's rule is taken":     {ask(endpoint(pod(sidecarred)), ruled(rule("foo", "dr", host, drSimple))), SimpleTLS, "DestinationRule foo/dr"},
		"the address itself is dialled":   {ask(endpoint(pod(sidecarred)), from(set{excluded: "8080"})), Plaintext, "port 8080 is in annotation"},
		"a Pod's own stays inside":        {ask(endpoint(pod(sidecarred)), self), Plaintext, "crosses no proxy"},
		"any other address is passed on":  {ask(toPodIP), Plaintext, "the call is to a Pod IP"},
		"ambient looks at the Pod":        {ask(endpoint(pod(sidecarred)), source(Ambient)), Plaintext, "does not accept HBONE"},
		"a client without a proxy is one": {ask(endpoint(pod(sidecarred)), source(NoPlane)), Plaintext, "bar/sleep has no data plane"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkClient(t, ClientTLS(tt.q), tt.want, tt.why, false, false) })
	}
}

// TestExternal: to what is outside the cluster only a DestinationRule adds anything.
func TestExternal(t *testing.T) {
	const name = "api.example.org"
	external := func(q *ClientQuery) {
		q.External, q.Host, q.ServiceNamespace, q.ServicePort, q.TargetPort = true, name, "", 0, 443
		q.Destination, q.DestinationPresence, q.ServiceIPs, q.Server = nil, Presence{}, nil, Server{}
	}
	registry := func(q *ClientQuery) { q.Config.OutboundPolicy = "REGISTRY_ONLY" }
	unread := func(q *ClientQuery) { q.RulesUnread = "destinationrules in bar: forbidden" }
	const passed = name + " is outside the cluster and no DestinationRule sets tls: the proxy passes on what the application sends"
	const excluded = "traffic.sidecar.istio.io/excludeOutboundPorts"
	tests := map[string]struct {
		q    ClientQuery
		want TLS
		why  string
	}{
		"passthrough":                        {ask(external), Plaintext, passed},
		"passthrough, https":                 {ask(external, https), SimpleTLS, passed + "; the application itself speaks TLS"},
		"whether it is registered":           {ask(external, registry), Plaintext, passed},
		"a host without a name":              {ask(external, func(q *ClientQuery) { q.Host = "" }), Plaintext, "the host is outside the cluster"},
		"a rule for another":                 {ask(external, ruled(rule("bar", "dr", host, drSimple))), Plaintext, passed},
		"a rule originates TLS":              {ask(external, ruled(rule("bar", "dr", name, drSimple))), SimpleTLS, "DestinationRule bar/dr sets tls.mode SIMPLE"},
		"a rule that sets nothing":           {ask(external, ruled(without(rule("bar", "dr", name, drSimple)))), Plaintext, passed},
		"rules could not be read":            {ask(external, unread), UnknownTLS, "destinationrules in bar: forbidden"},
		"through a gateway":                  {ask(external, source(Gateway)), Plaintext, passed},
		"through ztunnel":                    {ask(external, source(Ambient)), Plaintext, "ztunnel passes on what the application sends"},
		"without a proxy":                    {ask(external, source(NoPlane)), Plaintext, "bar/sleep has no data plane"},
		"a port that the sidecar leaves out": {ask(external, from(set{excluded: "443"})), Plaintext, "port 443 is in annotation"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkClient(t, ClientTLS(tt.q), tt.want, tt.why, false, false) })
	}
}

// TestUncaptured: what the client's own redirection leaves out is plaintext.
func TestUncaptured(t *testing.T) {
	const prefix = "traffic.sidecar.istio.io/"
	noIPs := func(q *ClientQuery) { q.ServiceIPs = nil }
	iptables := func(args ...string) func(*ClientQuery) {
		return func(q *ClientQuery) {
			initially(false, "istio-init", append([]string{"istio-iptables"}, args...)...)(q.Source)
		}
	}
	tests := map[string]struct {
		q    ClientQuery
		want TLS
		why  string
	}{
		"excluded port":                        {ask(from(set{prefix + "excludeOutboundPorts": "80"})), Plaintext, "port 80 is in annotation traffic.sidecar.istio.io/excludeOutboundPorts: 80"},
		"the Service's port counts":            {ask(from(set{prefix + "excludeOutboundPorts": "8080"})), MutualTLS, ""},
		"the Pod's port counts for a Pod IP":   {ask(toPodIP, from(set{prefix + "excludeOutboundPorts": "8080"})), Plaintext, "excludeOutboundPorts"},
		"excluded address":                     {ask(from(set{prefix + "excludeOutboundIPRanges": "10.96.0.0/16"})), Plaintext, "the address is in annotation"},
		"another address is excluded":          {ask(from(set{prefix + "excludeOutboundIPRanges": "10.97.0.0/16,rubbish"})), MutualTLS, ""},
		"excluded Pod IP":                      {ask(toPodIP, from(set{prefix + "excludeOutboundIPRanges": "10.0.0.0/24"})), Plaintext, "the address is in annotation"},
		"an address that is not known":         {ask(noIPs, from(set{prefix + "excludeOutboundIPRanges": "10.96.0.0/16"})), UnknownTLS, "the address that is dialled"},
		"included address":                     {ask(from(set{prefix + "includeOutboundIPRanges": "10.96.0.0/16"})), MutualTLS, ""},
		"not included address":                 {ask(from(set{prefix + "includeOutboundIPRanges": "10.97.0.0/16"})), Plaintext, "the address is not in annotation"},
		"no address is included":               {ask(noIPs, from(set{prefix + "includeOutboundIPRanges": ""})), Plaintext, `includeOutboundIPRanges: ""`},
		"all addresses are included":           {ask(from(set{prefix + "includeOutboundIPRanges": "*"})), MutualTLS, ""},
		"an unknown address and an included":   {ask(noIPs, from(set{prefix + "includeOutboundIPRanges": "10.96.0.0/16"})), UnknownTLS, "the address that is dialled"},
		"an included port needs no address":    {ask(noIPs, from(set{prefix + "includeOutboundIPRanges": "", prefix + "includeOutboundPorts": "80"})), MutualTLS, ""},
		"no redirection":                       {ask(from(set{"sidecar.istio.io/interceptionMode": "NONE"})), Plaintext, "interceptionMode: NONE"},
		"the init container's arguments":       {ask(iptables("-o", "80")), Plaintext, "argument -o of container istio-init"},
		"the arguments come before annotation": {ask(iptables("-i", "*"), from(set{prefix + "excludeOutboundPorts": "80"})), MutualTLS, ""},
		"https is then the application's":      {ask(https, from(set{prefix + "excludeOutboundPorts": "80"})), SimpleTLS, "the application itself speaks TLS"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkClient(t, ClientTLS(tt.q), tt.want, tt.why, false, false) })
	}
}

// TestDestinationRule: which rule applies, and where in it.
func TestDestinationRule(t *testing.T) {
	inSubset := func(m *networkingapi.TrafficPolicy) *networkingv1.DestinationRule {
		r := rule("bar", "dr", host, drIstio)
		r.Spec.Subsets = []*networkingapi.Subset{{Name: "v0"}, {Name: "v1", TrafficPolicy: m}}
		return r
	}
	subsetV1 := func(q *ClientQuery) { q.Subset = "v1" }
	inRoot := func(q *ClientQuery) { q.Source.Namespace = root }
	const all = "spec.trafficPolicy.tls.mode"
	tests := map[string]struct {
		q           ClientQuery
		want        TLS
		rule, field string
	}{
		"trap 33: SIMPLE removes the identity":    {ask(ruled(rule("bar", "dr", host, drSimple))), SimpleTLS, "bar/dr", all},
		"trap 33: DISABLE removes the identity":   {ask(ruled(rule("bar", "dr", host, drDisable))), Plaintext, "bar/dr", all},
		"MUTUAL":                                  {ask(ruled(rule("bar", "dr", host, drMutual))), OwnMutualTLS, "bar/dr", all},
		"ISTIO_MUTUAL though there is no sidecar": {ask(target(Presence{Plane: NoPlane}), ruled(rule("bar", "dr", host, drIstio))), MutualTLS, "bar/dr", all},
		"ISTIO_MUTUAL without auto mTLS":          {ask(func(q *ClientQuery) { q.Config.AutoMTLS = false }, ruled(rule("bar", "dr", host, drIstio))), MutualTLS, "bar/dr", all},
		"another host":                            {ask(ruled(rule("bar", "dr", "db.foo.svc.cluster.local", drDisable))), MutualTLS, "", ""},
		"a short host is of the rule's namespace": {ask(ruled(rule("foo", "dr", "web", drDisable))), Plaintext, "foo/dr", all},
		"a short host elsewhere":                  {ask(ruled(rule("bar", "dr", "web", drDisable))), MutualTLS, "", ""},
		"the client's namespace first":            {ask(ruled(rule("foo", "dr", host, drSimple), rule(root, "dr", host, drSimple), rule("bar", "dr", "*", drDisable))), Plaintext, "bar/dr", all},
		"the Service's namespace next":            {ask(ruled(rule(root, "dr", host, drSimple), rule("foo", "dr", "*.local", drDisable))), Plaintext, "foo/dr", all},
		"the root namespace last":                 {ask(ruled(rule(root, "dr", "*.local", drDisable))), Plaintext, "istio-system/dr", all},
		"no other namespace":                      {ask(ruled(rule("baz", "dr", host, drDisable))), MutualTLS, "", ""},
		"an exact host":                           {ask(ruled(rule("bar", "a", "*.local", drSimple), rule("bar", "b", host, drDisable))), Plaintext, "bar/b", all},
		"the longer wildcard":                     {ask(ruled(rule("bar", "a", "*", drSimple), rule("bar", "b", "*.foo.svc.cluster.local", drDisable))), Plaintext, "bar/b", all},
		"the exact host though it sets nothing":   {ask(ruled(rule("bar", "a", "*.local", drDisable), without(rule("bar", "b", host, drDisable)))), MutualTLS, "", ""},
		"the older of two":                        {ask(ruled(laterRule(rule("bar", "a", host, drSimple), 2), laterRule(rule("bar", "b", host, drDisable), 1))), Plaintext, "bar/b", all},
		"the older that sets something":           {ask(ruled(laterRule(rule("bar", "a", host, drDisable), 2), laterRule(without(rule("bar", "b", host, drSimple)), 1))), Plaintext, "bar/a", all},
		"exported to its own namespace":           {ask(ruled(rule("foo", "dr", host, drDisable, "."))), MutualTLS, "", ""},
		"exported to the client's":                {ask(ruled(rule("foo", "dr", host, drDisable, "bar"))), Plaintext, "foo/dr", all},
		"exported to another":                     {ask(ruled(rule("foo", "dr", host, drDisable, "baz"))), MutualTLS, "", ""},
		"what is not exported hides the wildcard": {ask(ruled(rule("foo", "a", host, drDisable, "baz"), rule("foo", "b", "*.local", drDisable))), MutualTLS, "", ""},
		"exported, but not at home":               {ask(ruled(rule("bar", "dr", host, drDisable, "baz"))), MutualTLS, "", ""},
		"another revision's": {ask(func(q *ClientQuery) { q.Config.Revision = "r" }, ruled(func() *networkingv1.DestinationRule {
			r := rule("bar", "dr", host, drDisable)
			r.Labels = set{"istio.io/rev": "x"}
			return r
		}())), MutualTLS, "", ""},
		"a client in the root namespace, public":  {ask(inRoot, ruled(rule(root, "a", "*", drSimple), rule("foo", "b", host, drDisable))), Plaintext, "foo/b", all},
		"a client in the root namespace, private": {ask(inRoot, ruled(rule(root, "a", "*", drDisable, "."), rule("foo", "b", host, drSimple))), Plaintext, "istio-system/a", all},
		"for a workload":                       {ask(ruled(rule("bar", "a", host, drSimple), forWorkload(laterRule(rule("bar", "b", host, drDisable), 5), set{"app": "sleep"}))), Plaintext, "bar/b", all},
		"for another workload":                 {ask(ruled(rule("bar", "a", host, drDisable), forWorkload(rule("bar", "b", host, drSimple), set{"app": "x"}))), Plaintext, "bar/a", all},
		"for another workload only":            {ask(ruled(forWorkload(rule("bar", "b", host, drDisable), set{"app": "x"}), rule("foo", "a", host, drDisable))), MutualTLS, "", ""},
		"port":                                 {ask(ruled(onPort(rule("bar", "dr", host, drSimple), 80, tlsMode(drDisable)))), Plaintext, "bar/dr", "spec.trafficPolicy.portLevelSettings[0].tls.mode"},
		"another port":                         {ask(ruled(onPort(rule("bar", "dr", host, drDisable), 8080, tlsMode(drSimple)))), Plaintext, "bar/dr", all},
		"port without tls under SIMPLE":        {ask(ruled(onPort(rule("bar", "dr", host, drSimple), 80, nil))), Plaintext, "bar/dr", all},
		"port without tls under ISTIO_MUTUAL":  {ask(target(Presence{Plane: NoPlane}), ruled(onPort(rule("bar", "dr", host, drIstio), 80, nil))), MutualTLS, "bar/dr", all},
		"a subset that is not known":           {ask(ruled(inSubset(&networkingapi.TrafficPolicy{Tls: tlsMode(drDisable)}))), MutualTLS, "bar/dr", all},
		"a subset":                             {ask(subsetV1, ruled(inSubset(&networkingapi.TrafficPolicy{Tls: tlsMode(drDisable)}))), Plaintext, "bar/dr", "spec.subsets[1].trafficPolicy.tls.mode"},
		"a subset that sets nothing":           {ask(subsetV1, ruled(inSubset(nil))), MutualTLS, "bar/dr", all},
		"no rule at all, and none that is nil": {ask(ruled(nil)), MutualTLS, "", ""},
		"the domain is that of the host":       {ask(func(q *ClientQuery) { q.Host = "web.foo.svc.example.org" }, ruled(rule("foo", "dr", "web", drDisable))), Plaintext, "foo/dr", all},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ClientTLS(tt.q)
			if got.TLS != tt.want || got.Rule != tt.rule || got.Field != tt.field {
				t.Errorf("got %v, %q, %q (%s); want %v, %q, %q", got.TLS, got.Rule, got.Field, got.Why, tt.want, tt.rule, tt.field)
			}
		})
	}
}

func TestByAddress(t *testing.T) {
	if c := ClientTLS(ask(source(NoPlane))); !c.ByAddress {
		t.Error("a Pod has an address of its own")
	}
	if c := ClientTLS(ask(source(NoPlane), func(q *ClientQuery) { q.Source.Spec.HostNetwork = true })); c.ByAddress {
		t.Error("a Pod on the host network has none")
	}
}
