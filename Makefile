# libzinit_client: build, test, install. `make help` says what there is.

# The version is that of Cargo.toml, the number in the library's name that of the code.
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)
ABI_VERSION := $(shell sed -n 's/^pub const ZINIT_ABI_VERSION: i32 = \([0-9]*\);$$/\1/p' src/ffi/version.rs)

PREFIX ?= /usr/local
# Those that follow may be relative, too: then they are below PREFIX.
BINDIR ?= bin
LIBDIR ?= lib
INCLUDEDIR ?= include
MANDIR ?= share/man
DATADIR ?= share
BASHCOMPDIR ?= share/bash-completion/completions
ZSHCOMPDIR ?= share/zsh/site-functions
FISHCOMPDIR ?= share/fish/vendor_completions.d
DESTDIR ?=
below_prefix = $(if $(filter /%,$(firstword $1)),$1,$(PREFIX)/$1)
override BINDIR := $(call below_prefix,$(BINDIR))
override LIBDIR := $(call below_prefix,$(LIBDIR))
override INCLUDEDIR := $(call below_prefix,$(INCLUDEDIR))
override MANDIR := $(call below_prefix,$(MANDIR))
override DATADIR := $(call below_prefix,$(DATADIR))
override BASHCOMPDIR := $(call below_prefix,$(BASHCOMPDIR))
override ZSHCOMPDIR := $(call below_prefix,$(ZSHCOMPDIR))
override FISHCOMPDIR := $(call below_prefix,$(FISHCOMPDIR))

# What to build for, in Rust's words; this machine, if nothing is said. cargo always hears it: its own settings
# (CARGO_BUILD_TARGET, build.target) would put the libraries elsewhere.
ifndef TARGET
TARGET := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
endif
IS_MUSL = $(findstring musl,$(TARGET))
ifeq ($(origin CC),default)
CC = $(if $(and $(IS_MUSL),$(shell command -v musl-gcc)),musl-gcc,cc)
endif
CFLAGS ?= -O2
C_DIALECT = -std=c99 -Wall -Wextra -Wpedantic -Werror
OBJCOPY ?= objcopy
CARGO ?= cargo
# Where zinitctl looks for the library besides the system's own directories. Empty for none.
RPATH ?= $$ORIGIN/$(shell realpath -ms --relative-to='$(BINDIR)' '$(LIBDIR)')
# What a program needs beside libzinit_client.a, of what rustc --print native-static-libs says: the compiler itself
# adds its unwinder, the one that fits -static or not; musl has all in its libc.
PRIVATE_LIBS = $(if $(IS_MUSL),,-lutil -lrt -lpthread -lm -ldl)

