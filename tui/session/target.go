package session

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// serviceEntries are a Service's ports as targets.
func serviceEntries(svc *corev1.Service) []tui.Entry {
	var out []tui.Entry
	for _, p := range svc.Spec.Ports {
		if text := diagnose.TargetOf(svc, p); text != "" {
			out = append(out, tui.Entry{Kind: tui.ServiceEntry, Namespace: svc.Namespace, Name: svc.Name, Text: text, Says: p.Name})
		}
	}
	return out
}
