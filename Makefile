# The one interface to everything that is built, checked or shown here. `make` alone lists it.

CARGO       ?= cargo
PYTHON      ?= python3
GO          ?= go
TOOLS       := $(CURDIR)/target/tools
MOTO        := tests/support/moto
CARGO_DENY  := 0.20.2

# The CLIs that the end-to-end tests run. Without Terraform (TERRAFORM= leaves it out) everything runs on OpenTofu, and
# the last lines of the targets say what did not run.
TERRAFORM   ?= $(shell command -v terraform)
TOFU        ?= $(TOOLS)/tofu
override TERRAFORM := $(abspath $(TERRAFORM))
override TOFU := $(abspath $(TOFU))
export TERRAFORM TOFU

# FILTER=words runs only the tests whose names contain one of the words.
FILTER      ?=

# What the names of the tests on Terraform contain.
ON_TERRAFORM := on_terraform terraform_plans_applies
SKIP        := $(if $(TERRAFORM),,$(ON_TERRAFORM:%=--skip %))

# The demo takes the CLI that is there, or builds OpenTofu; PROVIDER=... shows another binary.
DEMO_CLI   ?= $(or $(TERRAFORM),$(shell command -v tofu),$(TOFU))
DEMO_BUILD := $(if $(PROVIDER),,build)
PROVIDER   ?= $(or $(CARGO_TARGET_DIR),target)/release/terraform-provider-ssmsession

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help advisories build check clean demo deny docs e2e fleet fmt fmt-check lint not-run test test-faults throttling \
	tools transitions unit

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the provider for use: target/release/terraform-provider-ssmsession
	$(CARGO) build --release --locked

demo: $(TOOLS)/venv/.ready $(filter $(TOFU),$(DEMO_CLI)) $(DEMO_BUILD) ## Show plan, apply, drift, repair and destroy on an AWS that runs on this machine
	@$(TOOLS)/venv/bin/python demo/demo.py --cli $(DEMO_CLI) --provider $(PROVIDER)

test: tools ## All tests: unit, part, protocol and end-to-end on both CLIs; FILTER=words for some of them
	$(CARGO) test --locked --workspace -- $(FILTER) $(SKIP)
	@$(NOT_RUN)

unit: ## The tests that need no tool but Rust: unit, part and protocol
	$(CARGO) test --locked --workspace --lib --bins --test protocol --test conformance --test tidy -- $(FILTER)

e2e: tools ## The end-to-end tests alone, on Terraform and OpenTofu; FILTER=words for some of them
	$(CARGO) test --locked --test e2e -- $(FILTER) $(SKIP)
	@$(NOT_RUN)

not-run: ## What `make test` leaves out on this machine, and how to have it run
	@$(NOT_RUN)

test-faults: tools ## Every call meets every fault, not a tenth of them as in `test`; prints the table
	SSMSESSION_FAULTS=all $(CARGO) test --locked --test e2e faults -- --nocapture

transitions: tools ## Every change that moves or retires a part; leaves the table in target/transitions.txt
	$(CARGO) test --locked --test e2e transitions -- $(SKIP)
	@$(NOT_RUN)

fleet: tools ## 300 setups in 100 accounts from one block, on both CLIs: calls, time, memory
	SSMSESSION_FLEET=1 $(CARGO) test --locked --test e2e fleet -- $(SKIP) --nocapture --test-threads 1
	@$(NOT_RUN)

throttling: tools ## 20 setups where AWS takes 5 calls a second: no failure, at most twice the ideal time
	SSMSESSION_THROTTLED=1 $(CARGO) test --locked --test e2e throttling -- $(SKIP) --nocapture --test-threads 1
	@$(NOT_RUN)

check: fmt-check lint test deny ## Everything that a change must pass

docs: ## Write docs/ from schemas, examples and templates; the tests check that it was done
	UPDATE_DOCS=1 $(CARGO) test --locked --test tidy docs_say_what_the_schemas_say

fmt: ## Format the source
	$(CARGO) fmt --all

fmt-check: ## Is the source formatted?
	$(CARGO) fmt --all --check

lint: ## Lints, warnings are errors
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

deny: $(TOOLS)/bin/cargo-deny ## Licences, banned crates and sources of all dependencies
	$(TOOLS)/bin/cargo-deny --locked --workspace check bans licenses sources

advisories: $(TOOLS)/bin/cargo-deny ## Known vulnerabilities of all dependencies; needs their database from the net
	$(TOOLS)/bin/cargo-deny --locked --workspace check advisories

tools: $(TOOLS)/venv/.ready $(TOFU) ## What the end-to-end tests need: moto in a venv, OpenTofu

clean: ## Remove what was built, the tools too
	rm -rf target

# Names the tests that are left out where Terraform is missing. Counts them in the whole suite.
define NOT_RUN
if [ -z "$(TERRAFORM)" ]; then \
	count=$$($(CARGO) test --quiet --locked --workspace --test e2e --test hosts -- --list \
		| grep ': test$$' | grep -c $(ON_TERRAFORM:%=-e %)); \
	echo; \
	echo "Not run: $$count tests on Terraform, because terraform is not on the PATH. Each of them, and every other test,"; \
	echo "runs on OpenTofu. To run them on Terraform as well, install it as https://developer.hashicorp.com/terraform/install"; \
	echo "says, or name its path: make test TERRAFORM=/path/to/terraform"; \
fi
endef

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
		-o $@ github.com/opentofu/opentofu/cmd/tofu

$(TOOLS)/bin/cargo-deny:
	$(CARGO) install --locked --quiet --root $(TOOLS) --version $(CARGO_DENY) cargo-deny
