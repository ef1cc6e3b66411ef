#include "os/resolver.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <boost/asio/post.hpp>
#include <netdb.h>

#include "os/sockaddr.h"

namespace godesk::os {

namespace asio = boost::asio;

namespace {

constexpr int kMaxThreads = 8;
constexpr std::size_t kMaxWaiting = 256;

std::vector<IpAddress> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  std::vector<IpAddress> found;
  for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
    auto endpoint = from_sockaddr(*entry->ai_addr);
    if (endpoint && std::find(found.begin(), found.end(), endpoint->ip) == found.end())
      found.push_back(endpoint->ip);
  }
  return found;
}

}  // namespace

/// Outlives the resolver as long as a thread is in getaddrinfo.
struct Resolver::Shared {
  struct Lookup {
    std::string host;
    Done done;
  };

  std::mutex mutex;
  asio::io_context* io;  // null once the resolver is gone
  std::deque<Lookup> waiting;
  int threads = 0;

  explicit Shared(asio::io_context& context) : io(&context) {}

  std::optional<Lookup> next() {
    std::lock_guard lock(mutex);
    if (!io || waiting.empty()) {
      --threads;
      return std::nullopt;
    }
    Lookup lookup = std::move(waiting.front());
    waiting.pop_front();
    return lookup;
  }

  void answer(Done done, std::vector<IpAddress> found) {
    std::lock_guard lock(mutex);
    if (io) asio::post(*io, [done = std::move(done), found = std::move(found)] { done(found); });
  }

  static void work(const std::shared_ptr<Shared>& shared) {
    while (auto lookup = shared->next()) shared->answer(std::move(lookup->done), look_up(lookup->host));
  }
};

Resolver::Resolver(asio::io_context& io) : shared_(std::make_shared<Shared>(io)) {}

Resolver::~Resolver() {
  std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
  shared_->waiting.clear();
}

void Resolver::resolve(const std::string& host, Done done) {
  if (auto literal = IpAddress::parse(host)) return shared_->answer(std::move(done), {*literal});
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->waiting.size() >= kMaxWaiting) {
      asio::post(*shared_->io, [done = std::move(done)] { done({}); });
      return;
    }
    shared_->waiting.push_back({host, std::move(done)});
    if (shared_->threads >= kMaxThreads) return;
    ++shared_->threads;
  }
  try {
    std::thread([shared = shared_] { Shared::work(shared); }).detach();
  } catch (const std::system_error&) {  // no more threads: those that run take it, or the caller's time limit
                                        // ends it
    std::lock_guard lock(shared_->mutex);
    --shared_->threads;
  }
}

}  // namespace godesk::os
