# logpipe: one non-recursive Makefile.
#
#   make                 build the tools into build/
#   make demo            build, then run the main job on real log lines
#   make check           build and run every test; MODE=asan or MODE=tsan for sanitizers
#   make check TESTS=tests/logcat.bats
#   make powercut STATES=1000    cut the power of a simulated disk so often; SEED=N, KEEP=DIR
#   make lint            clang-format, clang-tidy, both compilers' warnings, shellcheck, mandoc
#   make format          clang-format -i
#   make fuzz            run the fuzzers, FUZZ_SECONDS=60 each; what they find stays in build/fuzz
#   make bench           measure against the peers; results in bench/RESULTS.md
#   make install DESTDIR= PREFIX=/usr/local
#   make deps            install what is missing for all of these (Debian 12); silent when nothing is
#
# V=1 shows commands. JOIN=no compiles each file by itself. MODE=asan|tsan builds into its own folder. demo, check, lint and bench install
# what they lack by themselves (scripts/deps.sh); plain make and make install never do.

VERSION := 0.1.0
PREFIX  ?= /usr/local
CXX     ?= g++
MODE    ?= release
BUILD   ?= build/$(MODE)
# However it was written: what is built once remembers its headers by this name.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))

ifeq ($(origin CXX),default)
CXX := g++
endif
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# ---- flags
WARNINGS  := -Wall -Wextra -Wshadow -Wnon-virtual-dtor
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CPPFLAGS_ALL := -Ilibcommon -I. -DLOGPIPE_VERSION='"$(VERSION)"' $(CPPFLAGS)
CXXFLAGS_ALL := -std=c++20 $(WARNINGS) $(HARDENING) -MMD -MP
LDFLAGS_ALL  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

ifeq ($(MODE),release)
CXXFLAGS_ALL += -g1
OPTIMIZE     := -O2 -D_FORTIFY_SOURCE=2
# Half of the time in which a program starts goes to shared libraries, most of it to the symbols of C++.
LDFLAGS_ALL  += -static-libstdc++ -static-libgcc
static        = -l:lib$(1).a
else ifeq ($(MODE),asan)
OPTIMIZE     := -O1
CXXFLAGS_ALL += -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS_ALL  += -fsanitize=address,undefined
else ifeq ($(MODE),tsan)
OPTIMIZE     := -O1
CXXFLAGS_ALL += -g1 -fsanitize=thread
LDFLAGS_ALL  += -fsanitize=thread
else
$(error MODE is release, asan or tsan, not $(MODE))
endif
static       ?= -l$(1)
CXXFLAGS_ALL += $(CXXFLAGS)
LDFLAGS_ALL  += $(LDFLAGS)

# ---- what is built from what
TOOLS := logcat logbuf logsend logredis logtail

