# `make help` says what there is. Go and make are enough for build, install,
# demo and test; the rest builds what it needs itself (docs/development.md).

BIN     := bin/kubectl-authz_doctor
GO      ?= go
# VERSION=v1.2.3 is what `version` prints; without it, what Go knows of the source.
VERSION ?=
BUILD   := -trimpath $(if $(VERSION),-buildvcs=false )-ldflags '-s -w$(if $(VERSION), -X github.com/authz-doctor/kubectl-authz_doctor/cmd.version=$(VERSION))'
# The evaluator decides who is let in: at least this much of it is tested.
COVERED := 95

# A workspace that happens to lie above is not part of this.
export GOWORK = off

.DEFAULT_GOAL := help
.PHONY: help build install demo test lint lab e2e bench clean audit notices race

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1	/p' Makefile

build: ## the plugin, stripped, into bin/
	CGO_ENABLED=0 $(GO) build $(BUILD) -o $(BIN) .

install: ## the plugin into $GOBIN, where kubectl finds it if that is on the PATH
	CGO_ENABLED=0 $(GO) install $(BUILD) .

demo: build ## the plugin on the bundled clusters; needs no cluster
	@sh examples/demo.sh $(BIN)

# What is random is tried often without the race detector, which makes it ten times as
# slow, and with it (-short) less often. The race detector needs cgo and a C compiler on most systems, and there are
# systems without one. Building something with it is the only sure question.
test: ## everything that needs only Go
	$(GO) vet ./...
	cd test && $(GO) vet ./...
	$(GO) mod tidy -diff
	cd test && $(GO) mod tidy -diff
	@$(GO) test -cover ./diagnose/authz | awk -v least=$(COVERED) \
		'{ print } /^FAIL/ { failed = 1 } match($$0, /coverage: [0-9.]+%/) { got = substr($$0, RSTART + 10, RLENGTH - 11) } \
		END { if (failed) exit 1; if (got + 0 < least) { print "diagnose/authz: " got + 0 "% of the statements are covered, want " least "%"; exit 1 } }'
	$(GO) test ./tui ./diagnose/matrix ./diagnose/logs -run '^(TestRandomEvents|TestRandom|TestConstantMemory)$$'
	@race='-race -short'; \
	if ! $(GO) test -race -run '^$$' errors >/dev/null 2>&1; then \
		race=; echo 'note: no race detector here (it needs cgo and a C compiler); testing without it'; \
	fi; \
	echo $(GO) test $$race -shuffle=on ./...; \
	$(GO) test $$race -shuffle=on ./... && \
	cd test && $(GO) test $$race -short -shuffle=on $$($(GO) list ./... | grep -v -e '/test/e2e$$' -e '/test/released$$')

lint: ## golangci-lint on both modules; builds it the first time
	@linter=$$(cd test && $(GO) run ./lab/cmd/lab linter) && \
	echo "golangci-lint run ./..." && "$$linter" run ./... && \
	cd test && echo "cd test && golangci-lint run ./..." && "$$linter" run --config ../.golangci.yml ./...

# Licences need no network, the database of vulnerabilities does (docs/development.md).
audit: ## the licences of what is linked, and its known vulnerabilities
	cd test && $(GO) test ./audit && $(GO) run ./audit

notices: ## write THIRD-PARTY-NOTICES, after a change of go.mod
	cd test && $(GO) run ./audit -write

lab: ## a real control plane to play with, until Ctrl-C; builds it the first time
	@cd test && exec $(GO) run ./lab/cmd/lab

# The programs are built before, for go test's clock runs in TestMain too.
e2e: ## the installed plugin against the lab, and what krew makes of its package
	cd test && $(GO) run ./lab/cmd/lab build
	cd test && $(GO) test -count=1 -timeout=30m ./e2e/...
	cd test && $(GO) run ./lab/cmd/lab krew
	cd test && $(GO) test -count=1 -timeout=30m ./released

