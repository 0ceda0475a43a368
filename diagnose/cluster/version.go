package cluster

import (
	"context"
	"slices"
)

// fetch gets the bodies that answer q, and gives each to take with the version that it is
// in. A first body begins the answer anew. A server that does not serve the version of the
// resource is asked for another one. No page size is one page only.
func (l *live) fetch(ctx context.Context, q Query, accept string, page int, take func(version string, body []byte, first bool)) *failure {
	var failed *failure
	for _, v := range l.versions(q.Resource) {
		failure := l.each(ctx, q, v, accept, page, func(body []byte, first bool) { take(v, body, first) })
		if failure == nil || failure.reason != NotInstalled || failure.absent {
			if failure == nil || failure.absent || v != q.Resource.Version {
				l.version.Store(q.Resource.family(), v)
			}
			return failure
		}
		if failed == nil {
			failed = failure
		}
	}
	return failed
}

// versions are those to ask the server for, the likeliest first: the one that it answered
// last, and of those that are understood the ones that it is known to serve anything in.
func (l *live) versions(r Resource) []string {
	all := append([]string{r.Version}, r.others()...)
	if groups := l.served.Load(); groups != nil {
		served := slices.DeleteFunc(slices.Clone(all), func(v string) bool { return !slices.Contains((*groups)[r.Group], v) })
		if all = served; len(all) == 0 {
			all = []string{r.Version}
		}
	}
	if v, ok := l.version.Load(r.family()); ok {
		last := v.(string)
		all = append([]string{last}, slices.DeleteFunc(all, func(v string) bool { return v == last })...)
	}
	return all
}

// versionOf is the version to watch a resource in: the one that it was read in.
func (l *live) versionOf(r Resource) string { return l.versions(r)[0] }

// learn takes note of the groups that a server has, and of their versions.
func (l *live) learn(groups []Item) {
	served := map[string][]string{}
	for _, item := range groups {
		if g, ok := item.Object.(*APIGroup); ok {
			served[g.Name] = g.Versions
		}
	}
	l.served.Store(&served)
}

// family are the resources that a server has all in the same version: those of a group that
// belong together, or a platform's alone.
type family struct{ group, version, plural string }

func (r Resource) family() family {
	out := family{group: r.Group, version: r.Version}
	if byResource[r].extra {
		out.plural = r.Plural
	}
	return out
}

// others are the versions to ask a server for that does not know the first: of an
// Istio before 1.22, an Antrea before 1.13, a network policy API after v1alpha2, and of
// what is a platform's all that it reads.
func (r Resource) others() []string {
	switch {
	case r.Version == "v1" && (r.Group == groupSecurity || r.Group == groupNetworking), r == ClusterNetworkPolicies:
		return []string{"v1beta1"}
	case r.Group == AntreaNetworkPolicies.Group:
		return []string{"v1alpha1"}
	}
	if k := byResource[r]; k.extra {
		return k.older
	}
	return nil
}
