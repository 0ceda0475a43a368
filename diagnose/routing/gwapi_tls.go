package routing

import (
	"slices"
	"strconv"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

const (
	modePassthrough = "PASSTHROUGH"
	modeAuto        = "AUTO_PASSTHROUGH"
	modeSimple      = "SIMPLE"
	modeMutual      = "MUTUAL"
	modeOptional    = "OPTIONAL_MUTUAL"
	modeIstio       = "ISTIO_MUTUAL"
)

// Options and labels that Istio reads (istio.io/api/label, pkg/config/constants,
// gatewaycommon/gateway_utils.go).
const (
	optionTerminate  = "gateway.istio.io/tls-terminate-mode"
	optionListener   = "gateway.istio.io/listener-protocol"
	labelNetwork     = "topology.istio.io/network"
	labelGatewayPort = "networking.istio.io/gatewayPort"
)

// tls reads the TLS settings of a listener: the mode, and why they are not valid
// (gateway/conversion.go: buildTLS). Whether a Secret is there is not looked at.
func (q GatewayAPIQuery) tls(l gatewayv1.Listener) (mode, why string) {
	if l.TLS == nil {
		return "", ""
	}
	if l.TLS.Mode != nil && *l.TLS.Mode != gatewayv1.TLSModeTerminate {
		if q.autoPassthrough(l) {
			return modeAuto, ""
		}
		return modePassthrough, ""
	}
	option := string(l.TLS.Options[optionTerminate])
	switch option {
	case "ISTIO_SIMPLE":
		return modeSimple, ""
	case modeIstio:
		return modeIstio, ""
	case modeMutual, modeOptional:
		mode = option
	default:
		mode = modeSimple
	}
	if why := q.certificates(l.TLS.CertificateRefs); why != "" {
		return mode, why
	}
	return q.clients(mode, option, l.Port)
}

// certificates tells why none of the certificates can be used.
func (q GatewayAPIQuery) certificates(refs []gatewayv1.SecretObjectReference) (why string) {
	if len(refs) > 2 {
		return "it has more than two certificates"
	}
	for _, ref := range refs {
		reason := q.secret(string(ref.Name), value(ref.Namespace), orElse(ref.Group, ""), orElse(ref.Kind, "Secret"))
		if reason == "" {
			return ""
		}
		why = reason
	}
	return why
}

// clients adds what the Gateway says of clients' certificates.
func (q GatewayAPIQuery) clients(mode, option string, port gatewayv1.PortNumber) (string, string) {
	if q.Gateway.Spec.TLS == nil || q.Gateway.Spec.TLS.Frontend == nil {
		return mode, ""
	}
	config := q.Gateway.Spec.TLS.Frontend.Default
	perPort := q.Gateway.Spec.TLS.Frontend.PerPort
	if i := slices.IndexFunc(perPort, func(p gatewayv1.TLSPortConfig) bool { return p.Port == port }); i >= 0 {
		config = perPort[i].TLS
	}
	if config.Validation == nil || len(config.Validation.CACertificateRefs) == 0 {
		return mode, ""
	}
	refs := config.Validation.CACertificateRefs
	if len(refs) > 1 {
		return mode, "it has more than one CA certificate"
	}
	if why := q.secret(string(refs[0].Name), value(refs[0].Namespace), string(refs[0].Group), string(refs[0].Kind)); why != "" {
		return mode, why
	}
	switch {
	case option == modeMutual || option == modeOptional:
		return option, ""
	case config.Validation.Mode == gatewayv1.AllowInsecureFallback:
		return modeOptional, ""
	}
	return modeMutual, ""
}

// secret tells why a certificate may not be used.
func (q GatewayAPIQuery) secret(name, namespace, group, kind string) string {
	if group != "" || kind != "Secret" && kind != "ConfigMap" {
		return "certificate " + name + " is of kind " + kind
	}
	to := gwRef{kind: kind, namespace: namespace, name: name}
	if namespace == "" || namespace == q.Gateway.Namespace || granted(q.ReferenceGrants, kindGateway, q.Gateway.Namespace, to) {
		return ""
	}
	return "no ReferenceGrant in " + namespace + " lets it use certificate " + name
}

// autoPassthrough reports whether the listener forwards by the names of endpoints
// (serviceregistry/kube/conversion.go: IsAutoPassthrough).
func (q GatewayAPIQuery) autoPassthrough(l gatewayv1.Listener) bool {
	if string(l.TLS.Options[optionListener]) == "auto-passthrough" {
		return true
	}
	if _, ok := q.Gateway.Labels[labelNetwork]; !ok {
		return false
	}
	port, ok := q.Gateway.Labels[labelGatewayPort]
	if !ok {
		port = "15443"
	}
	return strconv.Itoa(int(l.Port)) == port
}
