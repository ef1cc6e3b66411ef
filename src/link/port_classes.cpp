#include "link/port_classes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>

namespace godesk::link {
namespace {

constexpr std::size_t kFew = 4;           // samples below which nothing is said
constexpr std::size_t kEnough = 6;        // samples that fill a block well
constexpr int kFurthest = 4096;           // ports from one sample to the next, of a sequence
constexpr std::uint32_t kWidest = 16384;  // a wider block is no narrower search than all ports
constexpr int kLowest = 1024;

/// From one sample to the next.
struct Leap {
  int ports = 0;  // -32768..32767, around the end of the port space
  int own = 1;    // of our own mappings
  Duration time{};
};

std::vector<Leap> leaps(const std::vector<PortSample>& samples) {
  std::vector<Leap> out;
  const PortSample* last = nullptr;
  for (const PortSample& s : samples) {
    if (s.resent) continue;
    if (last) {
      const auto ports = static_cast<std::int16_t>(static_cast<std::uint16_t>(s.outside - last->outside));
      out.push_back({ports, s.number - last->number, s.sent_at - last->sent_at});
    }
    last = &s;
  }
  return out;
}

bool goes(const Leap& leap, int direction) {
  const int ports = leap.ports * direction;
  return ports > 0 && ports <= kFurthest;
}

/// A sequence goes one way; once it may start over at the end of its range.
std::optional<PortClass> sequential(std::vector<Leap> all) {
  for (int direction : {1, -1}) {
    std::vector<Leap> good;
    std::copy_if(all.begin(), all.end(), std::back_inserter(good),
                 [&](const Leap& leap) { return goes(leap, direction); });
    const std::size_t odd = all.size() - good.size();
    if (good.size() < kFew - 1 || odd > (all.size() >= kEnough ? 1u : 0u)) continue;
    int step = 0, ports = 0, own = 0;
    Duration time{};
    for (const Leap& leap : good) {
      step = std::gcd(step, std::abs(leap.ports));
      ports += std::abs(leap.ports), own += leap.own, time += leap.time;
    }
    const double others = static_cast<double>(ports) / step - own;
    const double seconds = std::max(to_ms(time), 1.0) / 1000;
    PortClass out;
    out.allocation = ice::Allocation::sequential;
    out.step = static_cast<std::int16_t>(direction * step);
    out.flows_per_second = static_cast<std::uint16_t>(std::clamp(std::round(others / seconds), 0.0, 65535.0));
    return out;
  }
  return std::nullopt;
}

std::uint32_t aligned_size(std::uint16_t low, std::uint16_t high) {
  std::uint32_t size = 1;
  while (low / size != high / size) size *= 2;
  return size;
}

PortClass block_or_random(const std::vector<PortSample>& samples) {
  const auto by_port = [](const PortSample& a, const PortSample& b) { return a.outside < b.outside; };
  const auto [lowest, highest] = std::minmax_element(samples.begin(), samples.end(), by_port);
  const std::uint16_t low = lowest->outside, high = highest->outside;
  std::uint32_t size = aligned_size(low, high);
  if (samples.size() < kEnough) size *= 2;
  std::uint32_t base = low - low % std::min(size, 65536u);

  // n samples of a range leave about 1/(n + 1) of it free at each end.
  const double n = static_cast<double>(samples.size());
  const auto likely = static_cast<std::uint32_t>(std::ceil((high - low + 1) * (n + 1) / (n - 1)));
  if (size >= 4 * likely) {
    size = likely;
    base = static_cast<std::uint32_t>(std::max(kLowest, low - static_cast<int>(likely - (high - low)) / 2));
    size = std::min(size, 65536 - base);
  }
  PortClass out;
  out.allocation = size <= kWidest ? ice::Allocation::block : ice::Allocation::random;
  if (size <= kWidest) out.block_base = static_cast<std::uint16_t>(base), out.block_size = size;
  return out;
}

}  // namespace

PortClass classify_ports(std::vector<PortSample> samples) {
  if (samples.size() < kFew) return {};
  std::sort(samples.begin(), samples.end(),
            [](const PortSample& a, const PortSample& b) { return a.number < b.number; });
  const auto kept = std::count_if(samples.begin(), samples.end(),
                                  [](const PortSample& s) { return s.inside == s.outside; });
  if (static_cast<std::size_t>(kept) * 4 >= samples.size() * 3) {
    PortClass out;
    out.allocation = ice::Allocation::preserving;
    return out;
  }
  if (auto found = sequential(leaps(samples))) return *found;
  return block_or_random(samples);
}

}  // namespace godesk::link
