package lint

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// callers reports namespaces and service accounts that are not there.
func (p *policy) callers() {
	p.each(namespaces, func(l list, i int, v string) {
		if !strings.Contains(v, "*") && v != "" {
			p.caller(l, i, v, "")
		}
	})
	p.each(serviceAccounts, func(l list, i int, v string) {
		ns, name, found := strings.Cut(v, "/")
		switch {
		case found && ns != "" && name != "" && !strings.ContainsAny(v, "*"):
			p.caller(l, i, ns, name)
		case !found && v != "" && p.Namespace == p.cfg.RootNamespace:
			p.shortAccount(l, i, v)
		case !found && v != "":
			p.caller(l, i, p.Namespace, v)
		}
	})
	p.each(principals, func(l list, i int, v string) {
		parts := strings.Split(strings.TrimPrefix(v, "spiffe://"), "/")
		if len(parts) != 5 || parts[1] != "ns" || parts[3] != "sa" || strings.Contains(parts[2], "*") || parts[2] == "" {
			return
		}
		name := parts[4]
		if strings.Contains(name, "*") {
			name = ""
		}
		p.caller(l, i, parts[2], name)
	})
}

// caller reports a namespace that does not exist, or a service account in it that
// nobody runs as.
func (p *policy) caller(l list, i int, ns, account string) {
	if _, exists := cluster.Get[*corev1.Namespace](p.snap, "", ns); !exists {
		p.noNamespace(l, i, ns)
		return
	}
	if account == "" || account == "default" || p.accounts[ns][account] {
		return
	}
	known := p.world.names[ns]
	near := nearest(account, known)
	gateways := ns == p.cfg.RootNamespace || ns == p.o.MeshNamespace // what runs there is seldom among manifests
	sure := p.read(cluster.ServiceAccounts, ns) || p.o.Manifests && p.dump && len(known) > 0 && !gateways
	if !sure && (!p.o.Manifests || near == "" && !p.accountsDeclared(ns)) {
		return
	}
	p.report("AD0323", l.at(i), "there is no service account %s in namespace %s, and no Pod runs as it%s", quoted(account), ns, hint(near))
}

// accountsDeclared reports whether manifests hold the service accounts of a namespace,
// and what runs as them.
func (p *policy) accountsDeclared(ns string) bool {
	return len(cluster.List[*corev1.ServiceAccount](p.snap, ns)) > 0 && len(p.world.of[ns]) > 0 && ns != p.cfg.RootNamespace
}

func (p *policy) noNamespace(l list, i int, ns string) {
	if ns == p.cfg.RootNamespace || slices.Contains(builtIn, ns) {
		return
	}
	near := nearest(ns, p.world.names[""])
	if p.read(cluster.Namespaces, "") || p.o.Manifests && (p.dump || near != "") {
		p.report("AD0322", l.at(i), "there is no namespace %s%s", quoted(ns), hint(near))
	}
}

// builtIn are namespaces that every cluster has, or that manifests seldom declare.
var builtIn = []string{"default", "kube-system", "kube-public", "kube-node-lease", "istio-system"}

// nearest is the name that a misspelt one of some length was meant for.
func nearest(got string, names []string) string {
	const looked = 500 // names; one is not guessed among more
	if len(got) < 4 {
		return ""
	}
	return spell.Closest(got, names[:min(len(names), looked)], spell.Distance)
}

func hint(near string) string {
	if near == "" {
		return ""
	}
	return ": did you mean " + near + "?"
}

// shortAccount reports a service account of the root namespace that is none there.
func (p *policy) shortAccount(l list, i int, name string) {
	if p.accounts[p.Namespace][name] || name == "default" {
		return
	}
	elsewhere := ""
	if ns := p.home[name]; ns != "" {
		elsewhere = fmt.Sprintf("; namespace %s has one", ns)
	}
	if elsewhere != "" || p.read(cluster.ServiceAccounts, p.Namespace) {
		p.report("AD0324", l.at(i), "without a namespace it is %s/%s, that of the policy, and there is none of the name%s", p.Namespace, name, elsewhere)
	}
}

// trustDomains reports trust domains that are not the mesh's, if its settings were read.
func (p *policy) trustDomains() {
	if !p.configured {
		return
	}
	domains := slices.Concat([]string{p.cfg.TrustDomain}, p.cfg.TrustDomainAliases, p.cfg.TrustDomains)
	check := func(l list, i int, domain string) {
		// Envoy takes cluster.local for the mesh's own; what ztunnel does is another matter.
		if domain == "" || strings.Contains(domain, "*") || domain == "cluster.local" || slices.Contains(domains, domain) {
			return
		}
		p.report("AD0120", l.at(i), "the trust domain of the mesh is %s, and %s is no alias of it: nobody comes with such an identity%s",
			domains[0], quoted(domain), hint(nearest(domain, domains)))
	}
	p.each(principals, func(l list, i int, v string) {
		if domain, rest, found := strings.Cut(v, "/"); found && !strings.HasPrefix(v, "spiffe://") && (strings.HasPrefix(rest, "ns/") || rest == "*") {
			check(l, i, domain)
		}
	})
	p.each(trustDomains, check)
}
