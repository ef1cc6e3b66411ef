#include "os/dial.h"

#include <algorithm>
#include <deque>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "os/dial_attempt.h"

namespace godesk::os {

namespace asio = boost::asio;
using Why = StreamClosed::Why;

namespace {

/// The most telling failure wins: a judged certificate, then a layer that broke, then mere silence.
int weight(Why why) {
  if (why == Why::untrusted) return 2;
  return why == Why::unreachable ? 0 : 1;
}

/// Addresses of one name with the families alternating, the resolver's first choice first (RFC 8305 section
/// 4).
std::vector<IpAddress> interleaved(const std::vector<IpAddress>& found) {
  if (found.empty()) return {};
  std::deque<IpAddress> first, second;
  for (const IpAddress& ip : found) (ip.family() == found[0].family() ? first : second).push_back(ip);
  std::vector<IpAddress> out;
  while (!first.empty() || !second.empty()) {
    for (auto* list : {&first, &second}) {
      if (list->empty()) continue;
      out.push_back(list->front());
      list->pop_front();
    }
  }
  return out;
}

class Race final : public Dial, public std::enable_shared_from_this<Race> {
 public:
  Race(asio::io_context& io, const DriverConfig& config, Resolver& resolver, ClientContexts& contexts,
       OpenStream what, std::function<void(Dialed)> done)
      : io_(io),
        config_(config),
        resolver_(resolver),
        contexts_(contexts),
        what_(std::move(what)),
        done_(std::move(done)),
        pace_(io),
        limit_(io) {}

  void start() {
    if (what_.targets.size() > kMaxTargets) what_.targets.resize(kMaxTargets);
    waiting_.resize(what_.targets.size());
    unresolved_ = what_.targets.size();
    limit_.expires_after(config_.connect_timeout);
    limit_.async_wait([weak = weak_from_this()](Error error) {
      auto self = weak.lock();
      if (self && !error) self->give_up();
    });
    for (std::size_t i = 0; i < what_.targets.size(); ++i) resolve(i);
    if (what_.targets.empty()) asio::post(io_, [self = shared_from_this()] { self->check(); });
  }

  void cancel() override {
    over_ = true;
    pace_.cancel();
    limit_.cancel();
    for (auto& attempt : running_) attempt->cancel();
    running_.clear();
  }

 private:
  static constexpr std::size_t kMaxTargets = 8;
  static constexpr std::size_t kMaxAddresses = 8;  // of one name

  struct Waiting {
    std::deque<AttemptPlan> plans;
    int tried = 0;
  };

  void resolve(std::size_t i) {
    const Proxy* proxy = config_.proxy.for_target(what_.targets[i]);
    resolver_.resolve(proxy ? proxy->at.host : what_.targets[i].host,
                      [self = shared_from_this(), i](const std::vector<IpAddress>& found) {
                        if (!self->over_) self->on_resolved(i, found);
                      });
  }

  void on_resolved(std::size_t i, const std::vector<IpAddress>& found) {
    const HostPort& target = what_.targets[i];
    const Proxy* proxy = config_.proxy.for_target(target);
    --unresolved_;
    if (found.empty()) note({Why::unreachable, "no address for " + (proxy ? proxy->at.host : target.host)});
    for (const IpAddress& ip : interleaved(found)) {
      if (waiting_[i].plans.size() == kMaxAddresses) break;
      AttemptPlan plan{
          what_.kind,         {ip, proxy ? proxy->at.port : target.port}, target, {}, what_.alpn, what_.path,
          config_.max_message};
      if (proxy) plan.through = *proxy;
      waiting_[i].plans.push_back(std::move(plan));
    }
    if (running_.empty()) return check();
    if (!pacing_) pace();
  }

  /// One address of each target, then the second of each, and so on.
  std::optional<AttemptPlan> next_plan() {
    Waiting* next = nullptr;
    for (Waiting& target : waiting_)
      if (!target.plans.empty() && (!next || target.tried < next->tried)) next = &target;
    if (!next) return std::nullopt;
    AttemptPlan plan = std::move(next->plans.front());
    next->plans.pop_front();
    ++next->tried;
    return plan;
  }

  /// Starts the next attempt if nothing runs, and ends when there is none.
  void check() {
    if (over_ || !running_.empty()) return;
    if (auto plan = next_plan()) return launch(std::move(*plan));
    if (unresolved_ == 0) give_up();
  }

  void launch(AttemptPlan plan) {
    auto attempt = std::make_shared<Attempt>(io_, contexts_, std::move(plan));
    running_.push_back(attempt);
    attempt->start([self = shared_from_this(), attempt = attempt.get()](Dialed result) {
      self->on_result(attempt, std::move(result));
    });
    pace();
  }

  /// One that has connected is given the time its layers need before the next one is tried.
  void pace() {
    pacing_ = true;
    pace_.expires_after(config_.race_delay);
    pace_.async_wait([weak = weak_from_this()](Error error) {
      auto self = weak.lock();
      if (!self || error || self->over_) return;
      self->pacing_ = false;
      bool connected = std::any_of(self->running_.begin(), self->running_.end(),
                                   [](const auto& attempt) { return attempt->connected(); });
      if (connected && ++self->patience_ < kPatience) return self->pace();
      self->patience_ = 0;
      if (auto plan = self->next_plan()) self->launch(std::move(*plan));
    });
  }

  void on_result(Attempt* attempt, Dialed result) {
    if (over_) return;
    std::erase_if(running_, [attempt](const auto& other) { return other.get() == attempt; });
    if (result.transport) return finish(std::move(result));
    note(result.closed);
    if (auto plan = next_plan()) return launch(std::move(*plan));
    check();
  }

  void note(const StreamClosed& failure) {
    if (!noted_ || weight(failure.why) > weight(failure_.why)) failure_ = failure;
    noted_ = true;
  }

  void give_up() {
    note({Why::unreachable, "no target answered in time"});
    finish({nullptr, {}, failure_});
  }

  void finish(Dialed result) {
    if (over_) return;
    auto done = std::exchange(done_, nullptr);
    cancel();
    done(std::move(result));
  }

  static constexpr int kPatience = 8;  // x race_delay

  asio::io_context& io_;
  const DriverConfig& config_;
  Resolver& resolver_;
  ClientContexts& contexts_;
  OpenStream what_;
  std::function<void(Dialed)> done_;
  asio::steady_timer pace_, limit_;
  std::vector<Waiting> waiting_;  // by target
  std::size_t unresolved_ = 0;
  std::vector<std::shared_ptr<Attempt>> running_;
  StreamClosed failure_;
  bool noted_ = false, pacing_ = false, over_ = false;
  int patience_ = 0;
};

}  // namespace

std::shared_ptr<Dial> dial(asio::io_context& io, const DriverConfig& config, Resolver& resolver,
                           ClientContexts& contexts, OpenStream what, std::function<void(Dialed)> done) {
  auto race = std::make_shared<Race>(io, config, resolver, contexts, std::move(what), std::move(done));
  race->start();
  return race;
}

}  // namespace godesk::os
