# weir. `make help` explains each target.
#
# Two passes: the first installs the Debian packages that are missing (a new machine has not even pkg-config), the
# second, with INNER=1, asks pkg-config and builds. Objects of different variants never meet: each has its own
# folder, and within it everything is built anew when the compiler or a flag changes.

CC      ?= cc
VARIANT ?= release
SAN     ?=
V       ?=
DEPS    ?= yes
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX  ?= /usr/local
DESTDIR ?=
ARGS    ?=
ONLY    ?=
FUZZ_SECONDS ?= 60
Q       := $(if $(V),,@)
.DEFAULT_GOAL := all

ifneq ($(INNER),1)
# ---- first pass: what is missing -------------------------------------------------------------------------------

.NOTPARALLEL:
inner   = +$(Q)$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) INNER=1
install_packages = $(if $(filter no,$(DEPS)),,$(Q)GOAL=$@ sh .ci/deps.sh $(1))

all debug unit install: ; $(call install_packages,run $(if $(filter unit,$@),test))
	$(inner) $(if $(filter debug,$@),VARIANT=debug) $@
run: ; $(call install_packages,run)
	$(inner) all
	$(Q)exec build/weir $(ARGS)
test tests: ; $(call install_packages,run test)
	$(inner) tests
	$(inner) run-tests
lint: ; $(call install_packages,run test lint)
	$(inner) lint
bench: ; $(call install_packages,run bench)
	$(inner) bench
fuzz: ; $(call install_packages,run test fuzz)
	$(inner) VARIANT=fuzz CC=clang fuzz
screenshots: ; $(call install_packages,run shots)
	$(inner) screenshots
man: ; $(call install_packages,run)
	$(inner) man
format: ; $(call install_packages,lint)
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')
deps:       ; $(Q)sh .ci/deps.sh run test
deps-run:   ; $(Q)sh .ci/deps.sh run
deps-test:  ; $(Q)sh .ci/deps.sh test
deps-lint:  ; $(Q)sh .ci/deps.sh lint
deps-bench: ; $(Q)sh .ci/deps.sh bench
clean:      ; $(Q)rm -rf build
# Any single file: make build/release/libweir.a
build/%: always ; $(inner) $@
always:
print-cflags: ; $(inner) print-cflags
help:       ; $(Q)cat .ci/help.txt

.PHONY: all debug unit install run test tests lint bench fuzz screenshots man format deps deps-run deps-test deps-lint deps-bench clean \
        print-cflags help always

else
# ---- second pass: building -------------------------------------------------------------------------------------

comma   := ,
variant := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(VARIANT))
B       := build/$(variant)
pc       = $(shell pkg-config $(1))

# llhttp: the system's own where pkg-config knows it, else the C sources of Debian 12's node-llhttp.
LLHTTP_SRC := $(if $(call pc,--exists libllhttp && echo yes),,/usr/share/llhttp)
PKGS    := libssl libcrypto libcares libpcre2-8 zlib libbrotlidec libbrotlienc libzstd libutf8proc yaml-0.1 libpsl $(if $(LLHTTP_SRC),,libllhttp)

# Previews of images: a form whose library is not there is refused in words.
PICTURES := $(foreach lib,png jpeg webp,$(if $(call pc,--exists lib$(lib) && echo yes),$(lib)))
PICTURES += $(shell printf '\#include <stdio.h>\n\#include <gif_lib.h>' | $(CC) -E - >/dev/null 2>&1 && echo gif)
PICTURE_FLAGS := $(if $(filter png,$(PICTURES)),-DWEIR_PNG) $(if $(filter jpeg,$(PICTURES)),-DWEIR_JPEG) \
                 $(if $(filter webp,$(PICTURES)),-DWEIR_WEBP) $(if $(filter gif,$(PICTURES)),-DWEIR_GIF) \
                 $(call pc,--cflags $(patsubst %,lib%,$(filter-out gif,$(PICTURES))))

