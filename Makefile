# logpipe: one non-recursive Makefile.
#
#   make                 build the tools into build/
#   make demo            build, then run the main job on real log lines
#   make check           build and run every test; MODE=asan or MODE=tsan for sanitizers
#   make lint            clang-format, clang-tidy, shellcheck, mandoc
#   make bench           measure against the peers; results in bench/RESULTS.md
#   make install DESTDIR= PREFIX=/usr/local
#   make deps            install what is missing (Debian 12); silent when nothing is
#
# V=1 shows commands. MODE=asan|tsan builds into its own folder.

VERSION := 0.1.0
PREFIX  ?= /usr/local
CXX     ?= g++
MODE    ?= release
BUILD   ?= build/$(MODE)

ifeq ($(origin CXX),default)
CXX := g++
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# ---- flags
WARNINGS  := -Wall -Wextra -Wshadow -Wnon-virtual-dtor
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CPPFLAGS_ALL := -Ilibcommon -I. -DLOGPIPE_VERSION='"$(VERSION)"' $(CPPFLAGS)
CXXFLAGS_ALL := -std=c++20 $(WARNINGS) $(HARDENING) -g -MMD -MP
LDFLAGS_ALL  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

ifeq ($(MODE),release)
CPPFLAGS_ALL += -D_FORTIFY_SOURCE=2
CXXFLAGS_ALL += -O2
else ifeq ($(MODE),asan)
CXXFLAGS_ALL += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS_ALL  += -fsanitize=address,undefined
else ifeq ($(MODE),tsan)
CXXFLAGS_ALL += -O1 -fsanitize=thread
LDFLAGS_ALL  += -fsanitize=thread
else
$(error MODE is release, asan or tsan, not $(MODE))
endif
CXXFLAGS_ALL += $(CXXFLAGS)
LDFLAGS_ALL  += $(LDFLAGS)

# ---- what is built from what
TOOLS := logcat logbuf logsend

LIB_SRC     := $(wildcard libcommon/*/*.cc)
LIB_OBJ     := $(LIB_SRC:%.cc=$(BUILD)/%.o)
LIB         := $(BUILD)/libcommon.a
tool_src     = $(wildcard tools/$(1)/*.cc tools/$(1)/*/*.cc)
tool_obj     = $(patsubst %.cc,$(BUILD)/%.o,$(call tool_src,$(1)))
LIBS         := -lev
LIBS_logcat  := -lz -lzstd
LIBS_logbuf  := -llmdb
LIBS_logsend :=

# Unit tests link the library and the tools' own parts, all but their mains.
UNIT_SRC := $(wildcard tests/unit/*.cc)
UNIT_OBJ := $(UNIT_SRC:%.cc=$(BUILD)/%.o)
PART_OBJ := $(foreach t,$(TOOLS),$(filter-out %/main.o,$(call tool_obj,$(t))))

.PHONY: all deps demo check unit lint bench install clean format
all: $(TOOLS:%=$(BUILD)/%)

define tool_rule
$(BUILD)/$(1): $(call tool_obj,$(1)) $(LIB)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(CXXFLAGS_ALL) $$^ $$(LDFLAGS_ALL) $$(LIBS_$(1)) $$(LIBS) -o $$@
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/unit-tests: $(UNIT_OBJ) $(PART_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_ALL) $^ $(LDFLAGS_ALL) $(foreach t,$(TOOLS),$(LIBS_$(t))) $(LIBS) -o $@

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(CXXFLAGS_ALL) -c $< -o $@

unit: $(BUILD)/unit-tests
	$(Q)$<

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(foreach t,$(TOOLS),$(patsubst %.o,%.d,$(call tool_obj,$(t))))
