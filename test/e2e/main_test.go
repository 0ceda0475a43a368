// Package e2e asks the installed plugin questions about a real API server: the
// lab's. Each test has a scene, or proxy, or user of its own.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

// The users of the lab. What each may do is bound where it is tested.
const (
	reader   = "reader"   // the documented minimum, everywhere
	tenant   = "tenant"   // the same rights, in one namespace
	stranger = "stranger" // nothing at all
	unaware  = "unaware"  // the documented minimum, without what is optional
	audited  = "audited"  // the documented rights; each of the requests is written down
)

// What every test shares: the lab, and the plugin under test.
var (
	cluster *lab.Lab
	doctor  *plugin.Plugin
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if plan := os.Getenv(fixChild); plan != "" {
		return applyAndDie(plan)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := setUp(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	// A Ctrl-C ends the lab too; a killed test process takes it along by itself.
	forget := context.AfterFunc(ctx, func() {
		_ = tearDown()
		os.Exit(130)
	})
	code := m.Run()
	if !forget() {
		select {} // interrupted: the function above ends the process
	}
	if err := tearDown(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	return code
}

func setUp(ctx context.Context) (err error) {
	cluster, err = lab.Start(ctx, lab.Options{
		Log: os.Stderr,
		Users: []lab.User{
			{Name: reader, Groups: []string{"authz-doctor-readers"}},
			{Name: tenant},
			{Name: stranger},
			{Name: unaware},
			{Name: audited, Groups: []string{"authz-doctor-readers"}},
		},
		Audited: []string{audited},
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = cluster.Stop() // the first error is the one to tell
		}
	}()
	if err := scene.InstallMesh(ctx, cluster); err != nil {
		return err
	}
	rbac, err := os.ReadFile(filepath.Join("..", "..", "docs", "rbac.yaml"))
	if err != nil {
		return err
	}
	if err := cluster.Apply(ctx, string(rbac)); err != nil {
		return err
	}
	doctor, err = plugin.Install(ctx, cluster, cluster.Dir)
	return err
}

func tearDown() error { return cluster.Stop() }
