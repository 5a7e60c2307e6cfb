# make demo              a mesh of two machines on this one: an agent with documents and a tool, its model on the node, one question that needs all of it
# make demo PLUGIN=echo-llm   the same without downloading anything, and without documents and tool
# make test              the whole test suite
# make build             the programs, optimised, in .build/release
# make sizes             how large the programs are after strip, and what fills them; fails where ICU is in one
# make fuzz              fuzzes what reads foreign bytes, each target for SECONDS (60)
# make sanitize          the unit tests under AddressSanitizer and ThreadSanitizer; TESTS names others
# make again FAULT=F1    the test that brings back one fault of docs/faults.md
# make bounds            writes docs/bounds.md anew, from the bounds in the code
# make bench             the data plane, and the way from HTTP to the plugin, beside other programs, about 35 minutes
# make allocations       how often a call allocates memory, in debug builds as in CI: fails where that exceeds its budget
# make bench-router      the router in simulation: a short run must give Benchmarks/router/golden.csv, byte by byte
# make bench-live        unequal and frozen machines: hosts, nodes and plugins as processes on loopback, about 10 minutes
# make compat            today's programs with those of an earlier commit, which are built into .build-compat the first time
# make prove             clients of other people against the HTTP front, and docs/openapi.yaml held against it, about 10 minutes; writes docs/clients.md
# make soak              client and server under load for SECONDS (600): memory and descriptors must not grow
PLUGIN ?= smollm

.PHONY: demo test again build sizes allocations bench bench-router bench-live bounds fuzz sanitize compat soak prove

demo:
	@deploy/demo $(PLUGIN)

test:
	@.ci/test

again:
	@Tests/again $(FAULT)

build:
	@deploy/prerequisites swift build
	@deploy/release

sizes:
	@deploy/prerequisites swift build
	@deploy/sizes

allocations:
	@Benchmarks/allocations/run

bench:
	@Benchmarks/run
	@Benchmarks/allocations/run --release

bench-router:
	@Benchmarks/router/run --check

bench-live:
	@Benchmarks/live/run

bounds:
	@HECTOR_WRITE_BOUNDS=1 swift test --filter LimitsTests.BoundsPageTests

fuzz: SECONDS ?= 60
fuzz:
	@SECONDS_EACH=$(SECONDS) Tests/FuzzTests/run

sanitize:
	@Tests/sanitize

compat:
	@Tests/compat/build
	@swift test $(HECTOR_BUILD_FLAGS) --filter CompatibilityTests

prove:
	@Tests/prove/run
	@Tests/prove/api

soak: SECONDS ?= 600
soak:
	@swift build $(HECTOR_BUILD_FLAGS) --product rpc-soak
	@.build/debug/rpc-soak $(SECONDS)
