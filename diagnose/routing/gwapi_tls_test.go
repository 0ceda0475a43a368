package routing

import (
	"testing"
)

const gwSecure = `
kind: Gateway
metadata: {name: secure, namespace: infra, labels: {topology.istio.io/network: n}}
spec:
  tls: {frontend: {default: {}, perPort: [{port: 444, tls: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]}}}, {port: 445, tls: {validation: {mode: AllowInsecureFallback, caCertificateRefs: [{group: "", kind: Secret, name: ca}]}}}, {port: 446, tls: {validation: {caCertificateRefs: [{group: "", kind: Secret, name: ca}, {group: "", kind: Secret, name: cb}]}}}, {port: 447, tls: {validation: {caCertificateRefs: [{group: "", kind: Secret, namespace: lib, name: ca}]}}}]}}
  listeners:
  - {name: https, port: 443, protocol: HTTPS, hostname: a.com, tls: {certificateRefs: [{name: c}]}}
  - {name: wild, port: 443, protocol: HTTPS, hostname: "*.com", tls: {mode: Terminate, certificateRefs: [{name: c}]}}
  - {name: through, port: 443, protocol: TLS, hostname: "*.org", tls: {mode: Passthrough}}
  - {name: ended, port: 443, protocol: TLS, hostname: ended.org, tls: {mode: Terminate, certificateRefs: [{name: c}]}}
  - {name: empty, port: 443, protocol: TLS, hostname: empty.net, tls: {mode: Terminate, certificateRefs: [{name: c}]}}
  - {name: mtls, port: 444, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}
  - {name: maybe, port: 445, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}
  - {name: cas, port: 446, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}
  - {name: othersca, port: 447, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}
  - {name: istio, port: 448, protocol: HTTPS, tls: {options: {gateway.istio.io/tls-terminate-mode: ISTIO_MUTUAL}}}
  - {name: builtin, port: 449, protocol: HTTPS, tls: {options: {gateway.istio.io/tls-terminate-mode: ISTIO_SIMPLE}}}
  - {name: mutual, port: 450, protocol: HTTPS, tls: {options: {gateway.istio.io/tls-terminate-mode: MUTUAL}, certificateRefs: [{name: c, namespace: lib}]}}
  - {name: stolen, port: 451, protocol: HTTPS, tls: {certificateRefs: [{name: d, namespace: lib}]}}
  - {name: many, port: 452, protocol: HTTPS, tls: {certificateRefs: [{name: c}, {name: d}, {name: e}]}}
  - {name: kind, port: 453, protocol: HTTPS, tls: {certificateRefs: [{name: c, kind: X}]}}
  - {name: auto, port: 15443, protocol: TLS, tls: {mode: Passthrough}}
  - {name: auto2, port: 15444, protocol: TLS, tls: {mode: Passthrough, options: {gateway.istio.io/listener-protocol: auto-passthrough}}}
  - {name: none, port: 454, protocol: HTTPS}
  - {name: udp, port: 455, protocol: UDP}
  - {name: lower, port: 456, protocol: http}
  - {name: through2, port: 457, protocol: HTTPS, tls: {mode: Passthrough}}
  - {name: tcp, port: 9000, protocol: TCP}
  - {name: tcp2, port: 9000, protocol: UDP}
  - {name: notcp, port: 9001, protocol: TCP}
  - {name: custom, port: 9002, protocol: example.com/x}
  - {name: custom2, port: 9002, protocol: example.com/x}
  - {name: b, port: 8000, protocol: HTTPS, hostname: b.com, tls: {certificateRefs: [{name: c}]}}
  - {name: a, port: 8000, protocol: HTTP, hostname: a.com}
  - {name: a, port: 8001, protocol: HTTPS, hostname: b.com, tls: {certificateRefs: [{name: c}]}}
  - {name: b, port: 8001, protocol: HTTP, hostname: a.com}
---
kind: ReferenceGrant
metadata: {name: g, namespace: lib}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}]
  to: [{group: "", kind: Secret, name: c}]
---
kind: HTTPRoute
metadata: {name: web, namespace: infra}
spec:
  parentRefs: [{name: secure}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
kind: TLSRoute
metadata: {name: narrow, namespace: infra, creationTimestamp: "2021-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: secure, sectionName: through}]
  hostnames: [db.org, x.com]
  rules: [{backendRefs: [{name: db, port: 5432}, {name: x, port: 1, namespace: lib}]}]
---
kind: TLSRoute
metadata: {name: later, namespace: infra, creationTimestamp: "2022-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: secure, sectionName: through}]
  hostnames: [db.org, empty.org]
  rules: [{backendRefs: [{name: later, port: 5432}]}]
---
kind: TLSRoute
metadata: {name: weightless, namespace: infra}
spec:
  parentRefs: [{name: secure}]
  hostnames: ["*.org", ended.org, empty.net]
  rules: [{backendRefs: [{name: db, port: 5432, weight: 0}]}]
---
kind: TLSRoute
metadata: {name: ended, namespace: infra, creationTimestamp: "2022-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: secure, sectionName: ended}]
  hostnames: [ended.org]
  rules: [{backendRefs: [{name: ended, port: 1}]}]
---
kind: TLSRoute
metadata: {name: broken, namespace: infra}
spec:
  parentRefs: [{name: secure, sectionName: through}]
  hostnames: [broken.org]
  rules: [{backendRefs: [{name: b}]}, {backendRefs: [{name: b}]}]
---
kind: TCPRoute
metadata: {name: tcp, namespace: infra, creationTimestamp: "2022-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: secure, sectionName: tcp}]
  rules: [{backendRefs: [{name: tcp, port: 1, weight: 2}, {name: other, port: 2}]}]
---
kind: TCPRoute
metadata: {name: late, namespace: infra, creationTimestamp: "2023-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: secure, sectionName: tcp}]
  rules: [{backendRefs: [{name: late, port: 1}]}]
`

