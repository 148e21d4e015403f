# SPDX-License-Identifier: Apache-2.0
# The front door. Each verb installs what it needs first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
ROUNDS ?= 100
SECONDS ?= 30

.PHONY: help demo test release dev bench bench-full week crash model s3 interop lint format fuzz tsan clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

demo: release ## build the release, run the whole story on realistic input, leave the server running
	@build/release/bin/tarn demo

test: dev ## build with ASan and UBSan, pass every test
	@tools/bootstrap test
	ctest --preset dev -j $(JOBS)

release: ## the program, at build/release/bin/tarn
	@tools/bootstrap build
	@[ -e build/release/build.ninja ] || cmake --preset release > /dev/null
	@cmake --build --preset release -j $(JOBS)

dev: ## Debug build with ASan and UBSan in build/dev
	@tools/bootstrap build test
	@[ -e build/dev/build.ninja ] || cmake --preset dev > /dev/null
	@cmake --build --preset dev -j $(JOBS)

bench: release ## rows of the performance page beside their peers, short form
	@tools/bootstrap bench
	@tests/bench/run build/release/bin/tarn

bench-full: release ## the same, long form
	@tools/bootstrap bench
	@tests/bench/run --full build/release/bin/tarn

week: ## a simulated week at one commit a second, both formats and bronze, without sanitizers
	@tools/bootstrap build test
	@cmake --preset release -B build/week -DTARN_TESTS=ON > /dev/null && cmake --build build/week -j $(JOBS) --target tarn_upkeep_test
	build/week/bin/tarn_upkeep_test --gtest_also_run_disabled_tests --gtest_filter='*Simulated*ASecond*'

crash: release ## kill -9 rounds against a model: make crash ROUNDS=1000
	@tools/bootstrap test
	@tests/e2e/crash.py --tarn build/release/bin/tarn --rounds $(ROUNDS)

model: release ## random operations against a plain map: make model ROUNDS=1000 SEED=7
	@tools/bootstrap test
	@tests/e2e/model.py --tarn build/release/bin/tarn --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

s3: release ## every end-to-end test and crash round with the lake in a bucket: make s3 ROUNDS=100
	@tools/bootstrap test
	@cd tests/e2e && TARN_E2E_LAKE=s3 TARN_CRASH_ROUNDS=$(ROUNDS) TARN_BIN=$(CURDIR)/build/release/bin/tarn \
	  /usr/bin/python3 -B -m pytest -q -p no:cacheprovider \
	  crash_test.py endpoints_test.py ingest_test.py query_test.py restart_test.py s3_test.py silver_test.py transform_test.py transport_test.py

interop: release ## Spark and Trino on every feature of docs/interop.md, and their tables read by Tarn
	@tools/bootstrap test interop
	@cd tests/interop && TARN_BIN=$(CURDIR)/build/release/bin/tarn TARN_PROBE=$(CURDIR)/build/release/bin/table_probe \
	  /usr/bin/python3 -B -m pytest -q -p no:cacheprovider slow_matrix_test.py slow_foreign_test.py slow_shared_tables_test.py slow_jobs_test.py

lint: dev ## tools/tidy, clang-format and clang-tidy
	@tools/bootstrap lint
	@tools/tidy
	@tools/lint

format: ## lay out the sources with clang-format
	@tools/bootstrap lint
	@git ls-files 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' | xargs clang-format-19 -i

fuzz: ## run each fuzz target: make fuzz SECONDS=600
	@tools/bootstrap build lint
	@cmake --preset fuzz > /dev/null && cmake --build --preset fuzz -j $(JOBS)
	@tests/fuzz/run build/fuzz/bin/fuzz $(SECONDS)

tsan: ## tests under ThreadSanitizer
	@tools/bootstrap build test
	@cmake --preset tsan > /dev/null && cmake --build --preset tsan -j $(JOBS)
	ctest --preset tsan -j $(JOBS)

clean: ## remove build trees (caches stay)
	rm -rf build
