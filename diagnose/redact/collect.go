package redact

import (
	"net/netip"
	"net/url"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// holders are the fields of objects that hold names, and of what kind.
var holders = map[string]kind{
	"name": objectName, "namespace": namespaceName, "namespaces": namespaceName, "notNamespaces": namespaceName,
	"serviceAccountName": objectName, "serviceAccount": objectName, "serviceAccounts": objectName, "notServiceAccounts": objectName,
	"nodeName": objectName, "hostname": objectName, "subset": objectName, "workloadRef": objectName,
	"host": hostName, "hosts": hostName, "notHosts": hostName, "hostnames": hostName, "sniHosts": hostName, "externalName": hostName, "authority": hostName,
	"trustDomain": hostName, "trustDomainAliases": hostName, "trustDomains": hostName,
	"principals": hostName, "notPrincipals": hostName,
	"issuer": urlName, "jwksUri": urlName, "audiences": valueName, "requestPrincipals": urlName, "notRequestPrincipals": urlName,
	"values": valueName, "notValues": valueName,
	"exact": valueName, "prefix": valueName, "suffix": valueName, "regex": valueName, "value": valueName,
	"matchLabels": valueName, "labels": valueName, "selector": valueName, "podSelector": valueName,
}

// plain are fields whose values are no names, wherever they stand.
var plain = map[string]bool{
	"apiVersion": true, "kind": true, "image": true, "paths": true, "notPaths": true, "methods": true, "notMethods": true, "key": true, "type": true, "phase": true,
	"uri": true, "managedFields": true, "annotations": true, "ports": true, "port": true, "conditions": true, "env": true, "args": true, "command": true, "fieldPath": true,
}

// leaves takes the names out of a decoded object; field is what holds v.
func (n *names) leaves(v any, field string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			switch {
			case key == "mesh" && field == "data":
				n.meshConfig(value)
			case plain[key]:
			case isLabels(field):
				n.leaves(value, field)
			default:
				n.leaves(value, key)
			}
		}
	case []any:
		for _, one := range v {
			n.leaves(one, field)
		}
	case string:
		if ip := address(v); ip != "" {
			n.add(addressName, ip)
			return
		}
		if k, ok := holders[field]; ok {
			n.add(k, v)
		}
	}
}

// isLabels reports whether a field maps keys of labels to values.
func isLabels(field string) bool {
	return field == "labels" || field == "matchLabels" || field == "selector" || field == "podSelector"
}

// meshConfig is YAML in a ConfigMap.
func (n *names) meshConfig(v any) {
	text, _ := v.(string)
	var config any
	if yaml.Unmarshal([]byte(text), &config) == nil {
		n.leaves(config, "")
	}
}

// question takes the names out of what was asked.
func (n *names) question(s diagnose.Spec) {
	n.add(namespaceName, s.Namespace)
	for _, party := range []string{s.Source, s.Target} {
		n.party(party)
	}
	n.add(hostName, s.Request.Host)
	n.add(hostName, s.Request.SNI)
	n.add(addressName, s.Request.SourceIP)
	for _, values := range s.Request.Headers {
		for _, v := range values {
			n.add(valueName, v)
		}
	}
	n.claims(s.Request.Claims)
	n.query(s.Target)
	n.query(s.Request.Path)
}

// query takes the parameters out of the query of a path or URL: what is in them nobody
// knows. One with a value is replaced as a whole, for its value alone may be any word.
func (n *names) query(s string) {
	_, query, _ := strings.Cut(s, "?")
	query, _, _ = strings.Cut(query, "#")
	for _, pair := range strings.Split(query, "&") {
		if strings.Contains(pair, "=") {
			n.keep(valueName, pair)
		} else {
			n.add(valueName, pair)
		}
	}
}

func (n *names) claims(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if text, ok := value.(string); ok && (key == "iss" || key == "aud") {
				n.add(urlName, text)
				continue
			}
			n.claims(value)
		}
	case []any:
		for _, one := range v {
			n.claims(one)
		}
	case string:
		n.add(valueName, v)
	}
}

// party takes [TYPE/]NAME[.NAMESPACE][:PORT] or a URL apart.
func (n *names) party(s string) {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s, _, _ = strings.Cut(rest, "/")
	} else if _, rest, ok := strings.Cut(s, "/"); ok {
		s = rest
	}
	s = withoutPort(s)
	if ip := address(s); ip != "" {
		n.add(addressName, ip)
		return
	}
	if _, rest, ok := strings.Cut(s, "."); ok && strings.Contains(rest, ".") && !strings.Contains(s, ".svc") {
		n.add(hostName, s)
		return
	}
	n.inService(s)
}

// inService takes NAME.NAMESPACE.svc.DOMAIN apart, of which all but the name may be missing.
func (n *names) inService(s string) {
	name, rest, _ := strings.Cut(s, ".")
	n.add(objectName, name)
	namespace, _, _ := strings.Cut(rest, ".")
	n.add(namespaceName, namespace)
}

// answer takes the names out of the places of an answer that hold nothing else: with
// them a Diagnosis can do without the objects.
func (n *names) answer(s diagnose.Status) {
	for _, a := range s.Answers {
		for _, d := range a.Destinations {
			n.add(namespaceName, d.Namespace)
			n.add(objectName, d.Name)
			n.add(addressName, d.Address)
			n.party(d.Workload)
		}
		for _, source := range a.Sources {
			n.party(source)
		}
		for _, h := range a.Hops {
			if h.Role == diagnose.RoleNetwork { // no object has its name
				continue
			}
			n.add(namespaceName, h.Namespace)
			n.add(objectName, h.Name)
			n.add(hostName, h.Host)
			n.add(hostName, h.Principal)
		}
	}
	for _, u := range s.Unread {
		n.add(namespaceName, u.Namespace)
		n.add(objectName, u.Name)
	}
}

// address returns the address in an address or a CIDR block; empty if s is neither.
func address(s string) string {
	before, _, _ := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(before)
	if err != nil {
		return ""
	}
	return ip.String()
}

// hostOf returns the host of a URL, or s.
func hostOf(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return s
}

// withoutPort takes a port off a host.
func withoutPort(s string) string {
	if i := strings.LastIndexByte(s, ':'); i > 0 && !strings.Contains(s[:i], ":") {
		return s[:i]
	}
	return s
}
