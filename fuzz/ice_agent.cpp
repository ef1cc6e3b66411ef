// Reaches ice::Agent::on_datagram with everything behind it: ice::username, ice::read_request, the answers'
// side, and the agent's other inputs in any order. Usernames, transaction ids and integrity are made right
// where the input asks for it, so that what lies behind those checks is reached too.
//
// Input: steps of {kind u8, length u8, bytes}.
#include <algorithm>
#include <cstdlib>

#include "cheap_crypto.h"
#include "ice/agent.h"

using namespace godesk;

namespace {

struct FixedRandom final : Random {
  std::uint64_t state = 1;
  void fill(MutableBytes out) override {
    for (auto& byte : out) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::uint8_t>(state >> 56);
    }
  }
};

const ice::Credentials kPeer{"peer", "0123456789abcdef012345"};
constexpr ice::LegId kUdp{1}, kRelay{2};

/// A length and so many bytes, or as many as are left.
ByteView run(Reader& in) {
  std::size_t length = in.u8();
  return in.take(std::min(length, in.left()));
}

class Harness {
 public:
  explicit Harness(bool controlling) : agent_(config(controlling), random_, log_) {
    add_legs();
    agent_.set_remote_credentials(now_, kPeer);
  }

  void step(std::uint8_t kind, ByteView bytes) {
    Reader in(bytes);
    switch (kind % 10) {
      case 0:
        agent_.on_datagram(now_, leg(in), from(in), in.rest());
        break;
      case 1:
        request(in);
        break;
      case 2:
        answer(in, stun::Class::success);
        break;
      case 3:
        answer(in, stun::Class::error);
        break;
      case 4:
        now_ += std::chrono::milliseconds(in.u16());
        agent_.on_timer(now_);
        break;
      case 5:
        agent_.add_remote(
            now_, ice::make_candidate(static_cast<ice::CandidateType>(in.u8() % 4), from(in), from(in)));
        break;
      case 6:
        agent_.nominate(now_, ice::PairId{in.u8()});
        break;
      case 7:
        agent_.ping(now_, ice::PairId{in.u8()});
        agent_.on_received(now_, leg(in), from(in));
        break;
      case 8:
        agent_.declare_lost(now_, ice::PairId{in.u8()});
        if (in.u8() % 2) agent_.check_again(now_);
        break;
      case 9:
        change(in.u8());
        break;
    }
    drain();
  }

 private:
  static ice::Config config(bool controlling) {
    ice::Config made;
    made.controlling = controlling;
    return made;
  }
  void add_legs() {
    Endpoint own{IpAddress::v4(0xC0000201u), 100}, relayed{IpAddress::v4(0xCB007101u), 50000};
    agent_.add_local(now_, kUdp, ice::make_candidate(ice::CandidateType::host, own, own));
    agent_.add_local(now_, kRelay, ice::make_candidate(ice::CandidateType::relay, relayed, relayed));
  }
  static ice::LegId leg(Reader& in) { return in.u8() % 2 ? kUdp : kRelay; }
  static Endpoint from(Reader& in) {
    std::uint8_t n = in.u8();
    return {IpAddress::v4(0xC6336400u + n % 16), static_cast<std::uint16_t>(1000 + n / 16)};
  }
  /// The input's attributes, {type u16, length u8, bytes} each, then what makes the message authentic.
  static Buffer finish(stun::Builder builder, Reader& in, std::string_view pwd) {
    while (!in.failed() && in.left() >= 3) {
      auto type = stun::Attr{in.u16()};
      builder.bytes(type, run(in));
    }
    return builder.integrity_sha1(bytes_of(pwd)).finish_with_fingerprint();
  }
  void request(Reader& in) {
    ice::LegId on = leg(in);
    Endpoint source = from(in);
    stun::Builder builder(stun::Class::request, stun::Method::binding, random_.bytes<12>());
    builder.text(stun::Attr::username, agent_.local_credentials().ufrag + ":" + kPeer.ufrag);
    if (in.u8() % 2) builder.u32(stun::Attr::priority, in.u32());
    agent_.on_datagram(now_, on, source, finish(std::move(builder), in, agent_.local_credentials().pwd));
  }
  void answer(Reader& in, stun::Class cls) {
    if (checks_.empty()) return;
    const auto& check = checks_[in.u8() % checks_.size()];
    Endpoint source = in.u8() % 4 ? check.to : from(in);
    stun::Builder builder(cls, stun::Method::binding, check.id);
    if (cls == stun::Class::error) builder.error(in.u8() % 2 ? 487 : 400, "no");
    agent_.on_datagram(now_, check.leg, source, finish(std::move(builder), in, kPeer.pwd));
  }
  void change(std::uint8_t how) {
    if (how % 4 == 0) agent_.restart(now_);
    if (how % 4 == 1) agent_.set_remote_credentials(now_, kPeer);
    if (how % 4 == 2) agent_.remove_leg(now_, kUdp);
    if (how % 4 == 3) add_legs(), agent_.set_limits(now_, ice::Limits{8, 16, 100, 100, 60, 3s});
  }
  void drain() {
    while (auto t = agent_.next_transmit()) {
      auto message = stun::Message::parse(t->bytes);
      if (!message) std::abort();  // we send nothing that we would not read
      if (message->cls() == stun::Class::request) checks_.push_back({t->leg, t->to, message->transaction()});
      if (checks_.size() > 16) checks_.erase(checks_.begin());
    }
    while (agent_.next_event()) {
    }
    if (agent_.pairs().size() > 100) std::abort();
  }

  struct Check {
    ice::LegId leg;
    Endpoint to;
    stun::TransactionId id;
  };
  FixedRandom random_;
  NullLog log_;
  ice::Agent agent_;
  Time now_ = Time{} + 1h;
  std::vector<Check> checks_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Reader in({data, size});
  Harness harness(in.u8() % 2);
  // Enough for any story worth telling; longer ones only make the fuzzer slow.
  for (int step = 0; step < 32 && in.left() >= 2; ++step) {
    std::uint8_t kind = in.u8();
    harness.step(kind, run(in));
  }
  return 0;
}