func TestGatewayAPITLS(t *testing.T) {
	w := gwLoad(t, gwSecure)
	web := "HTTPRoute infra/web spec.rules[0] -> web.infra.svc.cluster.local:80"
	note := "; TLSRoute infra/broken is not in effect: spec.rules[0]: backendRef b has no port"
	later := "; TLSRoute infra/later is not in effect: another route has one of its hostnames at Gateway infra/secure spec.listeners[2]"
	narrow := "TLSRoute infra/narrow spec.rules[0] -> db.infra.svc.cluster.local:5432 50%; 50 % of the connections are closed: no ReferenceGrant in lib lets a TLSRoute of infra send to Service x" + note
	gwTable(t, w, 443, [][2]string{
		{"https://a.com/", web + note},
		{"https://b.com/", web + note},
		{"https://A.com/", web + note},
		{"tls tcp sni=db.org", narrow},
		{"tcp sni=empty.org", "0 no listener of this port is for this SNI" + note + later}, // all of a route's names or none
		{"tcp tls sni=ended.org", "TLSRoute infra/ended spec.rules[0] -> ended.infra.svc.cluster.local:1" + note},
		{"tcp tls sni=empty.net", "0 no listener of this port is for this SNI" + note + later},
		{"tls nosni", "0 no listener of this port is for this SNI" + note + later},
		{"http://a.com/", "0 the listener expects TLS" + note + later},
		{"sni=a.com http://b.com/", "404 no route matches" + note + later},
	})
	for port, want := range map[uint16]Listener{
		443: {true, true, "SIMPLE", "Gateway infra/secure spec.listeners[0]", "", ""}, 444: {true, true, "MUTUAL", "Gateway infra/secure spec.listeners[5]", "", ""},
		445: {true, true, "OPTIONAL_MUTUAL", "Gateway infra/secure spec.listeners[6]", "", ""}, 448: {true, true, "ISTIO_MUTUAL", "Gateway infra/secure spec.listeners[9]", "", ""},
		449: {true, true, "SIMPLE", "Gateway infra/secure spec.listeners[10]", "", ""}, 450: {true, true, "MUTUAL", "Gateway infra/secure spec.listeners[11]", "", ""},
		446:   {Why: "Gateway infra/secure spec.listeners[7] is not in effect: it has more than one CA certificate"},
		447:   {Why: "Gateway infra/secure spec.listeners[8] is not in effect: no ReferenceGrant in lib lets it use certificate ca"},
		451:   {Why: "Gateway infra/secure spec.listeners[12] is not in effect: no ReferenceGrant in lib lets it use certificate d"},
		452:   {Why: "Gateway infra/secure spec.listeners[13] is not in effect: it has more than two certificates"},
		453:   {Why: "Gateway infra/secure spec.listeners[14] is not in effect: certificate c is of kind X"},
		15443: {true, false, "AUTO_PASSTHROUGH", "Gateway infra/secure spec.listeners[15]", "", ""}, 15444: {true, false, "AUTO_PASSTHROUGH", "Gateway infra/secure spec.listeners[16]", "", ""},
		454: {
			Why:  "the gateway does not listen on this port",
			Near: "; the listeners of Gateway infra/secure are on port 15443, 15444, 443, 444, 445, 446, 447, 448, 449, 450, 451, 452, 453, 455, 456, 457, 8000, 8001, 9000, 9001, 9002",
		}, 455: {Why: `Gateway infra/secure spec.listeners[18] is not in effect: protocol "UDP" is not supported`},
		456: {Why: `Gateway infra/secure spec.listeners[19] is not in effect: protocol "http" is not supported`},
		457: {Why: "no route is attached to Gateway infra/secure spec.listeners[20]"}, 9000: {true, false, "", "Gateway infra/secure spec.listeners[21]", "", ""},
		9001: {Why: "no route is attached to Gateway infra/secure spec.listeners[23]"}, 9002: {Why: `Gateway infra/secure spec.listeners[24] is not in effect: protocol "example.com/x" is not supported`},
		8000: {true, true, "", "Gateway infra/secure spec.listeners[27]", "", ""}, 8001: {true, true, "SIMPLE", "Gateway infra/secure spec.listeners[28]", "", ""},
	} {
		q := w.GatewayAPIQuery
		sni := "a.com"
		if port == 8001 {
			sni = "b.com"
		}
		q.Request = gwRequest(t, port, "tls tcp sni="+sni)
		if got, branches := GatewayAPI(q); got != want || len(branches) == 0 {
			t.Errorf("%d: got %+v, want %+v", port, got, want)
		}
	}
	gwTable(t, w, 9000, [][2]string{
		{"tcp", "TCPRoute infra/tcp spec.rules[0] -> tcp.infra.svc.cluster.local:1 67%, -> other.infra.svc.cluster.local:2 33%"},
		{"tcp tls sni=a", "TCPRoute infra/tcp spec.rules[0] -> tcp.infra.svc.cluster.local:1 67%, -> other.infra.svc.cluster.local:2 33%"},
	})
	gwTable(t, w, 15443, [][2]string{{"tcp tls sni=x", "?which Service the SNI names: mode AUTO_PASSTHROUGH of Gateway infra/secure spec.listeners[15] is not modeled: 0 the SNI names no Service as an east-west gateway wants it; HTTPRoute infra/web is not attached: Gateway infra/secure spec.listeners[15] does not allow a HTTPRoute"}})
	weightless := func(b, a int) string {
		why := "; TLSRoute infra/weightless is not attached: its hostnames *.org, ended.org, empty.net are none of Gateway infra/secure spec.listeners["
		return why + number(b) + "], which is for b.com" + why + number(a) + "], which is for a.com"
	}
	// What comes after plaintext in the order of names is left out.
	gwTable(t, w, 8000, [][2]string{{"http://a.com/", web}, {"https://b.com/", "0 the listener expects no TLS" + weightless(26, 27)}})
	gwTable(t, w, 8001, [][2]string{{"http://a.com/", web}, {"https://b.com/", web}, {"https://c.com/", "0 no listener of this port is for this SNI" + weightless(28, 29)}})
}