# The files of a folder are compiled as one, which halves the time that it takes, so names outside of classes are
# distinct in a folder (docs/decisions/0031). By themselves are compiled: codec, of which more is inlined then; verbs and
# endpoints, which are alike inside; and what must not see another file's names; with JOIN=no every file is, which is quicker after a change of one.
JOIN  ?= yes
APART := $(if $(filter yes,$(JOIN)),$(wildcard tools/*/main.cc tools/logbuf/*.cc tools/logredis/*.cc tools/*/endpoints/*.cc \
           tools/*/*/plugin.cc tools/*/*/endpoint.cc tools/*/no_plugin.cc) $(wildcard libcommon/codec/*.cc) \
           libcommon/net/acknowledgement.cc tools/logcat/http/otlp_json.cc libcommon/hub/page.cc,%)
joined = $(filter-out $(APART),$(1))
objects = $(patsubst %.cc,$(BUILD)/%.o,$(filter $(APART),$(1)) $(patsubst %,%joined.cc,$(sort $(dir $(joined)))))

LIB_SRC     := $(wildcard libcommon/*/*.cc libcommon/*/*/*.cc)
LIB_OBJ     := $(call objects,$(LIB_SRC))
LIB         := $(BUILD)/libcommon.a
# A tool with endpoints more, for libexec (libcommon/cli/plugin.h): tools/logsend/http makes logsend-http of logsend's objects,
# but for what says that there are none, and of its own.
PLUGIN_DIRS  := tools/logsend/http tools/logsend/postgresql tools/logsend/kafka tools/logcat/kafka
PLUGIN_SRC   := $(wildcard $(PLUGIN_DIRS:%=%/*.cc))
PLUGIN_OBJ   := $(call objects,$(PLUGIN_SRC))
plugin_tool  = $(word 2,$(subst /, ,$(1)))
plugin_name  = $(call plugin_tool,$(1))-$(notdir $(1))
PLUGINS      := $(foreach d,$(PLUGIN_DIRS),$(call plugin_name,$(d)))
# NAME=OTHER: the same program under another name.
PLUGIN_LINKS := logsend-https=logsend-http logsend-postgres=logsend-postgresql logsend-kafkas=logsend-kafka logcat-kafkas=logcat-kafka
link_name    = $(word 1,$(subst =, ,$(1)))
link_target  = $(word 2,$(subst =, ,$(1)))
tool_src     = $(filter-out $(PLUGIN_SRC),$(wildcard tools/$(1)/*.cc tools/$(1)/*/*.cc))
tool_obj     = $(call objects,$(call tool_src,$(1)))
LIBS         := -lev $(foreach l,re2 pcre2-8 maxminddb yaml,$(call static,$(l))) -lssl -lcrypto -lz -lzstd
LIBS_logcat  := $(call static,snappy)
LIBS_logbuf  := -llmdb -lxxhash
LIBS_logsend :=
LIBS_logredis := -lhiredis
LIBS_logtail :=
LIBS_logsend-http := -lcurl
LIBS_logsend-postgresql := -lpq
LIBS_logsend-kafka := -lrdkafka
LIBS_logcat-kafka := -lrdkafka

# The library for programs that log events: C, without anything of libcommon but its own folder.
MULOG_SO     := libmulog.so.0
MULOG_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard libcommon/mulog/*.c))
MULOG        := $(BUILD)/libmulog.a $(BUILD)/libmulog.so
MULOG_CFLAGS := -std=gnu11 $(filter-out -Wnon-virtual-dtor,$(WARNINGS)) $(filter-out -fPIE,$(HARDENING)) -fPIC -fvisibility=hidden \
                $(filter -g% -fno-omit% -fsanitize% -fno-sanitize%,$(CXXFLAGS_ALL)) -MMD -MP

LIBEXEC      := $(BUILD)/libexec/logpipe

# Unit tests link the library and the tools' own parts, all but their mains and what is said in one way by each plugin.
UNIT_SRC := $(wildcard tests/unit/*.cc)
UNIT_OBJ := $(UNIT_SRC:%.cc=$(BUILD)/%.o)
PART_OBJ := $(foreach t,$(TOOLS),$(filter-out %/main.o,$(call tool_obj,$(t)))) $(filter-out %/plugin.o,$(PLUGIN_OBJ))

.PHONY: all deps demo check powercut unit fuzz lint bench install install-mulog uninstall clean format
all: $(TOOLS:%=$(BUILD)/%) $(PLUGINS:%=$(LIBEXEC)/%) $(foreach l,$(PLUGIN_LINKS),$(LIBEXEC)/$(call link_name,$(l))) $(MULOG)

define tool_rule
$(BUILD)/$(1): $(call tool_obj,$(1)) $(LIB)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(CXXFLAGS_ALL) $$^ $$(LDFLAGS_ALL) $$(LIBS_$(1)) $$(LIBS) -o $$@
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

define plugin_rule
$(LIBEXEC)/$(call plugin_name,$(1)): $(filter-out %/no_plugin.o,$(call tool_obj,$(call plugin_tool,$(1)))) \
    $(call objects,$(wildcard $(1)/*.cc)) $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(CXXFLAGS_ALL) $$^ $$(LDFLAGS_ALL) $$(LIBS_$(call plugin_name,$(1))) $$(LIBS_$(call plugin_tool,$(1))) $$(LIBS) -o $$@
endef
$(foreach d,$(PLUGIN_DIRS),$(eval $(call plugin_rule,$(d))))

define plugin_link_rule
$(LIBEXEC)/$(call link_name,$(1)): $(LIBEXEC)/$(call link_target,$(1))
	$$(Q)ln -sf $(call link_target,$(1)) $$@
endef
$(foreach l,$(PLUGIN_LINKS),$(eval $(call plugin_link_rule,$(l))))

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar qcs $@ $^

$(BUILD)/libcommon/mulog/%.o: libcommon/mulog/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -Ilibcommon $(CPPFLAGS) $(MULOG_CFLAGS) $(OPTIMIZE) $(CFLAGS) -c $< -o $@

# It has the page in it as it is.
$(BUILD)/libcommon/hub/page.o: libcommon/hub/page.html

$(BUILD)/libmulog.a: $(MULOG_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar qcs $@ $^

# It stays where it is when a plug-in that uses it is unloaded, as a thread may have a ring yet.
$(BUILD)/libmulog.so: $(MULOG_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(MULOG_CFLAGS) -shared -Wl,-soname,$(MULOG_SO),-z,nodelete,-z,relro,-z,now,-z,noexecstack $(LDFLAGS) $^ -pthread -o $@
	$(Q)ln -sf libmulog.so $(BUILD)/$(MULOG_SO)

.PHONY: mulog-bench
mulog-bench: $(BUILD)/mulog-bench $(BUILD)/mulog-fill

# Beside spdlog where that is installed.
$(BUILD)/mulog-bench: bench/mulog_bench.cc $(BUILD)/libmulog.a
	$(call say,CXX,$@)
	$(Q)$(CXX) -std=c++20 -Ilibcommon/mulog $(WARNINGS) -g1 $(OPTIMIZE) $< $(BUILD)/libmulog.a \
	  $$(pkg-config --cflags --libs spdlog 2>/dev/null) -pthread -o $@

$(BUILD)/mulog-fill: bench/mulog_fill.c $(BUILD)/libmulog.a
	$(call say,CC,$@)
	$(Q)$(CC) -Ilibcommon/mulog $(MULOG_CFLAGS) $(OPTIMIZE) $< $(BUILD)/libmulog.a -pthread -o $@

$(BUILD)/unit-tests: $(UNIT_OBJ) $(PART_OBJ) $(LIB) $(BUILD)/libmulog.a
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS_ALL) $^ $(LDFLAGS_ALL) $(foreach t,$(TOOLS) $(PLUGINS),$(LIBS_$(t))) $(LIBS) -o $@

# What everything includes is compiled once; the tests, which nobody waits for, are not optimised.
$(UNIT_OBJ): OPTIMIZE := -O0
$(UNIT_OBJ): PCH := $(BUILD)/tests/unit/precompiled.h
$(UNIT_OBJ): $(BUILD)/tests/unit/precompiled.h.gch
$(LIB_OBJ) $(PLUGIN_OBJ) $(foreach t,$(TOOLS),$(call tool_obj,$(t))): $(BUILD)/libcommon/precompiled.h.gch
$(BUILD)/tests/unit/precompiled.h.gch: OPTIMIZE := -O0
PCH := $(BUILD)/libcommon/precompiled.h

$(BUILD)/%.h.gch: %.h
	@mkdir -p $(@D)
	$(call say,PCH,$<)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(CXXFLAGS_ALL) $(OPTIMIZE) -x c++-header -c $< -o $@

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(CXXFLAGS_ALL) $(OPTIMIZE) -include $(PCH) -MT $@ -c $< -o $@

define join_rule
$(BUILD)/$(1)joined.o: $(call joined,$(wildcard $(1)*.cc))
	@mkdir -p $$(@D)
	$$(call say,CXX,'$(1)*.cc')
	$$(Q)printf '#include "%s"\n' $(call joined,$(wildcard $(1)*.cc)) | $$(CXX) $$(CPPFLAGS_ALL) $$(CXXFLAGS_ALL) -Wno-subobject-linkage $$(OPTIMIZE) \
	  -include $$(PCH) -MT $$@ -MF $$(@:.o=.d) -c -x c++ - -o $$@
endef
$(foreach d,$(sort $(dir $(call joined,$(LIB_SRC) $(PLUGIN_SRC) $(foreach t,$(TOOLS),$(call tool_src,$(t)))))),$(eval $(call join_rule,$(d))))

# ---- what people call
deps:
	@scripts/deps.sh build test lint bench

demo:
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory all
	@LOGPIPE_BIN=$(abspath $(BUILD)) scripts/demo.sh

unit: $(BUILD)/unit-tests
	$(Q)$<

# The files that take longest come first, so that none of them is left for the end.
LONGEST  := $(patsubst %,tests/%.bats,crash_middle replicate serve redis_list logtail_rotation redis_servers powercut crash malformed \
                                     fallback redis_stream crash_redis)
EXAMPLES := $(patsubst man/%,$(BUILD)/examples/%.bats,$(wildcard man/*.[1357]))
# The tests of hubs that are for every store, over a Redis server and over several: tests/hub.bash.
ON_REDIS := $(patsubst %,$(BUILD)/on_redis/%.bats,hub hub_tail hub_drain hub_search) \
            $(patsubst %,$(BUILD)/on_shards/%.bats,hub_tail hub_drain)
TESTS    ?= $(BUILD)/unit-tests $(LONGEST) $(EXAMPLES) $(ON_REDIS) \
            $(sort $(filter-out $(LONGEST),$(wildcard tests/*.bats)))
check:
	@scripts/deps.sh build test peers
	@$(MAKE) --no-print-directory all $(BUILD)/unit-tests $(RECORDER) $(KAFKA_MOCK) $(EXAMPLES) $(ON_REDIS)
	@LOGPIPE_BIN=$(abspath $(BUILD)) MODE=$(MODE) JOIN=$(JOIN) tests/run $(TESTS)

define on_store
$(BUILD)/on_$(1)/%.bats: tests/%.bats
	@mkdir -p $$(@D)
	@{ echo 'HUB_STORE=$(1)'; sed 's|^load \(.*\)|load "$(CURDIR)/tests/\1.bash"|' $$<; } >$$@
endef
$(foreach store,redis shards,$(eval $(call on_store,$(store))))

# The examples of a page, each a test: tests/examples.bash says how they are written.
$(BUILD)/examples/%.bats: man/% scripts/examples.awk
	@mkdir -p $(@D)
	@printf '%s\n' 'ROOT=$(CURDIR)' 'PAGE=$*' 'load "$$ROOT/tests/examples.bash"' >$@
	@awk -v tests='$(basename $*)($(subst .,,$(suffix $*)))' -f scripts/examples.awk $< >>$@

# ---- simulated power cuts: docs/decisions/0022
RECORDER := $(BUILD)/powercut-recorder.so
STATES   ?= 1000
powercut:
	@scripts/deps.sh build test
	@$(MAKE) --no-print-directory all $(RECORDER)
	@PATH="$(abspath $(BUILD)):$$PATH" PYTHONDONTWRITEBYTECODE=1 python3 tests/powercut --recorder $(RECORDER) \
	  --states $(STATES) $(if $(SEED),--seed $(SEED)) $(if $(KEEP),--keep $(KEEP))

# A Kafka cluster of librdkafka's, in memory, for tests.
KAFKA_MOCK := $(BUILD)/kafka-mock
$(KAFKA_MOCK): tests/kafka/mock.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu17 -O1 -g $(filter-out -Wnon-virtual-dtor,$(WARNINGS)) $< -lrdkafka -o $@

$(RECORDER): tests/powercut/recorder.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu17 -O2 -g $(filter-out -Wnon-virtual-dtor,$(WARNINGS)) -U_FORTIFY_SOURCE -fPIC -shared $< -o $@

# ---- libFuzzer, which needs clang; each target keeps its corpus from run to run, and may have seeds
FUZZ_SECONDS ?= 60
FUZZ     := build/fuzz
FUZZERS  := $(patsubst tests/fuzz/%.cc,$(FUZZ)/%,$(wildcard tests/fuzz/*.cc))
FUZZ_SRC := $(wildcard libcommon/codec/*.cc) $(addprefix libcommon/base/,clock.cc quote.cc result.cc units.cc zone.cc) libcommon/stream/batch.cc \
            libcommon/stream/frame.cc tools/logcat/wire.cc tools/logcat/mixed_frames.cc \
            $(addprefix libcommon/http/,request.cc request_reader.cc response.cc) \
            $(addprefix tools/logcat/http/,bulk.cc direct.cc elastic.cc hec.cc labels.cc limits.cc loki.cc otlp.cc otlp_json.cc plain.cc \
            otlp_protobuf.cc stream_labels.cc times.cc) \
            $(addprefix tools/logsend/http/,bulk.cc bulk_answer.cc hec.cc hec_answer.cc judge.cc loki.cc named_fields.cc otlp.cc \
            otlp_answer.cc otlp_span.cc otlp_value.cc unix_times.cc) libcommon/net/url.cc
# What rules are made of, without what applies them to a stream.
FUZZ_RULES := $(addprefix libcommon/base/,fd.cc io.cc zone_file.cc) $(addprefix libcommon/cli/,secret_file.cc suggestion.cc) $(wildcard libcommon/rules/language/*.cc) \
              $(filter-out $(addprefix %/,completion.cc event_options.cc job.cc merging.cc processed.cc processor.cc rule_options.cc rule_test.cc workers.cc), \
              $(wildcard libcommon/rules/*.cc))
FUZZ_RING := $(addprefix libcommon/base/,fd.cc io.cc) libcommon/cli/exposition.cc \
             $(addprefix tools/logcat/ring/,event_counts.cc rendering.cc ring.cc ring_file.cc site.cc value.cc)
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined

fuzz:
	@scripts/deps.sh build test lint
	@$(MAKE) --no-print-directory $(FUZZERS)
	$(Q)for fuzzer in $(FUZZERS); do \
	  mkdir -p $$fuzzer.corpus && \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$$fuzzer. -print_final_stats=1 -verbosity=0 $$fuzzer.corpus \
	    $$(ls -d tests/fuzz/seeds/$${fuzzer##*/fuzz_} 2>/dev/null) || exit; \
	done

