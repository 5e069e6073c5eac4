// What a log call of mulog costs, beside what it could be compared with: medians and 99th percentiles of batches of 100
// calls, in ns for each call.
//
//   make mulog-bench
//   build/release/mulog-bench            all of them, in one run
//   build/release/mulog-bench NAME       two numbers: median and 99th percentile
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <mulog.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#if __has_include(<spdlog/async.h>)
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#define HAS_SPDLOG
#endif

namespace {

constexpr int kCalls = 100;
constexpr std::size_t kBatches = 20000;
constexpr std::size_t kSlowBatches = 4000;  // of what takes about a microsecond

using Costs = std::vector<double>;

template <class Call>
Costs measure(std::size_t batches, const Call& call) {
  Costs costs(batches);
  for (double& cost : costs) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) call(i);
    cost = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kCalls;
  }
  return costs;
}

// The costs of all threads, which start together.
template <class Call>
Costs measure_threads(std::size_t threads, std::size_t batches, const Call& call) {
  std::atomic<std::size_t> ready = 0;
  std::vector<Costs> costs(threads);
  std::vector<std::thread> all;
  for (Costs& own : costs)
    all.emplace_back([&] {
      (void)measure(batches / 10, call);  // warms up: its ring, for example
      for (++ready; ready < threads;) std::this_thread::yield();
      own = measure(batches, call);
    });
  for (std::thread& thread : all) thread.join();
  Costs merged;
  for (const Costs& own : costs) merged.insert(merged.end(), own.begin(), own.end());
  return merged;
}

void log_numbers(int i) {
  mu::log("order-placed", "id", i, "items", 3, "total", 12.5);
}

#ifdef HAS_SPDLOG
// As its own benches have it: a queue of 8,192 messages, of which the oldest are overwritten, and one thread that
// writes.
struct Spdlog {
  Spdlog() {
    spdlog::init_thread_pool(8192, 1);
    logger = spdlog::basic_logger_mt<spdlog::async_factory_nonblock>("bench", "/dev/null");
  }
  ~Spdlog() { spdlog::shutdown(); }
  Spdlog(const Spdlog&) = delete;
  Spdlog& operator=(const Spdlog&) = delete;

  void operator()(int i) const { logger->info("order-placed id={} items={} total={}", i, 3, 12.5); }

  std::shared_ptr<spdlog::logger> logger;
};
#endif

struct Contender {
  std::string_view name;
  Costs (*measure)();
};

constexpr Contender kContenders[] = {
    {"mulog", [] { return measure_threads(1, kBatches, log_numbers); }},
    {"mulog-4-threads", [] { return measure_threads(4, kBatches, log_numbers); }},
    {"mulog-context",
     [] {
       const mu::Context context("request", 7, "ratio", 0.5, "user", "Ann");
       return measure(kBatches, log_numbers);
     }},
    {"mulog-global-context",
     [] {
       mu::set_global_context("request", 7, "ratio", 0.5, "user", "Ann");
       const Costs costs = measure(kBatches, log_numbers);
       mu::set_global_context();
       return costs;
     }},
    {"mulog-text",
     [] { return measure(kBatches, [](int i) { mu::log("order-placed", "id", i, "user", "Ann", "city", "Wien"); }); }},
    {"mulog-trace",
     [] {
       return measure(kSlowBatches,
                      [](int i) { const mu::Trace trace("order-placed", "id", i, "items", 3, "total", 12.5); });
     }},
    {"fetch_add",
     [] {
       std::atomic<int> counter = 0;
       return measure(kBatches, [&](int) { counter.fetch_add(1); });
     }},
#ifdef __x86_64__
    {"rdtsc",
     [] {
       return measure(kBatches, [](int) {
         volatile auto cycles = __builtin_ia32_rdtsc();
         (void)cycles;
       });
     }},
#endif
    {"clock_gettime",
     [] {
       return measure(kBatches, [](int) {
         timespec time{};
         ::clock_gettime(CLOCK_REALTIME, &time);
       });
     }},
    {"printf-dev-null",
     [] {
       const std::unique_ptr<std::FILE, int (*)(std::FILE*)> null(std::fopen("/dev/null", "w"), std::fclose);
       return measure(kSlowBatches,
                      [&](int i) { std::fprintf(null.get(), "order-placed id=%d items=%d total=%f\n", i, 3, 12.5); });
     }},
#ifdef HAS_SPDLOG
    {"spdlog-async", [] { return measure_threads(1, kSlowBatches, Spdlog()); }},
    {"spdlog-async-4-threads", [] { return measure_threads(4, kSlowBatches, Spdlog()); }},
#endif
};

struct Result {
  double median;
  double most;  // 99th percentile
};

Result result_of(const Contender& contender) {
  Costs costs = contender.measure();
  std::ranges::sort(costs);
  return {costs[costs.size() / 2], costs[costs.size() * 99 / 100]};
}

bool met(const char* bar, bool is_met) {
  std::printf("%-52s %s\n", bar, is_met ? "met" : "not met");
  return is_met;
}

int measure_all() {
  std::vector<std::pair<std::string_view, Result>> results;
  for (const Contender& contender : kContenders) {
    const Result& result = results.emplace_back(contender.name, result_of(contender)).second;
    std::printf("%-24.*s median %7.1f ns   99th percentile %7.1f ns\n", static_cast<int>(contender.name.size()),
                contender.name.data(), result.median, result.most);
  }
  const auto of = [&](std::string_view name) {
    const auto found = std::ranges::find(results, name, [](const auto& each) { return each.first; });
    return found == results.end() ? Result{0, 0} : found->second;
  };
  const Result one = of("mulog");
  bool all = met("mulog: median at most 30 ns", one.median <= 30 && of("mulog-4-threads").median <= 30);
  all &= met("mulog: 99th percentile under 100 ns", one.most < 100 && of("mulog-4-threads").most < 100);
  all &= met("a context of three pairs adds at most 30 ns", of("mulog-context").median - one.median <= 30);
  all &= met("50 x faster than spdlog's async logger", of("spdlog-async").median >= 50 * one.median);
  return all ? 0 : 1;
}

// Of this run alone, in memory, as /run is: on a disk, pages that are written back have to be made writable again.
class Rings {
 public:
  Rings() {
    std::string path = "/dev/shm/mulog-bench.XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) std::exit(73);
    path_ = path;
    ::setenv("MULOG_DIR", path.c_str(), 1);
  }
  ~Rings() { std::filesystem::remove_all(path_); }
  Rings(const Rings&) = delete;
  Rings& operator=(const Rings&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace

int main(int argc, char** argv) {
  const Rings rings;
  (void)measure(kBatches, log_numbers);  // warms up
  if (argc == 1) return measure_all();
  const auto* const found =
      std::ranges::find(kContenders, std::string_view(argv[1]), [](const Contender& each) { return each.name; });
  if (argc > 2 || found == std::end(kContenders)) return 64;
  const Result result = result_of(*found);
  std::printf("%.2f %.2f\n", result.median, result.most);
  return mu::stats().dropped == 0 ? 0 : 1;
}