race: ## the plugin with the race detector against the lab: all that can go wrong, and the screen
	cd test && $(GO) run ./lab/cmd/lab build
	cd test && AUTHZ_DOCTOR_RACE=1 $(GO) test -race -count=1 -timeout=30m ./e2e -run 'Trouble|Audit|Clock|TUI|Fix|Snapshot|Ways'

bench: ## measure, and write docs/benchmarks.md
	cd test && $(GO) run ./lab/cmd/lab build
	cd test && $(GO) run ./bench -peers -o ../docs/benchmarks.md

clean: ## remove bin/ and dist/; the cache of the lab stays
	rm -rf bin dist

.PHONY: package release-check release image

# PLATFORM=linux/arm64 packages only that one. VERSION must be like v1.2.3.
package: ## archives for krew, their sums and the manifest into dist/
	$(GO) run ./krew package $(if $(VERSION),-version $(VERSION)) $(if $(PLATFORM),-platform $(PLATFORM))

release-check: ## a release as goreleaser makes it, unpublished; it must be that of `make package`
	cd test && $(GO) run ./release check

# Only the release workflow does this: it has the right to publish and to sign.
release: ## publish the release of the tag that is checked out
	cd test && $(GO) run ./release publish

# KO_DOCKER_REPO=ghcr.io/me/authz-doctor is where to. KO_FLAGS=--local is a Docker here instead.
image: ## the container image for Jobs, built and pushed by ko
	@ko=$$(cd test && $(GO) run ./lab/cmd/lab ko) && \
	VERSION=$(or $(VERSION),v0.0.0-dev) "$$ko" build --bare --platform=linux/amd64,linux/arm64 \
		--tags=$(or $(VERSION),v0.0.0-dev) $(KO_FLAGS) .

.PHONY: bench-authz bench-growth fuzz mutants

bench-authz: ## measure only the evaluator, and write its part of docs/benchmarks.md
	cd test && $(GO) run ./bench -evaluator -o ../docs/benchmarks.md

bench-growth: ## measure how a matrix grows, and write docs/growth.md and its picture
	cd test && $(GO) run ./bench -growth -o ../docs/growth.md

# FUZZTIME=1m is how long each target runs, FUZZ=diagnose/cluster only those below a
# directory. What is found is kept in testdata/fuzz, what was tried in Go's cache.
FUZZTIME ?= 10m
FUZZ     ?= .
FUZZFLAGS ?=

fuzz: ## every fuzz target for FUZZTIME, 10 minutes
	@for dir in $$(find $(FUZZ) -path ./test -prune -o -name '*_test.go' -exec grep -l '^func Fuzz' {} + | xargs -n1 dirname | sort -u); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go); do \
			echo "$(GO) test ./$${dir#./} -run '^$$' -fuzz '^$$target\$$' -fuzztime $(FUZZTIME) $(FUZZFLAGS)"; \
			$(GO) test ./$${dir#./} -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $(FUZZFLAGS) || exit 1; \
		done; \
	done

# MUTATE="field.go lookup.go" are files to do again; the others only if they changed.
mutants: ## break diagnose/authz in a thousand ways, and write docs/mutants.md; takes an hour
	cd test && $(GO) run ./mutants -o ../docs/mutants.md $(MUTATE)

.PHONY: conformance conformance-full

conformance: ## the evaluator against a real Envoy, the way of a request against a real istiod
	cd test/conformance && $(GO) test ./...
	cd test/conformance && $(GO) run .

conformance-full: ## the same with many more requests, and write docs/conformance.md
	cd test/conformance && $(GO) run . -full -write

.PHONY: html-check

# Not part of .ci/run: it needs node, and Chromium, without which it says so and is content.
html-check: build ## the HTML report in a real Chromium, light and dark, wide and narrow, with axe
	node test/html/check.cjs $(BIN)

.PHONY: shots

shots: build ## pictures of the terminal interface into docs/tui; needs tmux
	cd test && $(GO) run ./shots
