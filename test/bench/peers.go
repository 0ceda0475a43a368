package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// peers measures what others take for the same, if asked to.
func (b *bench) peers(ctx context.Context, asked bool) ([]row, error) {
	if !asked {
		return nil, nil
	}
	istioctl, err := lab.BuildIstioctl(ctx, b.log)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(b.lab.Dir, "manifests")
	var took []time.Duration
	for range min(b.runs, whole) {
		a, err := b.run(ctx, 0, istioctl, "analyze", "--use-kube=false", "--all-namespaces", folder)
		if err != nil {
			return nil, err
		}
		took = append(took, a.Took)
	}
	return []row{{what: "· `istioctl analyze` of the same YAML, version " + lab.IstioVersion, got: ms(median(took)), unit: milliseconds}}, nil
}
