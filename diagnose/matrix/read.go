package matrix

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

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

// wholeOrSaved returns a reader that holds all that decides. alone is of a snapshot of
// some questions: what it does not hold is not known, so each question asks it for what
// it needs. One of everything, see [Read], is no such.
func wholeOrSaved(ctx context.Context, r cluster.Reader, o Options) (whole cluster.Reader, alone bool, err error) {
	if w, ok := r.(interface{ Whole() bool }); ok && w.Whole() {
		return r, false, nil
	}
	results, err := listed(ctx, r, o)
	if err != nil {
		return nil, false, err
	}
	if _, ok := r.(*cluster.Files); ok && slices.ContainsFunc(results, lacking) {
		return r, true, nil
	}
	return everything{r, results}, false, nil
}

// lacking reports whether a snapshot does not hold what was asked for.
func lacking(r cluster.Result) bool {
	return r.Unread != nil && r.Unread.Reason == cluster.NotInSnapshot
}

// Read reads all that decides, for a snapshot that answers what a matrix asks.
func Read(ctx context.Context, r cluster.Reader, o Options) (*cluster.Snapshot, error) {
	if o.MeshNamespace == "" {
		o.MeshNamespace = "istio-system"
	}
	whole, alone, err := wholeOrSaved(ctx, r, o)
	if err != nil {
		return nil, err
	}
	if alone {
		return nil, fmt.Errorf("%s holds what some questions need, not everything", r.Origin())
	}
	snap := diagnose.NewSession(whole).Everything(ctx)
	return snap, ctx.Err()
}

// listed reads all that decides. What a cluster does not list as a whole is asked for in
// each namespace.
func listed(ctx context.Context, r cluster.Reader, o Options) ([]cluster.Result, error) {
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
	read := r.Read(ctx, liveQueries(results[1]))
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
		if res.Unread != nil && (res.Unread.Reason == cluster.Forbidden || lacking(res)) && res.Query.Resource.Namespaced && res.Query.Namespace == "" {
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
	if o.several { // whoever may not see it is not asked for more rights
		roots := r.Read(ctx, []cluster.Query{{Resource: cluster.ConfigMaps, Namespace: o.MeshNamespace, Name: rootCertificates}})
		results = append(results, slices.DeleteFunc(roots, func(r cluster.Result) bool { return r.Unread != nil })...)
	}
	return surveyed(ctx, r, results), ctx.Err()
}

// configurations are the queries for the mesh's settings, one for each revision of the
// control plane that something names. They are asked for by name, which is all that the
// documented rights allow.
func configurations(read []cluster.Result, meshNamespace string) []cluster.Query {
	names := []string{"istio"}
	for _, res := range read {
		for _, item := range res.Items {
			if item.Resource != cluster.Namespaces && item.Resource != cluster.Pods {
				continue
			}
			for _, set := range []map[string]string{item.Object.GetLabels(), item.Object.GetAnnotations()} {
				if rev := set[revisionMark]; rev != "" && rev != "default" && len(validation.IsDNS1123Label(rev)) == 0 {
					names = append(names, "istio-"+rev)
				}
			}
		}
	}
	slices.Sort(names)
	var out []cluster.Query
	for _, name := range slices.Compact(names) {
		out = append(out, cluster.Query{Resource: cluster.ConfigMaps, Namespace: meshNamespace, Name: name})
	}
	return out
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
		case r == cluster.Namespaces, r == cluster.APIGroups, r == cluster.ConfigMaps, cluster.Elsewhere(r), slices.Contains(created, r):
		case isPolicy(r) && !slices.Contains(policies, r):
		default:
			out = append(out, cluster.Query{Resource: r})
		}
	}
	return out
}

// isPolicy reports whether a kind is one of those that not every cluster has and that
// restrict connections.
func isPolicy(r cluster.Resource) bool {
	admin, foreign := cluster.PolicyResources([]*cluster.APIGroup{{ObjectMeta: metav1.ObjectMeta{Name: r.Group}}})
	return slices.Contains(admin, r) || slices.Contains(foreign, r)
}

// saved is what a snapshot of some questions holds.
func saved(ctx context.Context, r cluster.Reader) *cluster.Snapshot {
	f, ok := r.(*cluster.Files)
	if !ok {
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
