package complete

import (
	"context"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Targets are what word can become as a TARGET: Services with their ports, as URLs and as
// hosts, and svc/ and pod/ with names.
func Targets(ctx context.Context, w World, word string) []string {
	return w.find(ctx, word, func(f *found) {
		scheme, host, isURL := strings.Cut(word, "://")
		typed, name, isTyped := strings.Cut(word, "/")
		switch {
		case isURL:
			f.services(ctx, host, func(svc *corev1.Service, p corev1.ServicePort) { f.putHost(scheme+"://", svc, p) })
		case isTyped && (typed == "pod" || typed == "po" || typed == "pods"):
			f.names(ctx, []kind{{cluster.Pods, typed + "/"}}, name)
		case isTyped && (typed == "svc" || typed == "service" || typed == "services"):
			f.typedServices(ctx, typed+"/", name)
		case !isTyped:
			f.put("svc/", "pod/", "ip/")
			f.services(ctx, word, func(svc *corev1.Service, p corev1.ServicePort) {
				f.put(diagnose.TargetOf(svc, p))
				if word != "" {
					f.putHost("", svc, p)
				}
			})
		}
	})
}

// putHost puts a port of a Service, behind its name as it is typed.
func (f *found) putHost(before string, svc *corev1.Service, p corev1.ServicePort) {
	port := ":" + strconv.Itoa(int(p.Port))
	f.put(before + svc.Name + "." + svc.Namespace + port)
	if strings.Contains(f.word, svc.Name+":") {
		f.put(before + svc.Name + port)
	}
}

// typedServices puts names of Services, and behind a colon their ports.
func (f *found) typedServices(ctx context.Context, before, name string) {
	host, _, hasPort := strings.Cut(name, ":")
	if !hasPort {
		f.names(ctx, []kind{{cluster.Services, before}}, name)
		return
	}
	f.services(ctx, name, func(_ *corev1.Service, p corev1.ServicePort) {
		f.put(before + host + ":" + strconv.Itoa(int(p.Port)))
	})
}

// services looks at the Services whose names begin with the host that is typed, or at all
// where one may still become a scheme: those of the namespace, else those of all.
func (f *found) services(ctx context.Context, host string, each func(*corev1.Service, corev1.ServicePort)) {
	host, _, hasPort := strings.Cut(host, ":")
	hits := 0
	visit := func(items []cluster.Item) {
		for _, item := range items {
			svc, ok := item.Object.(*corev1.Service)
			if !ok {
				continue
			}
			if strings.HasPrefix(svc.Name+"."+svc.Namespace, host) {
				hits++
			}
			for _, p := range svc.Spec.Ports {
				if diagnose.TargetOf(svc, p) != "" {
					each(svc, p)
				}
			}
		}
	}
	q := cluster.Query{Resource: cluster.Services, Namespace: f.Namespace}
	name, _, dotted := strings.Cut(host, ".")
	switch {
	case dotted:
		q.Namespace, q.Fields = "", "metadata.name="+name
	case hasPort:
		q.Fields = "metadata.name=" + name
	}
	f.pages(ctx, q, visit)
	if hits == 0 && host != "" && !dotted && !hasPort {
		f.pages(ctx, cluster.Query{Resource: cluster.Services}, visit)
	}
}

// pages hands out what a query finds.
func (f *found) pages(ctx context.Context, q cluster.Query, page func([]cluster.Item)) {
	if pager, ok := f.Reader.(cluster.Pager); ok {
		_ = pager.Pages(ctx, q, page)
		return
	}
	if !f.Reader.Live() { // in memory
		q.Namespace = ""
	}
	for _, r := range f.Reader.Read(ctx, []cluster.Query{q}) {
		page(r.Items)
	}
}