func TestGatewayAPIOpenSNI(t *testing.T) {
	w := gwLoad(t, gwSecure)
	const note = "; TLSRoute infra/broken is not in effect: spec.rules[0]: backendRef b has no port"
	const web = "HTTPRoute infra/web spec.rules[0] -> web.infra.svc.cluster.local:80" + note
	const later = "; TLSRoute infra/later is not in effect: another route has one of its hostnames at Gateway infra/secure spec.listeners[2]"
	want := `
TLSRoute infra/ended spec.rules[0] -> ended.infra.svc.cluster.local:1` + note + `
TLSRoute infra/narrow spec.rules[0] -> db.infra.svc.cluster.local:5432 50%; 50 % of the connections are closed: no ReferenceGrant in lib lets a TLSRoute of infra send to Service x` + note + `
` + web + `
` + web + `
0 no listener of this port is for this SNI` + note + later + `
`
	if got := gwBrief(t, w, 443, "tls http://a.com/"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// What else buildTLS refuses or takes, and where there is no listener at all.
func TestGatewayAPITLSOdd(t *testing.T) {
	w := gwLoad(t, `
kind: Gateway
metadata: {name: secure, namespace: infra, labels: {topology.istio.io/network: n, networking.istio.io/gatewayPort: "443"}}
spec:
  tls: {frontend: {default: {validation: {caCertificateRefs: [{group: "", kind: Secret, name: ca}]}}}}
  listeners:
  - {name: auto, port: 443, protocol: TLS, tls: {mode: Passthrough}}
  - {name: through, port: 15443, protocol: TLS, tls: {mode: Passthrough}}
  - {name: mutual, port: 444, protocol: HTTPS, tls: {options: {gateway.istio.io/tls-terminate-mode: OPTIONAL_MUTUAL}, certificateRefs: [{name: c}]}}
---
kind: TLSRoute
metadata: {name: all, namespace: infra}
spec:
  parentRefs: [{name: secure}]
  rules: [{backendRefs: [{name: far, namespace: lib, port: 1}]}]
`)
	for port, want := range map[uint16]string{443: "AUTO_PASSTHROUGH", 15443: "PASSTHROUGH", 444: "OPTIONAL_MUTUAL"} {
		q := w.GatewayAPIQuery
		q.Request = gwRequest(t, port, "tls tcp nosni")
		if got, _ := GatewayAPI(q); got.TLSMode != want || got.HTTP != (port == 444) {
			t.Errorf("%d: got %+v, want %s", port, got, want)
		}
	}
	gwTable(t, w, 15443, [][2]string{{"tls tcp nosni", "TLSRoute infra/all spec.rules[0] 0 no ReferenceGrant in lib lets a TLSRoute of infra send to Service far"}})
	q := w.GatewayAPIQuery
	q.Gateway = q.Gateway.DeepCopy()
	q.Gateway.Labels = nil
	q.Request = gwRequest(t, 443, "tls tcp sni=x")
	if got, _ := GatewayAPI(q); got.TLSMode != "PASSTHROUGH" {
		t.Errorf("without labels: %+v", got)
	}
}
