// Package wire sends the questions of the suite istiod through a real Envoy that runs
// what istiod served: the listeners of the gateways, waypoints and sidecars on the
// way, with their routes and clusters.
//
// All proxies of a batch of clusters are listeners of one Envoy, each on a socket of
// its own; a PROXY header before each connection says which address it is from and to,
// so that filter chains and policies see the addresses of the cluster. Between two
// proxies a relay adds that header, or makes the tunnel where one speaks HBONE to the
// other. What the question's client does itself, with its sidecar or ztunnel, is read
// from what istiod told them (package facts). Certificates, the application and filters
// that only Istio's build of Envoy has are replaced; what decides is not touched.
package wire