WARN    := -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-align -Wstrict-prototypes -Wmissing-prototypes \
           -Wold-style-definition -Wmissing-declarations -Wredundant-decls -Wnested-externs -Winit-self -Wwrite-strings \
           -Wformat=2 -Wundef -Wvla -Wunused-macros -Wdouble-promotion -Werror
# A cut snprintf() is safe, and whether gcc sees one changes with the optimisation.
WARN    += $(if $(findstring clang,$(shell $(CC) --version)),,-Wno-format-truncation)
X86     := $(filter x86_64% i686%,$(shell $(CC) -dumpmachine))
HARDEN  := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection $(if $(X86),-fcf-protection)
OPT_release := -O2 -g $(HARDEN)
OPT_debug   := -O0 -g3 -fno-omit-frame-pointer
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
OPT_san     := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=undefined
OPT     := $(if $(SAN),$(OPT_san),$(or $(OPT_$(VARIANT)),$(OPT_release)))
LINK_SAN := $(if $(SAN),-fsanitize=$(SAN),$(if $(filter fuzz,$(VARIANT)),-fsanitize=address$(comma)undefined))

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -Iinclude -Isrc $(if $(LLHTTP_SRC),-isystem /usr/share/include/llhttp) \
              $(call pc,--cflags $(PKGS) ncursesw vterm) $(WARN) $(OPT) -fPIE $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LINK_SAN) $(LDFLAGS)
LIBS    := $(call pc,--libs $(PKGS) $(patsubst %,lib%,$(filter-out gif,$(PICTURES)))) $(if $(filter gif,$(PICTURES)),-lgif) -lm
UI_LIBS := $(call pc,--libs ncursesw vterm)
TEST_LIBS := -lcmocka -lvterm -lutil $(call pc,--libs jansson)

