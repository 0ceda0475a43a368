package session

import (
	"context"
	"fmt"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// List tells what can be picked. It waits for no question that is being answered: nothing
// of it is kept.
func (s *Session) List(ctx context.Context, namespace string, page func([]tui.Entry)) error {
	l := &lister{namespace: namespace, tell: page, seen: map[string]bool{}}
	if pager, ok := s.base.(cluster.Pager); ok {
		l.pages(ctx, pager)
	} else {
		l.read(ctx, s.base)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.problem()
}

// lister is one listing. What comes from several goroutines is told one after the other.
type lister struct {
	namespace string
	tell      func([]tui.Entry)

	turn   sync.Mutex
	seen   map[string]bool // the workloads that were told
	unread []*cluster.Unread
}

// pages asks a server for everything at the same time: the first page of Pods is there
// before all of the Services are.
func (l *lister) pages(ctx context.Context, pager cluster.Pager) {
	var wait sync.WaitGroup
	if l.namespace == "" {
		wait.Go(func() {
			l.failed(pager.Heads(ctx, cluster.Query{Resource: cluster.Namespaces}, func(heads []metav1.ObjectMeta) {
				tellAll(l, heads, func(h *metav1.ObjectMeta) []tui.Entry { return namespaceEntry(h.Name) })
			}))
		})
	} else {
		l.add(namespaceEntry(l.namespace))
	}
	wait.Go(func() {
		l.failed(pager.Heads(ctx, cluster.Query{Resource: cluster.Pods, Namespace: l.namespace}, func(heads []metav1.ObjectMeta) {
			tellAll(l, heads, func(h *metav1.ObjectMeta) []tui.Entry { return l.pod(h) })
		}))
	})
	wait.Go(func() {
		l.failed(pager.Pages(ctx, cluster.Query{Resource: cluster.Services, Namespace: l.namespace}, func(items []cluster.Item) {
			tellAll(l, items, func(item *cluster.Item) []tui.Entry { return l.entries(item.Object) })
		}))
	})
	wait.Wait()
}

// read asks for everything in one go. Of files, workloads that have no Pods are known too.
func (l *lister) read(ctx context.Context, base cluster.Reader) {
	queries := []cluster.Query{
		{Resource: cluster.Namespaces, Name: l.namespace}, {Resource: cluster.Pods, Namespace: l.namespace}, {Resource: cluster.Services, Namespace: l.namespace},
	}
	if !base.Live() {
		for _, r := range []cluster.Resource{cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets, cluster.CronJobs, cluster.Jobs, cluster.ReplicaSets} {
			queries = append(queries, cluster.Query{Resource: r, Namespace: l.namespace})
		}
	}
	for _, r := range base.Read(ctx, queries) {
		tellAll(l, r.Items, func(item *cluster.Item) []tui.Entry { return l.entries(item.Object) })
		if r.Unread != nil && r.Unread.Reason != cluster.NotInSnapshot { // what was saved is all that there is
			l.failed(r.Unread)
		}
	}
}

// tellAll tells the entries of a page.
func tellAll[T any](l *lister, page []T, entries func(*T) []tui.Entry) {
	l.turn.Lock()
	defer l.turn.Unlock()
	all := make([]tui.Entry, 0, len(page))
	for i := range page {
		all = append(all, entries(&page[i])...)
	}
	if len(all) > 0 {
		l.tell(all)
	}
}

func (l *lister) add(entries []tui.Entry) {
	l.turn.Lock()
	defer l.turn.Unlock()
	l.tell(entries)
}

func (l *lister) failed(u *cluster.Unread) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if u != nil {
		l.unread = append(l.unread, u)
	}
}

// problem is what is most in the way of listing: a server that does not answer, then what
// is not allowed.
func (l *lister) problem() error {
	for _, u := range l.unread {
		switch u.Reason {
		case cluster.Unreachable, cluster.TimedOut, cluster.Unauthorized:
			return fmt.Errorf("no cluster: %w; read one from files with -f", u)
		default:
		}
	}
	for _, r := range []cluster.Resource{cluster.Pods, cluster.Services, cluster.Namespaces} {
		if i := slices.IndexFunc(l.unread, func(u *cluster.Unread) bool { return u.Resource == r.Plural }); i >= 0 {
			return fmt.Errorf("%s cannot be listed: %w", r.Plural, l.unread[i])
		}
	}
	return nil
}
