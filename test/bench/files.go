package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/test/bench/manifests"
)

// exitFound is how lint ends that finds something.
const exitFound = 1

// whole is how often a program is run that takes a second.
const whole = 11

// files measures lint on a repository of manifests and on a saved snapshot of the same,
// in turn with a program that does no more than decode the manifests.
func (b *bench) files(ctx context.Context) ([]row, error) {
	folder := filepath.Join(b.lab.Dir, "manifests")
	saved := filepath.Join(b.lab.Dir, "saved.json")
	if err := save(ctx, folder, saved); err != nil {
		return nil, err
	}
	decode, err := b.build(ctx, "decode")
	if err != nil {
		return nil, err
	}
	var yaml, alone, json []time.Duration
	for range min(b.runs, whole) {
		for _, one := range []struct {
			took    *[]time.Duration
			exit    int
			program string
			args    []string
		}{
			{&yaml, exitFound, b.plugin.Binary, []string{"lint", "-f", folder}},
			{&alone, 0, decode, []string{folder}},
			{&json, exitFound, b.plugin.Binary, []string{"lint", "-A", "-f", saved}},
		} {
			a, err := b.run(ctx, one.exit, one.program, one.args...)
			if err != nil {
				return nil, err
			}
			*one.took = append(*one.took, a.Took)
		}
	}
	return []row{
		{what: "lint of 5,000 policies and 5,000 Pods from YAML, to decoding them", limit: 1.25, got: ratio(median(yaml), median(alone)), unit: times},
		{what: "lint of the same from a snapshot saved as JSON", limit: 600, got: ms(median(json)), unit: milliseconds},
		{what: "· lint of the same from YAML", got: ms(median(yaml)), unit: milliseconds},
		{what: "· decoding the YAML into typed objects, on all cores", got: ms(median(alone)), unit: milliseconds},
	}, nil
}

// save writes the manifests, and what a snapshot of them is.
func save(ctx context.Context, folder, saved string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := manifests.Write(folder, manifests.Size{Namespaces: 100, Pods: 5000, Policies: 5000}); err != nil {
		return err
	}
	reader, err := cluster.ReadFiles([]string{folder}, nil, "")
	if err != nil {
		return err
	}
	var queries []cluster.Query
	for _, r := range cluster.Resources() {
		queries = append(queries, cluster.Query{Resource: r})
	}
	var snapshot *cluster.Snapshot
	var text bytes.Buffer
	if err := snapshot.Plus(reader.Origin(), reader.Read(ctx, queries)).WriteJSON(&text); err != nil {
		return err
	}
	return os.WriteFile(saved, text.Bytes(), 0o600)
}
