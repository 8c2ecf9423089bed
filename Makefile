# The one interface to everything that is built, checked or shown here. `make` alone lists it.

CARGO       ?= cargo
PYTHON      ?= python3
GO          ?= go
TOOLS       := target/tools
MOTO        := tests/support/moto
CARGO_DENY  := 0.20.2

# The demo takes the CLI that is there, or builds OpenTofu; PROVIDER=... shows another binary.
DEMO_CLI   ?= $(or $(shell command -v terraform),$(shell command -v tofu),$(TOOLS)/tofu)
DEMO_BUILD := $(if $(PROVIDER),,build)
PROVIDER   ?= $(or $(CARGO_TARGET_DIR),target)/release/terraform-provider-ssmsession

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help advisories build check clean demo deny docs e2e fleet fmt fmt-check lint test test-faults throttled tools \
	transitions unit

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the provider for use: target/release/terraform-provider-ssmsession
	$(CARGO) build --release --locked

demo: $(TOOLS)/venv/.ready $(filter $(TOOLS)/tofu,$(DEMO_CLI)) $(DEMO_BUILD) ## Show plan, apply, drift, repair and destroy on an AWS that runs on this machine
	@$(TOOLS)/venv/bin/python demo/demo.py --cli $(DEMO_CLI) --provider $(PROVIDER)

test: tools ## All tests: unit, part, protocol and end-to-end on both CLIs
	$(CARGO) test --locked

unit: ## The tests that need no tool but Rust: unit, part and protocol
	$(CARGO) test --locked --lib --bins --test protocol --test tidy

e2e: tools ## The end-to-end tests alone, on Terraform and OpenTofu
	$(CARGO) test --locked --test e2e

test-faults: tools ## Every call meets every fault, not a tenth of them as in `test`; prints the table
	SSMSESSION_FAULTS=all $(CARGO) test --locked --test e2e faults -- --nocapture

transitions: tools ## Every change that moves or retires a part; leaves the table in target/transitions.txt
	$(CARGO) test --locked --test e2e transitions

fleet: tools ## 300 setups in 100 accounts from one block, on both CLIs: calls, time, memory
	SSMSESSION_FLEET=1 $(CARGO) test --locked --test e2e fleet -- --nocapture --test-threads 1

throttled: tools ## 20 setups where AWS takes 5 calls a second: no failure, at most twice the ideal time
	SSMSESSION_THROTTLED=1 $(CARGO) test --locked --test e2e throttled -- --nocapture --test-threads 1

check: fmt-check lint test deny ## Everything that a change must pass

docs: ## Write docs/ from schemas, examples and templates; the tests check that it was done
	UPDATE_DOCS=1 $(CARGO) test --locked --test tidy docs_say_what_the_schemas_say

fmt: ## Format the source
	$(CARGO) fmt

fmt-check: ## Is the source formatted?
	$(CARGO) fmt --check

lint: ## Lints, warnings are errors
	$(CARGO) clippy --locked --all-targets -- -D warnings

deny: $(TOOLS)/bin/cargo-deny ## Licences, banned crates and sources of all dependencies
	$(TOOLS)/bin/cargo-deny --locked check bans licenses sources

advisories: $(TOOLS)/bin/cargo-deny ## Known vulnerabilities of all dependencies; needs their database from the net
	$(TOOLS)/bin/cargo-deny --locked check advisories

tools: $(TOOLS)/venv/.ready $(TOOLS)/tofu ## What the end-to-end tests need: moto in a venv, OpenTofu

clean: ## Remove what was built, the tools too
	rm -rf target

# moto and boto3 with everything they need, pinned.
$(TOOLS)/venv/.ready: $(MOTO)/requirements.txt
	$(PYTHON) -m venv $(TOOLS)/venv
	$(TOOLS)/venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# OpenTofu from its own source through the Go module proxy. Its version is a "dev" one unless the
# linker is told otherwise.
$(TOOLS)/tofu: tools/opentofu/go.mod tools/opentofu/go.sum
	mkdir -p $(TOOLS)
	cd tools/opentofu && $(GO) build -trimpath -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
		-o $(CURDIR)/$@ github.com/opentofu/opentofu/cmd/tofu

$(TOOLS)/bin/cargo-deny:
	$(CARGO) install --locked --quiet --root $(TOOLS) --version $(CARGO_DENY) cargo-deny
