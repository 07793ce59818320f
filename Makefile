# libzinit_client: build, test, install. `make help` says what there is.

# The version is that of Cargo.toml, the number in the library's name that of the code.
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)
ABI_VERSION := $(shell sed -n 's/^pub const ZINIT_ABI_VERSION: i32 = \([0-9]*\);$$/\1/p' src/ffi/version.rs)

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DESTDIR ?=

CC ?= cc
CFLAGS ?= -O2
C_DIALECT = -std=c99 -Wall -Wextra -Wpedantic -Werror
# Where zinitctl looks for the library besides the system's own directories. Empty for none.
RPATH ?= $$ORIGIN/../lib
CARGO ?= cargo
# What a program needs beside libzinit_client.a: rustc --print native-static-libs.
PRIVATE_LIBS = -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc

BUILD = build
# An own target directory: another build of the same crate would overwrite the optimised libraries.
LIBRARY = $(BUILD)/library/release
# Cargo's usual one, for what is not shipped.
TARGET := $(or $(CARGO_TARGET_DIR),target)
SHARED = $(LIBRARY)/libzinit_client.so
STATIC = $(LIBRARY)/libzinit_client.a
HEADER = include/zinit.h
ZINITCTL := $(wildcard zinitctl/*.[ch])
SOURCES := $(shell find Cargo.toml Cargo.lock build.rs cbindgen.toml src -type f 2>/dev/null)
MAN_PAGES := $(wildcard docs/man/*.[1-8])
INSTALL = install
# Takes the symbol table out of the installed library, a fifth of it. `STRIP=true` leaves it there.
STRIP ?= strip
STAGE = $(BUILD)/stage
SUITES ?=
# Of the soak: how many operations, and the seed of an earlier run.
COUNT ?=
SEED ?=

.PHONY: help build testbed testbed-release stage test soak demo bench fuzz size lint install uninstall clean check-tools

help: ## print this text
	@echo 'libzinit_client $(VERSION)'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16 | sed 's/^/  make /'
	@echo
	@echo 'Variables: PREFIX=$(PREFIX) LIBDIR=$(LIBDIR) DESTDIR= CC=$(CC) CFLAGS="$(CFLAGS)"'
	@echo 'ZINIT_BIN=/path/to/zinit make test: run the tests against a real zinit; they pass on 0.2.7 to 0.2.14 and 0.2.28'

build: $(BUILD)/zinitctl $(BUILD)/zinit-client.pc ## build the libraries, the header and zinitctl

# Both libraries in one go, and not the Rust one: only so are they optimised as a whole.
$(SHARED) $(STATIC) &: $(SOURCES)
	@tests/need-tools $(CARGO) rustc $(CC)
	$(CARGO) rustc --lib --release --crate-type cdylib,staticlib --target-dir $(BUILD)/library
	@touch $(SHARED) $(STATIC)

$(BUILD)/zinitctl: $(ZINITCTL) $(SHARED)
	@tests/need-tools $(CC)
	$(CC) $(C_DIALECT) $(CPPFLAGS) $(CFLAGS) -Iinclude -o $@ $(filter %.c,$(ZINITCTL)) $(LDFLAGS) -L$(LIBRARY) -lzinit_client $(if $(RPATH),-Wl$(comma)-rpath$(comma)'$(RPATH)')

comma := ,

# Written anew each time: it depends on PREFIX and LIBDIR.
.PHONY: $(BUILD)/zinit-client.pc
$(BUILD)/zinit-client.pc: zinit-client.pc.in
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@PRIVATE_LIBS@|$(PRIVATE_LIBS)|' \
	    -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	    -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' $< > $@

install: build ## install under DESTDIR, PREFIX (/usr/local), LIBDIR
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCLUDEDIR)'
	$(INSTALL) -s --strip-program='$(STRIP)' -m 755 $(SHARED) '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(VERSION)'
	ln -sf libzinit_client.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(ABI_VERSION)'
	ln -sf libzinit_client.so.$(ABI_VERSION) '$(DESTDIR)$(LIBDIR)/libzinit_client.so'
	$(INSTALL) -m 644 $(STATIC) '$(DESTDIR)$(LIBDIR)/libzinit_client.a'
	$(INSTALL) -m 644 $(BUILD)/zinit-client.pc '$(DESTDIR)$(LIBDIR)/pkgconfig/zinit-client.pc'
	$(INSTALL) -m 644 $(HEADER) '$(DESTDIR)$(INCLUDEDIR)/zinit.h'
	$(INSTALL) -m 755 $(BUILD)/zinitctl '$(DESTDIR)$(BINDIR)/zinitctl'
	$(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(page) '$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))'$(newline))

# One command a man page.
define newline


endef

uninstall: ## remove what install has put there, given the same variables
	rm -f '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(VERSION)' '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(ABI_VERSION)' \
	    '$(DESTDIR)$(LIBDIR)/libzinit_client.so' '$(DESTDIR)$(LIBDIR)/libzinit_client.a' \
	    '$(DESTDIR)$(LIBDIR)/pkgconfig/zinit-client.pc' '$(DESTDIR)$(INCLUDEDIR)/zinit.h' '$(DESTDIR)$(BINDIR)/zinitctl' \
	    $(foreach page,$(MAN_PAGES),'$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))')

# An installed tree inside the build directory, for the demo and the tests; with symbols, for valgrind.
stage:
	@rm -rf $(STAGE)
	@$(MAKE) --silent --no-print-directory install DESTDIR='$(CURDIR)/$(STAGE)' STRIP=true PREFIX=/usr/local \
	    BINDIR=/usr/local/bin LIBDIR=/usr/local/lib INCLUDEDIR=/usr/local/include MANDIR=/usr/local/share/man

testbed: ## build the daemons that the tests and the demo run against
	@tests/need-tools $(CARGO) rustc $(CC)
	$(CARGO) build -p zinit-testbed --target-dir $(TARGET)
	@mkdir -p $(BUILD)
	@ln -sf '$(abspath $(TARGET))/debug/zinit-testbed' '$(abspath $(TARGET))/debug/zinit-scripted' $(BUILD)

testbed-release:
	@tests/need-tools $(CARGO) rustc $(CC)
	$(CARGO) build -p zinit-testbed --target-dir $(TARGET) --release
	@mkdir -p $(BUILD)
	@ln -sf '$(abspath $(TARGET))/release/zinit-testbed' $(BUILD)/zinit-testbed-release

test: ## run every test suite, or some: make test SUITES="zinitctl symbols"
	@tests/need-tools $(CARGO) rustc $(CC)
	@tests/run $(SUITES)

soak: testbed ## hold the answers to 20000 random calls against /proc, for ten minutes (COUNT=n, SEED=n)
	ZINIT_TESTBED='$(CURDIR)/$(BUILD)/zinit-testbed' COUNT=$(COUNT) SEED=$(SEED) \
	    $(CARGO) test --test soak -- --nocapture --test-threads=1

demo: ## build everything, and take a service through its whole life
	@tests/need-tools $(CARGO) rustc $(CC)
	@$(MAKE) --no-print-directory stage testbed
	@examples-c/demo.sh $(STAGE)/usr/local/bin/zinitctl $(BUILD)/zinit-testbed

lint: ## check the format and the style of all sources
	@tests/run --no-build rust-format rust-clippy shell

bench: stage testbed-release ## measure calls beside a C program that makes the bare system calls
	benches/run

fuzz: testbed ## try 20000 mutated service files, then random bytes for minutes (needs nightly Rust and cargo-fuzz)
	ZINIT_TESTBED='$(CURDIR)/$(BUILD)/zinit-testbed' ZINIT_FILES=20000 $(CARGO) test --test service_file_properties -- --nocapture
	@tests/need-tools $(CARGO) cargo-fuzz
	for target in $$($(CARGO) fuzz list); do $(CARGO) +nightly fuzz run $$target -- -max_total_time=60 -max_len=4096 || exit 1; done

size: $(SHARED) ## print the size of the library and the crates in it
	benches/size $(SHARED)

check-tools: ## name what is missing to build and to test, and how to install it
	@tests/run --check-tools

clean: ## remove all that was built
	rm -rf $(BUILD)
	$(CARGO) clean
