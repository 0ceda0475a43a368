package matrix

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// everything is a reader that has read all there is to a matrix already.
type everything struct {
	cluster.Reader
	results []cluster.Result
}

// Whole says that nothing else is to be asked for.
func (e everything) Whole() bool { return true }

// Read answers with all that was read, whatever is asked.
func (e everything) Read(context.Context, []cluster.Query) []cluster.Result { return e.results }

// created are the kinds that tell nothing of Pods that exist.
var created = []cluster.Resource{
	cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets, cluster.ReplicaSets, cluster.Jobs, cluster.CronJobs, cluster.ServiceAccounts,
}

// whole returns a reader that holds all that decides. What a live cluster does not list as
// a whole is asked for in each namespace.
func whole(ctx context.Context, r cluster.Reader, o Options) (cluster.Reader, error) {
	if w, ok := r.(interface{ Whole() bool }); ok && w.Whole() {
		return r, nil
	}
	first := []cluster.Query{{Resource: cluster.Namespaces}, {Resource: cluster.APIGroups}}
	results := r.Read(ctx, first)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, res := range results {
		if u := res.Unread; u != nil && (u.Reason == cluster.Unauthorized || u.Reason == cluster.Unreachable || u.Reason == cluster.TimedOut) {
			return nil, fmt.Errorf("nothing could be read: %s", u.Message)
		}
	}
	queries := liveQueries(results[1])
	read := r.Read(ctx, queries)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var namespaces []string
	for _, item := range results[0].Items {
		namespaces = append(namespaces, item.Object.GetName())
	}
	all := len(namespaces) > 0
	if !all {
		namespaces = append(namespaces, o.Namespace, o.MeshNamespace)
	}
	again := configurations(slices.Concat(results, read), o.MeshNamespace)
	for _, res := range read {
		if res.Unread != nil && res.Unread.Reason == cluster.Forbidden && res.Query.Resource.Namespaced && res.Query.Namespace == "" {
			for _, ns := range namespaces {
				again = append(again, cluster.Query{Resource: res.Query.Resource, Namespace: ns})
			}
			if all {
				continue // the namespaces tell more
			}
		}
		results = append(results, res)
	}
	results = append(results, r.Read(ctx, again)...)
	return everything{r, surveyed(ctx, r, results)}, ctx.Err()
}

// surveyed adds what data planes that are not Istio's own need.
func surveyed(ctx context.Context, r cluster.Reader, results []cluster.Result) []cluster.Result {
	var s *cluster.Snapshot
	queries := diagnose.Survey(s.Plus(r.Origin(), results))
	if len(queries) == 0 {
		return results
	}
	return append(results, r.Read(ctx, queries)...)
}

// liveQueries list all that decides, by pages, as the reader does it.
func liveQueries(groups cluster.Result) []cluster.Query {
	var known []*cluster.APIGroup
	for _, item := range groups.Items {
		if g, ok := item.Object.(*cluster.APIGroup); ok {
			known = append(known, g)
		}
	}
	admin, foreign := cluster.PolicyResources(known)
	policies := slices.Concat(admin, foreign)
	var out []cluster.Query
	for _, r := range cluster.Resources() {
		switch {
		case r == cluster.Namespaces, r == cluster.APIGroups, cluster.Elsewhere(r), slices.Contains(created, r):
		case r == cluster.ConfigMaps: // by their names, see configurations
		case isPolicy(r) && !slices.Contains(policies, r):
		default:
			out = append(out, cluster.Query{Resource: r})
		}
	}
	return out
}

// configurations are the settings of the mesh: those of the control plane, and of each
// revision of it that a Namespace or a Pod names. Only by name may they be read.
func configurations(read []cluster.Result, meshNamespace string) []cluster.Query {
	names := map[string]bool{"istio": true}
	for _, res := range read {
		for _, item := range res.Items {
			if rev := item.Object.GetLabels()["istio.io/rev"]; rev != "" && rev != "default" {
				names["istio-"+rev] = true
			}
		}
	}
	var out []cluster.Query
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, cluster.Query{Resource: cluster.ConfigMaps, Namespace: meshNamespace, Name: name})
	}
	return out
}

// isPolicy reports whether a kind is one of those that not every cluster has and that
// restrict connections.
func isPolicy(r cluster.Resource) bool {
	admin, foreign := cluster.PolicyResources([]*cluster.APIGroup{{ObjectMeta: metav1.ObjectMeta{Name: r.Group}}})
	return slices.Contains(admin, r) || slices.Contains(foreign, r)
}

// saved is what a snapshot of some questions holds; nil: the reader is none. What it does
// not hold is not known, so each question asks it for what it needs.
func saved(ctx context.Context, r cluster.Reader) *cluster.Snapshot {
	f, ok := r.(*cluster.Files)
	if !ok || f.Whole() {
		return nil
	}
	var none *cluster.Snapshot
	return none.Plus(r.Origin(), f.Read(ctx, f.Queries()))
}

// Unseen are those of Unread that are about Pods and Services: whoever is not known to be
// there is in no row and no column.
func (m *Matrix) Unseen() []string {
	var out []string
	for _, u := range m.Unread {
		if strings.HasPrefix(u, cluster.Pods.Plural+" of ") || strings.HasPrefix(u, cluster.Services.Plural+" of ") {
			out = append(out, u)
		}
	}
	return out
}

// unread words what could not be read, but for what the cluster does not know.
func unread(s *cluster.Snapshot) []string {
	var out []string
	for _, u := range s.Unread() {
		if u.Reason == cluster.NotInstalled {
			continue
		}
		what := u.Resource
		if u.Namespace != "" {
			what += " of " + u.Namespace
		} else if u.Name == "" {
			what += " of all namespaces"
		}
		out = append(out, what+": "+u.Message)
	}
	return out
}
