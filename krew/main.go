package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: krew package [-version VERSION] [-platform OS/ARCH,…] [-o DIR], or krew manifest -version VERSION [-dir DIR]")

func run(ctx context.Context, args []string, log io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "package":
		return runPackage(ctx, args[1:], log)
	case "manifest":
		return runManifest(args[1:], log)
	}
	return errUsage
}

// undecided is the version of what is packaged to be tried, not to be published.
const undecided = "v0.0.0-dev"

func runPackage(ctx context.Context, args []string, log io.Writer) error {
	flags := flag.NewFlagSet("krew package", flag.ContinueOnError)
	version := flags.String("version", undecided, "the `VERSION`, as it is tagged: v1.2.3")
	words := flags.String("platform", "", "only these platforms, as `OS/ARCH,…`")
	out := flags.String("o", "dist", "the `DIR` for archives, sums and manifest")
	if err := parse(flags, args, version); err != nil {
		return err
	}
	wanted, err := parsePlatforms(*words)
	if err != nil {
		return err
	}
	return packageFor(ctx, wanted, *version, *out, log)
}

func runManifest(args []string, log io.Writer) error {
	flags := flag.NewFlagSet("krew manifest", flag.ContinueOnError)
	version := flags.String("version", "", "the `VERSION`, as it is tagged: v1.2.3")
	dir := flags.String("dir", "dist", "the `DIR` with the archives of all platforms")
	if err := parse(flags, args, version); err != nil {
		return err
	}
	return manifestOf(*dir, *version, log)
}

// tag is a version that krew accepts: a semantic one with a v.
var tag = regexp.MustCompile(`^v(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

func parse(flags *flag.FlagSet, args []string, version *string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errUsage
	}
	if !tag.MatchString(*version) {
		return fmt.Errorf("-version %q: want one like v1.2.3", *version)
	}
	return nil
}
