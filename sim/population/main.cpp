// ./dev sim population [--pairs N] [--seed S] [--json] [--pair I]: the population through the real core.
// --pair tells the story of one pair instead.
#include <cstdlib>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/population/report.h"

namespace godesk::population {
namespace {

Result run_both(const Strata& strata, const Pair& pair) {
  return {run_pair(strata, pair, Skill::full), run_pair(strata, pair, Skill::plain)};
}

/// One process a core; each writes its own results into memory that all share.
std::vector<Result> run_all(const Strata& strata, std::uint64_t seed, std::size_t pairs) {
  const std::size_t workers = std::max(1u, std::thread::hardware_concurrency());
  void* memory = mmap(nullptr, std::max<std::size_t>(pairs, 1) * sizeof(Result), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("population: no memory");
  auto* results = static_cast<Result*>(memory);
  std::vector<pid_t> children;
  for (std::size_t w = 0; w < workers; ++w) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("population: no process");
    if (child > 0) {
      children.push_back(child);
      continue;
    }
    for (std::size_t i = w; i < pairs; i += workers)
      new (results + i) Result(run_both(strata, draw_pair(strata, seed, i)));
    _exit(0);
  }
  bool sound = true;
  for (pid_t child : children) {
    int status = 0;
    sound &= waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  if (!sound) throw std::runtime_error("population: a worker died");
  return {results, results + pairs};
}

void tell_one(const Strata& strata, const Pair& pair) {
  auto say = [&](const char* who, const Access& a) {
    std::cout << who << ": " << strata.strata[a.stratum].name << ", " << name(a.nat)
              << (a.ipv6 ? ", IPv6" : "") << (a.ipv6_only ? " only" : "") << ", rtt " << a.rtt_ms
              << " ms, flows/s " << a.flows_per_second << ", step " << a.step << ", block " << a.block_base
              << "+" << a.block_size << ", sessions " << a.sessions << ", scan " << a.scan_ports << "\n";
  };
  say("caller", pair.caller), say("host", pair.host);
  std::cout << "rtt " << pair.rtt_ms << " ms; oracle: " << name(judge(pair).way) << "\n";
  const Outcome o = run_pair(strata, pair, Skill::full, &std::cout);
  std::cout << (o.direct ? "direct after " : "not direct ") << o.direct_ms << " ms, first byte " << o.byte_ms
            << " ms, first packet " << o.first_ms << " ms, probes " << o.probes << ", sockets " << o.sockets
            << "\n";
}

}  // namespace
}  // namespace godesk::population

int main(int argc, char** argv) {
  using namespace godesk::population;
  CLI::App app("A population of pairs through the real core, in virtual time", "population");
  std::size_t pairs = 2000;
  std::uint64_t seed = 1;
  bool json = false;
  std::optional<std::size_t> one;
  std::string file = GODESK_STRATA;
  app.add_option("--pairs", pairs, "how many are drawn");
  app.add_option("--seed", seed, "of all draws");
  app.add_flag("--json", json, "one object on stdout");
  app.add_option("--pair", one, "tell the story of this one");
  app.add_option("--strata", file, "another population");
  CLI11_PARSE(app, argc, argv);
  try {
    const Strata strata = load_strata(file);
    if (one) return tell_one(strata, draw_pair(strata, seed, *one)), 0;
    const Report report(strata, seed, run_all(strata, seed, pairs));
    if (json) {
      std::cout << report.json() << std::endl;
    } else {
      report.print(std::cout);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
  return 0;
}