CORE    := $(wildcard $(foreach d,base io http body tls flow filter rule file proxy app,src/$(d)/*.c))
CORE_O  := $(CORE:%.c=$(B)/%.o) $(if $(LLHTTP_SRC),$(B)/llhttp/llhttp.o $(B)/llhttp/http.o $(B)/llhttp/api.o)
UI_O    := $(patsubst %.c,$(B)/%.o,$(wildcard src/ui/*.c))
TLIB_O  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lib/*.c))
# tests/<tier>/test_*.c are test programs; anything else in tests/tui and tests/e2e is a program that a test starts.
TESTS   := $(foreach d,unit wire screen e2e tui,$(patsubst %.c,$(B)/%,$(wildcard tests/$(d)/test_*.c)))
BESIDE  := $(patsubst %.c,$(B)/%,$(filter-out $(wildcard tests/*/test_*.c),$(wildcard tests/tui/*.c tests/e2e/*.c)))
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(addsuffix .replay,$(FUZZERS))
BENCH_SRC := $(wildcard tests/bench/*.c)
chosen   = $(if $(ONLY),$(foreach t,$(1),$(if $(findstring $(ONLY),$(t)),$(t))),$(1))
PROGRAMS := $(TESTS) $(BESIDE)

all: build/weir
debug: $(B)/weir ; $(Q)echo "$(B)/weir"

build/weir: $(B)/weir ; $(Q)cp -f $< $@.new && mv -f $@.new $@

# Whatever would change an object changes this file: the compiler, its version, every flag.
$(B)/flags: always
	$(Q)mkdir -p $(@D); { $(CC) --version | head -n 1; echo '$(CC) $(ALL_CFLAGS)'; echo '$(ALL_LDFLAGS) $(LIBS)'; } >$@.new; \
	cmp -s $@.new $@ && rm -f $@.new || mv -f $@.new $@

say      = $(if $(V),,@echo "  $(1) $(patsubst $(B)/%,%,$@)";)
# Rows of binding tables leave out what they do not need.
$(B)/src/ui/%.o: ALL_CFLAGS += -Wno-missing-field-initializers
$(B)/src/body/picture_%.o: ALL_CFLAGS += $(PICTURE_FLAGS)
$(B)/%.o: %.c $(B)/flags
	$(call say,CC  )mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(if $(filter tests/%,$<),-Itests/lib) -MMD -MP -c -o $@ $<
$(B)/llhttp/%.o: $(LLHTTP_SRC)/%.c $(B)/flags
	$(call say,CC  )mkdir -p $(@D) && $(CC) -O2 -g -fPIE -DLLHTTP_STRICT_MODE=1 -I/usr/share/include/llhttp $(HARDEN) $(LINK_SAN) -c -o $@ $<
# Archives are made anew, so that a source file that went away leaves nothing behind; the list of members is a prerequisite.
members  = $(Q)mkdir -p $(@D); echo '$(1)' >$@.new; cmp -s $@.new $@ && rm -f $@.new || mv -f $@.new $@
$(B)/libweir.list: always ; $(call members,$(CORE_O))
$(B)/libweirui.list: always ; $(call members,$(UI_O))
$(B)/libtest.list: always ; $(call members,$(TLIB_O))
archive  = $(call say,AR  )rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
$(B)/libweir.a: $(CORE_O) $(B)/libweir.list ; $(archive)
$(B)/libweirui.a: $(UI_O) $(B)/libweirui.list ; $(archive)
$(B)/libtest.a: $(TLIB_O) $(B)/libtest.list ; $(archive)
link     = $(call say,LD  )$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
$(B)/weir: $(B)/src/main.o $(B)/libweirui.a $(B)/libweir.a ; $(link) $(LIBS) $(UI_LIBS)

# Tests below ui/ link the core alone.
low_tests := $(filter-out $(B)/tests/unit/test_ui_%,$(filter $(B)/tests/unit/% $(B)/tests/wire/% $(B)/tests/e2e/%,$(PROGRAMS)))
ui_tests  := $(filter-out $(low_tests),$(PROGRAMS))
$(low_tests): %: %.o $(B)/libtest.a $(B)/libweir.a ; $(link) $(TEST_LIBS) $(LIBS)
$(ui_tests): %: %.o $(B)/libtest.a $(B)/libweirui.a $(B)/libweir.a ; $(link) $(TEST_LIBS) $(LIBS) $(UI_LIBS)
$(B)/tests/run: $(B)/tests/run.o ; $(link)
$(REPLAYS): %.replay: %.o $(B)/tests/fuzz/replay.o $(B)/libtest.a $(B)/libweirui.a $(B)/libweir.a ; $(link) $(TEST_LIBS) $(LIBS) $(UI_LIBS)
$(FUZZERS): %: %.o $(B)/libtest.a $(B)/libweirui.a $(B)/libweir.a ; $(link) -fsanitize=fuzzer $(TEST_LIBS) $(LIBS) $(UI_LIBS)

tests: $(B)/weir $(call chosen,$(TESTS) $(REPLAYS)) $(BESIDE) $(B)/tests/run
# The runner makes a home, a temporary folder and a log for each program; slow builds get more time.
run-tests:
	$(Q)ASAN_OPTIONS=$${ASAN_OPTIONS:-detect_leaks=1:halt_on_error=1:abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1} \
	UBSAN_OPTIONS=$${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1} \
	WEIR=$(CURDIR)/$(B)/weir WEIR_TESTS=$(CURDIR)/$(B)/tests \
	$(B)/tests/run -o $(B)/tests -j $(or $(TEST_JOBS),2) -t $(if $(SAN),300,120) $(if $(ONLY),-m '$(ONLY)') \
	$(foreach t,e2e tui wire screen,$(filter $(B)/tests/$(t)/%,$(TESTS))) $(REPLAYS) $(filter $(B)/tests/unit/%,$(TESTS))
unit: $(filter $(B)/tests/unit/%,$(TESTS)) $(B)/tests/run
	$(Q)$(B)/tests/run -o $(B)/tests $(if $(ONLY),-m '$(ONLY)') $(filter $(B)/tests/unit/%,$(TESTS))

fuzz: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do name=$${f##*/fuzz_}; work=build/fuzz/corpus/$$name; seeds=tests/fuzz/corpus/$$name; \
	mkdir -p $$work $$seeds; echo "== $$name, $(FUZZ_SECONDS) s"; \
	$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
	-artifact_prefix=build/fuzz/$$name- $$work $$seeds || exit 1; done

# Options, keys, commands and filter words of the manual pages and doc/keys.md come from tables; `make lint` fails when they differ.
$(B)/src/man: $(B)/src/man.o $(B)/libweirui.a $(B)/libweir.a ; $(link) $(LIBS) $(UI_LIBS)
man: $(B)/src/man
	$(Q)$< doc/weir.1 >doc/weir.1.new && mv -f doc/weir.1.new doc/weir.1
	$(Q)$< doc/weir-filter.7 >doc/weir-filter.7.new && mv -f doc/weir-filter.7.new doc/weir-filter.7
	$(Q)$< doc/weir-rules.5 >doc/weir-rules.5.new && mv -f doc/weir-rules.5.new doc/weir-rules.5
	$(Q)$< keys >doc/keys.md.new && mv -f doc/keys.md.new doc/keys.md

lint: $(B)/libweir.a $(B)/src/man
	$(Q)CC='$(CC)' B='$(B)' JOBS='$(JOBS)' LINT_CFLAGS='$(filter-out -f% -Wl%,$(ALL_CFLAGS)) -Wno-missing-field-initializers' sh tests/lint/run.sh

$(B)/tests/bench/bench: $(BENCH_SRC:%.c=$(B)/%.o) $(B)/tests/lib/certs.o ; $(link) -lutil $(call pc,--libs libssl libcrypto)
bench: build/weir $(B)/tests/bench/bench
	$(Q)WEIR=build/weir $(B)/tests/bench/bench $(ARGS)

# The program, with a clock, names and addresses of the script's own linked in front of it.
STAGED  := clock_mono clock_wall address_text address_host proxy_listen_as resolver_ask \
           process_ask RAND_bytes SSL_new certificate_fingerprint authority_path
$(B)/tests/shots/weir: $(B)/src/main.o $(B)/tests/shots/stage.o $(B)/libweirui.a $(B)/libweir.a
	$(link) $(STAGED:%=-Wl,--wrap=%) $(LIBS) $(UI_LIBS)
$(B)/tests/shots/certificates: $(B)/tests/shots/certificates.o $(B)/tests/lib/certs.o
	$(link) $(LIBS)
screenshots: $(B)/tests/shots/weir $(B)/tests/shots/certificates
	$(Q)python3 -B tests/shots/shots.py $(B)/tests/shots screenshots $(ARGS)

install: build/weir
	$(Q)install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/man/man5' \
	  '$(DESTDIR)$(PREFIX)/share/man/man7'
	$(Q)install -m 755 build/weir '$(DESTDIR)$(PREFIX)/bin/weir'
	$(Q)install -m 644 doc/weir.1 '$(DESTDIR)$(PREFIX)/share/man/man1/weir.1'
	$(Q)install -m 644 doc/weir-rules.5 '$(DESTDIR)$(PREFIX)/share/man/man5/weir-rules.5'
	$(Q)install -m 644 doc/weir-filter.7 '$(DESTDIR)$(PREFIX)/share/man/man7/weir-filter.7'

print-cflags: ; @echo '$(filter-out -f% -Wl%,$(ALL_CFLAGS))'

always:
.PHONY: all debug tests run-tests unit fuzz man lint bench screenshots install print-cflags always
.SECONDARY:
.DELETE_ON_ERROR:
-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
endif