BUILD = build
ifneq ($(words $(BUILD)),1)
$(error BUILD is '$(BUILD)': give a directory without a space in its path, for make takes a space for the end of a name)
endif
# An own target directory: another build of the same crate would overwrite the optimised libraries.
PRODUCTS = $(BUILD)/library/$(TARGET)
LIBRARY = $(PRODUCTS)/release
# Cargo's usual one, for what is not shipped.
CARGO_DIRECTORY := $(or $(CARGO_TARGET_DIR),target)
# Rust makes no shared libraries for a target whose programs are linked statically, as most do for musl.
SHARED := $(if $(shell rustc --print cfg --target '$(TARGET)' 2>/dev/null | grep crt-static),,$(LIBRARY)/libzinit_client.so)
# Of Rust, with all names of its standard library; and what is made of it.
ARCHIVE = $(LIBRARY)/libzinit_client.a
STATIC = $(LIBRARY)/static/libzinit_client.a
HEADER = include/zinit.h
ZINITCTL := $(wildcard zinitctl/*.[ch])
SOURCES := $(shell find Cargo.toml Cargo.lock build.rs cbindgen.toml src -type f 2>/dev/null)
MAN_PAGES := $(wildcard docs/man/*.[1-8])
# Section 3 of the manual is written from the header.
MAN3_PAGES = LC_ALL=C awk -f docs/man/section3.awk
INSTALL = install
# Takes the symbol table out of the installed library, a fifth of it. `STRIP=true` leaves it there.
STRIP ?= strip
LDCONFIG ?= ldconfig
STAGE = $(BUILD)/stage
SUITES ?=
# Of the soak: how many operations, and the seed of an earlier run.
COUNT ?=
SEED ?=
# Of the fuzz targets: for how long each tries new inputs.
SECONDS ?= 60

.PHONY: help build docs testbed testbed-release stage test soak mutations reliability demo bench fuzz size lint accept-abi install deb dist node-package static-library install-python uninstall clean check-tools

help: ## print this text
	@echo 'libzinit_client $(VERSION)'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16 | sed 's/^/  make /'
	@echo
	@echo 'Variables: PREFIX=$(PREFIX) LIBDIR=$(LIBDIR) DESTDIR= CC=$(CC) CFLAGS="$(CFLAGS)"'
	@echo 'ZINIT_BIN=/path/to/zinit make test: run the tests against a real zinit; they pass on 0.2.7 to 0.2.14 and 0.2.28'

build: $(SHARED) $(STATIC) $(PRODUCTS)/zinitctl $(PRODUCTS)/zinit-client.pc $(PRODUCTS)/man3 ## build the libraries, the header and zinitctl

# Both libraries in one go, and not the Rust one: only so are they optimised as a whole. One rule for two files needs a
# make that many machines do not have.
$(if $(SHARED),$(ARCHIVE): $(SHARED) ;)
$(or $(SHARED),$(ARCHIVE)): $(SOURCES)
	@tests/need-tools $(CARGO) rustc $(CC)
	$(CARGO) rustc --lib --release --locked --crate-type $(if $(SHARED),cdylib$(comma))staticlib --target $(TARGET) --target-dir '$(BUILD)/library'
	@touch -c '$(ARCHIVE)' '$(SHARED)'

# One object that has no global names but the functions of the header, so that a second Rust library can stand beside it.
# They are hidden: a shared object that contains this library does not export them. On musl it has an unwinder of its
# own, because gcc's is made for glibc.
UNWINDER = $(if $(IS_MUSL),$(shell rustc --print sysroot)/lib/rustlib/$(TARGET)/lib/self-contained/libunwind.a)
$(STATIC): $(ARCHIVE) Makefile
	@tests/need-tools $(LD) $(OBJCOPY) $(AR)
	@rm -rf '$(@D)' && mkdir -p '$(@D)'
	@grep -v '^ \*' $(HEADER) | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '(' > '$(@D)/names'
	@sed 's/.*/.globl &\n.hidden &/; $$a .section .note.GNU-stack,"",%progbits' '$(@D)/names' > '$(@D)/hidden.s'
	@sed 's/^/-u /' '$(@D)/names' > '$(@D)/roots'
	@$(CC) $(ASFLAGS) -c -o '$(@D)/hidden.o' '$(@D)/hidden.s'
	$(LD) -r --force-group-allocation --gc-sections '@$(@D)/roots' -o '$(@D)/zinit_client.o' '$(@D)/hidden.o' '$(ARCHIVE)' $(UNWINDER)
	@$(OBJCOPY) --strip-debug --keep-global-symbols='$(@D)/names' '$(@D)/zinit_client.o'
	@$(AR) rcs '$@' '$(@D)/zinit_client.o'

# Linked again where it shall look elsewhere for the library.
$(PRODUCTS)/rpath: always
	@mkdir -p '$(@D)'
	@echo '$(RPATH)' | cmp -s - '$@' || echo '$(RPATH)' > '$@'

$(PRODUCTS)/zinitctl: $(ZINITCTL) $(or $(SHARED),$(STATIC)) $(PRODUCTS)/rpath
	@tests/need-tools $(CC)
	$(CC) $(C_DIALECT) $(CPPFLAGS) $(CFLAGS) -Iinclude -o '$@' $(filter %.c,$(ZINITCTL)) $(LDFLAGS) \
	    $(if $(SHARED),-L'$(LIBRARY)' -lzinit_client $(if $(RPATH),-Wl$(comma)-rpath$(comma)'$(RPATH)'),-static '$(STATIC)' $(PRIVATE_LIBS))

comma := ,
.PHONY: always

# For the build of the Python package: where it is, and what a program with it needs.
static-library: $(STATIC)
	@echo '$(STATIC)' $(PRIVATE_LIBS)

# Written anew each time: it depends on PREFIX and LIBDIR.
$(PRODUCTS)/zinit-client.pc: zinit-client.pc.in always
	@mkdir -p '$(@D)'
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@PRIVATE_LIBS@|$(PRIVATE_LIBS)|' \
	    -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	    -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' $< > '$@'

# Behind the libraries, whose build writes the header.
$(PRODUCTS)/man3: $(or $(SHARED),$(ARCHIVE)) always
	@tests/need-tools awk
	@rm -rf '$@' && mkdir -p '$@'
	@$(MAN3_PAGES) -v directory='$@' -v date="$$(sed -n 's/^\.Dd //p' docs/man/zinitctl.1)" $(HEADER)

docs: ## render the manual and the header as one site, into build/docs
	@tests/need-tools doxygen awk
	docs/doxygen/render.sh '$(BUILD)/docs' '$(VERSION)'

install: build ## install under DESTDIR, PREFIX (/usr/local), LIBDIR
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCLUDEDIR)'
	$(if $(SHARED),$(install_shared))
	$(INSTALL) -m 644 '$(STATIC)' '$(DESTDIR)$(LIBDIR)/libzinit_client.a'
	$(INSTALL) -m 644 '$(PRODUCTS)/zinit-client.pc' '$(DESTDIR)$(LIBDIR)/pkgconfig/zinit-client.pc'
	$(INSTALL) -m 644 $(HEADER) '$(DESTDIR)$(INCLUDEDIR)/zinit.h'
	$(INSTALL) -D -m 644 include/zinit_cdef.h '$(DESTDIR)$(DATADIR)/zinit-client/zinit_cdef.h'
	$(INSTALL) -m 755 '$(PRODUCTS)/zinitctl' '$(DESTDIR)$(BINDIR)/zinitctl'
	$(INSTALL) -D -m 644 zinitctl/completion/zinitctl.bash '$(DESTDIR)$(BASHCOMPDIR)/zinitctl'
	$(INSTALL) -D -m 644 zinitctl/completion/_zinitctl '$(DESTDIR)$(ZSHCOMPDIR)/_zinitctl'
	$(INSTALL) -D -m 644 zinitctl/completion/zinitctl.fish '$(DESTDIR)$(FISHCOMPDIR)/zinitctl.fish'
	$(INSTALL) -D -m 644 docs/zinitctl.schema.json '$(DESTDIR)$(DATADIR)/zinitctl/zinitctl.schema.json'
	$(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(page) '$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))'$(newline))
	$(INSTALL) -d '$(DESTDIR)$(MANDIR)/man3'
	$(INSTALL) -m 644 '$(PRODUCTS)/man3'/*.3 '$(DESTDIR)$(MANDIR)/man3'
	@$(if $(DESTDIR),,$(if $(SHARED),$(tell_loader)))

# The system's loader reads a cache, which ldconfig writes, and only of the directories that it knows.
define tell_loader
PATH="$$PATH:/sbin:/usr/sbin"; $(LDCONFIG) 2>/dev/null; \
	$(LDCONFIG) -p | grep -qF '=> $(LIBDIR)/libzinit_client.so.$(ABI_VERSION)' || \
	    echo "Programs do not find the library yet. As root, run 'ldconfig $(LIBDIR)', or add the directory to /etc/ld.so.conf; or set LD_LIBRARY_PATH=$(LIBDIR)."
endef

define install_shared
$(INSTALL) -s --strip-program='$(STRIP)' -m 755 '$(SHARED)' '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(VERSION)'
	ln -sf libzinit_client.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(ABI_VERSION)'
	ln -sf libzinit_client.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libzinit_client.so'
endef

# One command a man page.
define newline


endef

# For the Python that is named; without PREFIX, where that one installs: in its virtual environment, if it has one.
PYTHON ?= python3
install-python: $(STATIC) ## install the Python package for PYTHON (python3); under DESTDIR and PREFIX, if given
	'$(PYTHON)' -m pip install $(if $(DESTDIR),--ignore-installed --root '$(DESTDIR)') \
	    $(if $(filter file,$(origin PREFIX)),,--prefix '$(PREFIX)') ./bindings/python

# The tools of a rustup are in the home of its user, which a package's build does not see.
deb: ## build the Debian packages, into the directory above
	@tests/need-tools $(CARGO) rustc $(CC) dpkg-buildpackage dh
	CARGO_HOME="$${CARGO_HOME:-$$HOME/.cargo}" RUSTUP_HOME="$${RUSTUP_HOME:-$$HOME/.rustup}" dpkg-buildpackage -us -uc -b -d

dist: ## check a release, make its tarball, and run the tests in it (SUITES="..."; TAG=1 sets the tags)
	@tests/release $(if $(TAG),--tag) test $(if $(SUITES),SUITES='$(SUITES)')

# With the add-on inside, which its users then need not build.
node-package: $(STATIC) ## pack the package for Node.js, into this directory
	@tests/need-tools node npm node-headers $(CC)
	cd bindings/node && node build.js --output "prebuilds/linux-$$(node -p process.arch)/zinit_client.node"
	npm pack --silent ./bindings/node; status=$$?; rm -r bindings/node/prebuilds; exit $$status

uninstall: ## remove what install has put there, given the same variables
	rm -f '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(VERSION)' '$(DESTDIR)$(LIBDIR)/libzinit_client.so.$(ABI_VERSION)' \
	    '$(DESTDIR)$(LIBDIR)/libzinit_client.so' '$(DESTDIR)$(LIBDIR)/libzinit_client.a' \
	    '$(DESTDIR)$(LIBDIR)/pkgconfig/zinit-client.pc' '$(DESTDIR)$(INCLUDEDIR)/zinit.h' '$(DESTDIR)$(BINDIR)/zinitctl' \
	    '$(DESTDIR)$(DATADIR)/zinit-client/zinit_cdef.h' '$(DESTDIR)$(DATADIR)/zinitctl/zinitctl.schema.json' \
	    '$(DESTDIR)$(BASHCOMPDIR)/zinitctl' \
	    '$(DESTDIR)$(ZSHCOMPDIR)/_zinitctl' '$(DESTDIR)$(FISHCOMPDIR)/zinitctl.fish' \
	    $(foreach page,$(MAN_PAGES),'$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))')
	$(MAN3_PAGES) -v names=1 $(HEADER) | while read -r page; do rm -f '$(DESTDIR)$(MANDIR)/man3/'"$$page"; done
	@rmdir '$(DESTDIR)$(DATADIR)/zinit-client' '$(DESTDIR)$(DATADIR)/zinitctl' 2>/dev/null || :

# An installed tree inside the build directory, for the demo and the tests; with symbols, for valgrind.
stage:
	@rm -rf '$(STAGE)'
	@$(MAKE) --silent --no-print-directory install DESTDIR='$(abspath $(STAGE))' STRIP=true PREFIX=/usr/local \
	    BINDIR=bin LIBDIR=lib INCLUDEDIR=include MANDIR=share/man DATADIR=share \
	    BASHCOMPDIR=share/bash-completion/completions ZSHCOMPDIR=share/zsh/site-functions \
	    FISHCOMPDIR=share/fish/vendor_completions.d

# Where cargo says that it has put a program.
executables = sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
testbed: ## build the daemons that the tests and the demo run against
	@tests/need-tools $(CARGO) rustc $(CC)
	@mkdir -p '$(BUILD)'
	$(CARGO) build -p zinit-testbed --locked --message-format json-render-diagnostics --target-dir '$(CARGO_DIRECTORY)' > '$(BUILD)/testbed.json'
	@$(executables) '$(BUILD)/testbed.json' | while read -r program; do ln -sf "$$program" '$(BUILD)'; done

testbed-release:
	@tests/need-tools $(CARGO) rustc $(CC)
	@mkdir -p '$(BUILD)'
	$(CARGO) build -p zinit-testbed --bin zinit-testbed --release --locked --message-format json-render-diagnostics --target-dir '$(CARGO_DIRECTORY)' > '$(BUILD)/testbed.json'
	@$(executables) '$(BUILD)/testbed.json' | while read -r program; do ln -sf "$$program" '$(BUILD)/zinit-testbed-release'; done

test: ## run every test suite, or some: make test SUITES="zinitctl symbols"
	@tests/need-tools $(CARGO) rustc $(CC)
	@tests/run $(SUITES)

soak: testbed ## hold the answers to 20000 random calls against /proc, for ten minutes (COUNT=n, SEED=n)
	ZINIT_TESTBED='$(abspath $(BUILD))/zinit-testbed' COUNT=$(COUNT) SEED=$(SEED) \
	    $(CARGO) test --test soak -- --nocapture --test-threads=1

mutations: testbed ## plant faults in the library, in a copy, and see that a test catches each
	@tests/need-tools $(CARGO) rustc $(CC)
	@tests/mutations/run

reliability: stage testbed ## run all that attacks the library, for an hour or more, and write docs/reliability.md
	@tests/need-tools $(CARGO) rustc $(CC)
	@tests/reliability/record

demo: ## build everything, and take a service through its whole life
	@tests/need-tools $(CARGO) rustc $(CC)
	@$(MAKE) --no-print-directory stage testbed
	@examples-c/demo.sh $(STAGE)/usr/local/bin/zinitctl $(BUILD)/zinit-testbed

lint: ## check the format and the style of all sources
	@tests/run --no-build rust-format rust-clippy shell

# cargo writes the header on the way.
accept-abi: ## take the interface as it is now for the one that is intended, unless it breaks a release
	@tests/need-tools $(CARGO) rustc
	$(CARGO) check --quiet --locked
	tests/abi/check --accept

bench: stage testbed-release ## measure calls beside a C program that makes the bare system calls
	benches/run

fuzz: testbed ## try 20000 mutated service files, then give each fuzz target SECONDS (60)
	ZINIT_TESTBED='$(abspath $(BUILD))/zinit-testbed' ZINIT_FILES=20000 $(CARGO) test --test service_file_properties -- --nocapture
	@tests/need-tools $(CARGO) rustc $(CC) g++ rust-asan
	fuzz/run build
	ZINIT_TESTBED='$(abspath $(BUILD))/zinit-testbed' fuzz/run search $(SECONDS)

size: $(SHARED) ## print the size of the library and the crates in it
	benches/size '$(SHARED)'

check-tools: ## name what is missing to build and to test, and how to install it
	@tests/run --check-tools

clean: ## remove all that was built
	rm -rf '$(BUILD)' bindings/node/build
	$(CARGO) clean