$(FUZZ)/fuzz_%: $(FUZZ)/tests/fuzz/fuzz_%.o $(FUZZ_SRC:%.cc=$(FUZZ)/%.o)
	$(call say,LINK,$@)
	$(Q)clang++ -fsanitize=fuzzer $(FUZZ_SAN) $^ $(LIBS) -lsnappy -lxxhash -o $@

.PRECIOUS: $(FUZZ)/%.o
$(FUZZ)/fuzz_rules $(FUZZ)/fuzz_grok $(FUZZ)/fuzz_text_functions: $(FUZZ_RULES:%.cc=$(FUZZ)/%.o)

$(FUZZ)/fuzz_chunk: $(FUZZ)/tools/logbuf/store/chunk.o
$(FUZZ)/fuzz_ring: $(FUZZ_RING:%.cc=$(FUZZ)/%.o)
$(FUZZ)/fuzz_hub: $(patsubst %.cc,$(FUZZ)/%.o,$(addprefix libcommon/hub/,channel.cc cooking.cc json.cc route.cc session.cc store.cc) libcommon/base/uuid.cc)

$(FUZZ)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang++ $(CPPFLAGS_ALL) -std=c++20 $(WARNINGS) -g -O1 -MMD -MP -fsanitize=fuzzer-no-link $(FUZZ_SAN) -c $< -o $@

