// The requests a TURN client has under way: authenticated, sent again over UDP, matched with their answers.
//
//   1. ask() writes the request; next_bytes() gives it, and its copies.
//   2. on_message() verifies the answer. 401 and 438 are settled here, by asking again with the server's
//      realm and nonce; everything else is an Outcome.
//   3. on_timer() gives an Outcome without code for each request nobody answered.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "base/random.h"
#include "stun/retransmit.h"
#include "stun/stun.h"

namespace godesk::turn {

struct Request {
  stun::Method method{};
  Endpoint peer{};                  // CreatePermission (IP only), ChannelBind
  std::uint16_t channel = 0;        // ChannelBind
  std::chrono::seconds lifetime{};  // Allocate, Refresh
  bool both_families = false;       // Allocate
  bool early = false;               // CreatePermission right behind Allocate
};

/// Filled from the answer, so that it outlives the datagram.
struct Outcome {
  Request request;
  enum class Kind { success, error, timeout } kind = Kind::timeout;
  int code = 0;
  std::chrono::seconds lifetime{};
  std::vector<Endpoint> relayed;
  std::optional<Endpoint> mapped;
  Duration rtt{};
};

class Requests {
 public:
  struct Config {
    std::string username, password, realm, nonce;
    bool on_stream = false;  // TCP repeats by itself; then only the last deadline counts
    stun::Retransmit::Config retransmit{};
    std::size_t max_pending = 256;
  };

  Requests(Config config, Random& random);

  /// Forgets the request silently when too many are pending.
  void ask(Time now, Request request);
  std::optional<Outcome> on_message(Time now, const stun::Message& message, std::uint64_t& unmatched);
  std::vector<Outcome> on_timer(Time now);
  std::optional<Buffer> next_bytes();
  Time next_deadline() const;
  void clear();
  bool has_credentials() const { return !nonce_.empty(); }

 private:
  struct Pending {
    Request request;
    Buffer bytes;
    stun::Retransmit retransmit;
    int challenges = 0;  // 401 and 438 so far
    std::string nonce;   // the one it was sent with
  };

  void send(Time now, Request request, int challenges);
  Buffer write(const Request& request, const stun::TransactionId& id) const;
  bool answers(const stun::Message& message) const;
  bool challenged(Time now, const Pending& pending, const stun::Message& message);
  Outcome outcome_of(Time now, const Pending& pending, const stun::Message& message) const;

  Config config_;
  Random& random_;
  std::string realm_, nonce_;
  Buffer key_;
  std::map<stun::TransactionId, Pending> pending_;
  std::deque<Buffer> out_;
};

}  // namespace godesk::turn
