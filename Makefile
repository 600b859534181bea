# weir. `make help` explains each target.
CC      ?= cc
VARIANT ?= release
SAN     ?=
B       := build/$(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(VARIANT))
comma   := ,
Q       := $(if $(V),,@)
PKGS    := ncursesw libcares libpcre2-8 zlib libbrotlidec libbrotlienc libzstd libutf8proc jansson
TESTPKGS := cmocka vterm
WARN    := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wvla -Werror
OPT     := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -Iinclude -Isrc -I/usr/share/include/llhttp $(shell pkg-config --cflags $(PKGS) $(TESTPKGS)) $(WARN) $(OPT) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -U_FORTIFY_SOURCE) $(CFLAGS)
LIBS    := $(shell pkg-config --libs libcares libpcre2-8 zlib libbrotlidec libbrotlienc libzstd libutf8proc jansson) -lm
UILIBS  := $(shell pkg-config --libs ncursesw)
LDALL   = -pie $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
CORE    := $(wildcard $(addprefix src/,base/*.c io/*.c http/*.c body/*.c flow/*.c filter/*.c rule/*.c file/*.c proxy/*.c app/*.c))
UI      := $(wildcard src/ui/*.c)
OBJ      = $(patsubst src/%.c,$(B)/%.o,$(CORE)) $(B)/llhttp/llhttp.o $(B)/llhttp/http.o $(B)/llhttp/api.o
UIOBJ    = $(patsubst src/%.c,$(B)/%.o,$(UI))
UNIT    := $(wildcard tests/unit/test_*.c)

all: build/weir
build/weir: $(B)/weir ; $(Q)cp -f $< $@
$(B)/weir: $(B)/main.o $(B)/libweirui.a $(B)/libweir.a ; $(Q)$(CC) $(LDALL) -o $@ $^ $(LIBS) $(UILIBS)
$(B)/libweir.a: $(OBJ) ; $(Q)rm -f $@; ar rcs $@ $^
$(B)/libweirui.a: $(UIOBJ) ; $(Q)rm -f $@; ar rcs $@ $^
$(B)/llhttp/%.o: /usr/share/llhttp/%.c ; $(Q)mkdir -p $(@D); $(CC) -O2 -g -fPIE -DLLHTTP_STRICT_MODE=1 -I/usr/share/include/llhttp $(if $(SAN),-fsanitize=$(SAN)) -c -o $@ $<
$(B)/%.o: src/%.c ; $(Q)mkdir -p $(@D); $(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
# one program for each unit test file; a test of the screen links libweirui too
$(B)/unit/ui_%: tests/unit/test_ui_%.c $(B)/libweirui.a $(B)/libweir.a ; $(Q)mkdir -p $(@D); $(CC) $(CFLAGS_ALL) -Itests/lib -MMD -MP -MF $@.d $(LDALL) -o $@ $^ -lcmocka $(LIBS) $(UILIBS)
$(B)/unit/%: tests/unit/test_%.c $(B)/libweir.a ; $(Q)mkdir -p $(@D); $(CC) $(CFLAGS_ALL) -Itests/lib -MMD -MP -MF $@.d $(LDALL) -o $@ $^ -lcmocka $(LIBS)
unit: $(patsubst tests/unit/test_%.c,$(B)/unit/%,$(UNIT)) ; $(Q)for t in $^; do $$t || exit 1; done
-include $(shell find build -name '*.d' 2>/dev/null)
clean: ; rm -rf build
.PHONY: all unit clean
