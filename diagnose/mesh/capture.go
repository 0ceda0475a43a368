package mesh

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// CapturedInbound reports whether the data plane sees a connection to the port of
// the Pod, and why. A port that it does not see meets no policy and no mTLS.
//
// For a sidecar the redirection is that of the init container's arguments, which
// hold the installation's settings too; a Pod without one (predicted, or manifests)
// is judged by its annotations. Connections over HBONE arrive inside of it, so no
// exclusion applies to them (istio: files/injection-template.yaml,
// tools/istio-iptables/pkg/capture/run.go).
func CapturedInbound(pod *corev1.Pod, p Presence, port uint16, hbone bool) (captured bool, why string) {
	text := strconv.Itoa(int(port))
	switch p.Plane {
	case UnknownPlane:
		return false, first(p.Missing, "the data plane of "+podName(pod)) + " is not known"
	case NoPlane:
		return false, "the Pod has no data plane"
	case Gateway, Waypoint:
		if slices.Contains(ownPorts, text) {
			return false, "port " + text + " is the proxy's own"
		}
		return true, "the proxy itself listens"
	case Ambient:
		if pod != nil && pod.Annotations[annotationBypass] == "true" && !hbone {
			return false, "annotation " + annotationBypass + `: "true"`
		}
		return true, "every port is redirected to ztunnel"
	case Sidecar:
	}
	if f := p.Plane.Foreign(); f != nil {
		return true, "every port is seen by " + f.Title
	}
	switch {
	case hbone && p.HBONE:
		return true, "through HBONE every port is subject to policy"
	case pod == nil:
		return false, "the Pod is not known"
	}
	return capturedBySidecar(pod, text)
}

// ownPorts are what the proxy answers itself: merged metrics, health, statistics.
var ownPorts = []string{"15020", "15021", "15090"}

func capturedBySidecar(pod *corev1.Pod, port string) (bool, string) {
	if pod.Annotations[annotationIntercept] == "NONE" {
		return false, "annotation " + annotationIntercept + ": NONE"
	}
	include, from, set := redirection(pod, "-b", "includeInboundPorts")
	if set && include != "*" {
		if slices.Contains(split(include), port) {
			return true, "port " + port + " is in " + from + ": " + include
		}
		return false, "port " + port + " is not in " + from + ": " + strconv.Quote(include)
	}
	exclude, from, _ := redirection(pod, "-d", "excludeInboundPorts")
	excluded := slices.Contains(split(exclude), port)
	own := port == "15021" || port == "15090" || port == first(pod.Annotations[annotationStatusPort], "15020")
	switch {
	case own && (excluded || !strings.HasPrefix(from, "argument")):
		return false, "port " + port + " is the proxy's own and is not redirected"
	case excluded:
		return false, "port " + port + " is in " + from + ": " + exclude
	}
	return true, "inbound ports are redirected to the sidecar"
}

// redirection returns a setting of the redirection: the argument of the init
// container if there is one, else the annotation. from tells which.
func redirection(pod *corev1.Pod, flag, annotation string) (value, from string, set bool) {
	for _, c := range pod.Spec.InitContainers {
		if !slices.Contains(c.Args, "istio-iptables") {
			continue
		}
		if i := slices.Index(c.Args, flag); i >= 0 && i+1 < len(c.Args) {
			return c.Args[i+1], "argument " + flag + " of container " + c.Name, true
		}
		return "", "", false
	}
	if value, set = pod.Annotations[capture+annotation]; set {
		return value, "annotation " + capture + annotation, true
	}
	return "", "", false
}

// capturedOutbound reports whether the sidecar of the Pod sees a connection to the
// address and port that the application dials. An invalid address is one that is
// not known: missing then names the fact if it decides.
//
// Exclusions come first; then a port or an address that is included is enough.
func capturedOutbound(pod *corev1.Pod, addresses []netip.Addr, port uint16) (captured bool, why, missing string) {
	text := strconv.Itoa(int(port))
	if pod.Annotations[annotationIntercept] == "NONE" {
		return false, "annotation " + annotationIntercept + ": NONE", ""
	}
	if list, from, _ := redirection(pod, "-o", "excludeOutboundPorts"); slices.Contains(split(list), text) {
		return false, "port " + text + " is in " + from + ": " + list, ""
	}
	if list, from, _ := redirection(pod, "-x", "excludeOutboundIPRanges"); list != "" {
		switch in, known := within(list, addresses); {
		case !known:
			return false, "", "the address that is dialled: " + from + " is " + list
		case in:
			return false, "the address is in " + from + ": " + list, ""
		}
	}
	if list, _, _ := redirection(pod, "-q", "includeOutboundPorts"); slices.Contains(split(list), text) || list == "*" {
		return true, "", ""
	}
	list, from, set := redirection(pod, "-i", "includeOutboundIPRanges")
	if !set || list == "*" {
		return true, "", ""
	}
	switch in, known := within(list, addresses); {
	case list == "" || known && !in:
		return false, "the address is not in " + from + ": " + strconv.Quote(list), ""
	case !known:
		return false, "", "the address that is dialled: " + from + " is " + list
	}
	return true, "", ""
}

// within reports whether one of the addresses is in a list of CIDR ranges; known
// is false without any address.
func within(list string, addresses []netip.Addr) (in, known bool) {
	for _, r := range split(list) {
		prefix, err := netip.ParsePrefix(r)
		if err != nil {
			continue // istio-iptables would have failed: such a Pod does not run
		}
		for _, a := range addresses {
			in = in || prefix.Contains(a)
		}
	}
	return in, len(addresses) > 0
}

// split returns the elements of a comma-separated list, trimmed.
func split(list string) []string {
	var out []string
	for e := range strings.SplitSeq(list, ",") {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out
}