bench:
	@scripts/deps.sh build bench
	@$(MAKE) --no-print-directory all mulog-bench $(KAFKA_MOCK)
	@LOGPIPE_BIN=$(abspath $(BUILD)) bench/run --write

# ---- lint: a stamp per source for the compiler's warnings, when it is compiled with nothing but what it names, and one per
# object for clang-tidy (scripts/tidy.sh), so that only what changed is looked at again. JOIN=no looks at each file by itself.
CXX_SRC := $(wildcard libcommon/*/*.cc libcommon/*/*/*.cc tools/*/*.cc tools/*/*/*.cc tests/unit/*.cc tests/fuzz/*.cc)
CXX_HDR := $(wildcard libcommon/*.h libcommon/*/*.h libcommon/*/*/*.h tools/*/*.h tools/*/*/*.h tests/unit/*.h tests/fuzz/*.h)
C_SRC   := $(wildcard tests/*/*.c tests/mulog/*.cpp libcommon/mulog/*.[ch] libcommon/mulog/*.hpp bench/*.c bench/*.cc)
SCRIPTS := .ci/run bench/lines tests/run $(wildcard scripts/*.sh bench/*/*.sh tests/*.sh tests/*.bash tests/*.bats)
PAGES   := $(wildcard man/*.[1357])
TIDY    := $(patsubst $(BUILD)/%.o,build/lint/%.tidy,$(call objects,$(filter-out tests/%,$(CXX_SRC)))) \
           $(patsubst %.cc,build/lint/%.tidy,$(filter tests/%,$(CXX_SRC)))

lint:
	@scripts/deps.sh build test lint
	@$(MAKE) --no-print-directory $(TIDY)
	$(call say,FORMAT,'clang-format')
	$(Q)clang-format --dry-run -Werror $(CXX_SRC) $(CXX_HDR) $(C_SRC)
	$(call say,SHELL,'shellcheck')
	$(Q)shellcheck -x $(SCRIPTS)
	$(call say,TESTS,'scripts/assertions.py')
	$(Q)python3 -B scripts/assertions.py $(wildcard tests/*.bats tests/*.bash)
	$(if $(PAGES),$(call say,MANDOC,'$(PAGES)'))
	$(if $(PAGES),$(Q)mandoc -Tlint -W warning $(PAGES))

build/lint/%.warned: %.cc
	@mkdir -p $(@D)
	$(call say,LINT,$<)
	$(Q)g++ $(CPPFLAGS_ALL) -std=c++20 $(WARNINGS) -Werror -fsyntax-only -MMD -MP -MT $@ -MF $(@:.warned=.d) $<
	@touch $@

# The analyzer gives up on a function after so many steps: a fifth of what it does by default, which takes most of the time.
# What one file calls a local, another one of its folder may call a function.
tidy = scripts/tidy.sh $(@:.tidy=.cc) $(1) -- $(CPPFLAGS_ALL) -std=c++20 $(WARNINGS) -Xclang -analyzer-config -Xclang max-nodes=45000

.SECONDARY: $(CXX_SRC:%.cc=build/lint/%.warned)
build/lint/%.tidy: build/lint/%.warned .clang-tidy
	$(call say,TIDY,$*.cc)
	$(Q)$(call tidy,$*.cc)
	@touch $@

define joined_tidy_rule
build/lint/$(1)joined.tidy: $(patsubst %.cc,build/lint/%.warned,$(call joined,$(wildcard $(1)*.cc))) .clang-tidy
	$$(call say,TIDY,'$(1)*.cc')
	$$(Q)$$(call tidy,$(call joined,$(wildcard $(1)*.cc))) -Wno-shadow
	@touch $$@
endef
$(foreach d,$(sort $(dir $(call joined,$(filter-out tests/%,$(CXX_SRC))))),$(eval $(call joined_tidy_rule,$(d))))

format:
	$(Q)clang-format -i $(CXX_SRC) $(CXX_HDR) $(C_SRC)

# ---- install
MAN_DIR  := $(DESTDIR)$(PREFIX)/share/man
BASH_DIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR  := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
DOC_DIR  := $(DESTDIR)$(PREFIX)/share/doc/logpipe
# Where the tools look for programs for schemes that are not built in, before PATH (libcommon/cli/plugin.cc).
PLUGIN_DIR := $(DESTDIR)$(PREFIX)/libexec/logpipe
# Where they look for the patterns of grok (libcommon/rules/patterns.cc).
PATTERN_DIR := $(DESTDIR)$(PREFIX)/share/logpipe/patterns
LIB_DIR     := $(DESTDIR)$(PREFIX)/lib
INCLUDE_DIR := $(DESTDIR)$(PREFIX)/include
UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
USER_DIR := $(DESTDIR)$(PREFIX)/lib/sysusers.d
PATTERNS := $(wildcard patterns/*)
UNITS    := $(wildcard systemd/*.service systemd/*.socket)
DOCS     := LICENSE $(wildcard README.md CHANGELOG.md docs/*.md)

install: all install-mulog
	install -d $(DESTDIR)$(PREFIX)/bin $(MAN_DIR)/man1 $(MAN_DIR)/man3 $(MAN_DIR)/man5 $(MAN_DIR)/man7 $(BASH_DIR) $(ZSH_DIR) $(FISH_DIR) $(DOC_DIR) $(UNIT_DIR) $(USER_DIR) $(PLUGIN_DIR) $(PATTERN_DIR)
	install -m 755 $(TOOLS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PLUGINS:%=$(LIBEXEC)/%) $(PLUGIN_DIR)
	for link in $(PLUGIN_LINKS); do ln -sf $${link#*=} $(PLUGIN_DIR)/$${link%=*} || exit; done
	for page in $(PAGES); do install -m 644 $$page $(MAN_DIR)/man$${page##*.} || exit; done
	install -m 644 $(DOCS) $(DOC_DIR)
	install -m 644 $(PATTERNS) $(PATTERN_DIR)
	for unit in $(UNITS); do \
	  sed 's#/usr/local/bin/#$(PREFIX)/bin/#g' $$unit >$(UNIT_DIR)/$${unit##*/} && chmod 644 $(UNIT_DIR)/$${unit##*/} || exit; \
	done
	install -m 644 systemd/logpipe.sysusers $(USER_DIR)/logpipe.conf
	for tool in $(TOOLS); do \
	  $(BUILD)/$$tool --completions bash >$(BASH_DIR)/$$tool && \
	  $(BUILD)/$$tool --completions zsh >$(ZSH_DIR)/_$$tool && \
	  $(BUILD)/$$tool --completions fish >$(FISH_DIR)/$$tool.fish || exit; \
	done

# The library for programs that log, and its headers.
install-mulog: $(MULOG)
	install -d $(LIB_DIR)/pkgconfig $(LIB_DIR)/cmake/mulog $(INCLUDE_DIR)
	install -m 644 $(BUILD)/libmulog.a $(LIB_DIR)
	install -m 755 $(BUILD)/libmulog.so $(LIB_DIR)/libmulog.so.$(VERSION)
	ln -sf libmulog.so.$(VERSION) $(LIB_DIR)/$(MULOG_SO)
	ln -sf $(MULOG_SO) $(LIB_DIR)/libmulog.so
	install -m 644 libcommon/mulog/mulog.h libcommon/mulog/mulog.hpp $(INCLUDE_DIR)
	for file in pkgconfig/mulog.pc cmake/mulog/mulog-config.cmake cmake/mulog/mulog-config-version.cmake; do \
	  sed 's#@PREFIX@#$(PREFIX)#; s#@VERSION@#$(VERSION)#; s#@SONAME@#$(MULOG_SO)#; s#@MAJOR@#$(firstword $(subst ., ,$(VERSION)))#' \
	    libcommon/mulog/$${file##*/}.in >$(LIB_DIR)/$$file && chmod 644 $(LIB_DIR)/$$file || exit; \
	done

uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(PREFIX)/bin/%) $(foreach p,$(notdir $(PAGES)),$(MAN_DIR)/man$(subst .,,$(suffix $(p)))/$(p))
	rm -f $(TOOLS:%=$(BASH_DIR)/%) $(TOOLS:%=$(ZSH_DIR)/_%) $(TOOLS:%=$(FISH_DIR)/%.fish)
	rm -f $(UNITS:systemd/%=$(UNIT_DIR)/%) $(USER_DIR)/logpipe.conf
	rm -f $(PLUGINS:%=$(PLUGIN_DIR)/%) $(foreach l,$(PLUGIN_LINKS),$(PLUGIN_DIR)/$(call link_name,$(l)))
	rm -f $(LIB_DIR)/libmulog.a $(LIB_DIR)/libmulog.so* $(LIB_DIR)/pkgconfig/mulog.pc $(INCLUDE_DIR)/mulog.h $(INCLUDE_DIR)/mulog.hpp
	rm -rf $(DOC_DIR) $(PATTERN_DIR) $(LIB_DIR)/cmake/mulog
	if [ -d $(dir $(PATTERN_DIR)) ]; then rmdir --ignore-fail-on-non-empty $(dir $(PATTERN_DIR)); fi
	if [ -d $(PLUGIN_DIR) ]; then rmdir --ignore-fail-on-non-empty $(PLUGIN_DIR); fi

clean:
	rm -rf build

-include $(CXX_SRC:%.cc=build/lint/%.d) $(wildcard $(FUZZ)/*/*/*.d) $(LIB_OBJ:.o=.d) $(MULOG_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(PLUGIN_OBJ:.o=.d) $(foreach t,$(TOOLS),$(patsubst %.o,%.d,$(call tool_obj,$(t))))
