# Glasswatch. Two commands matter: `make demo` runs the product, `make test` runs every test.
# Both install what they need on a Debian machine with Go, gcc, g++ and make.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/glasswatch/glasswatch/internal/cli.version=$(VERSION)
ONCE    ?=

.PHONY: all build demo test lint race bench fuzz deps-node clean

all: build

build: bin/glasswatch

# The go command knows what changed; it is asked every time.
.PHONY: bin/glasswatch
bin/glasswatch: deps-cgo
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/glasswatch

demo: build
	./bin/glasswatch demo $(if $(ONCE),--once)

test: deps-cgo deps-node lint
	$(GO) test ./...

# The pinned linter is built once; go keeps what it built.
.PHONY: golangci-lint
golangci-lint:
	@cd tools && $(GO) build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

lint: deps-cgo golangci-lint
	@fmt=$$(gofmt -l cmd internal kql content bench e2e); [ -z "$$fmt" ] || { echo "gofmt: $$fmt"; exit 1; }
	./bin/golangci-lint run --timeout 20m ./...

race: deps-cgo
	$(GO) test -race ./...

bench: deps-cgo
	$(GO) test -run '^$$' -bench . ./internal/... ./kql/... ./bench/...

# Every fuzz test for a while. What one finds is written into its testdata/fuzz, where the tests run it again.
FUZZTIME ?= 5m
fuzz: deps-cgo
	@for dir in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal kql | xargs -n 1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z]+' $$dir/*_test.go | cut -d ' ' -f 2); do \
	    $(GO) test ./$$dir -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done; \
	done

# cgo needs a C and a C++ compiler: DuckDB is linked in.
.PHONY: deps-cgo
deps-cgo:
	@command -v gcc >/dev/null && command -v g++ >/dev/null || \
	  { echo "installing gcc and g++"; apt-get update -qq && apt-get install -y -qq gcc g++; }

# Node is only for the tests with the official Azure clients; without it they are skipped and say so.
deps-node:
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm; }
	@if [ -f e2e/azure/package.json ]; then cd e2e/azure && [ -d node_modules ] || npm ci --silent --no-audit --no-fund; fi

clean:
	rm -rf bin dist
