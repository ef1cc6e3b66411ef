// Someone in the middle whom the ID server named as the host: two QUIC connections, login messages carried
// from one to the other (SECURITY 2 and 3).
#include <gtest/gtest.h>

#include "session/session.h"
#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::session {
namespace {

/// Caller <-> middle <-> host. The caller was told that the middle's key is the host's.
struct Middle : testing::Test {
  sim::SeededRandom random{17};
  NullLog log;
  auth::Identity caller_id = auth::make_identity(random), middle_id = auth::make_identity(random),
                 host_id = auth::make_identity(random);
  TestDoor door{host_id, random};
  Time now{};

  std::unique_ptr<Session> caller, host;
  std::unique_ptr<QuicChannel> to_caller, to_host;
  std::vector<Event> caller_events, host_events;
  std::size_t carried = 0;

  void meet(const std::string& password, const crypto::PublicKey& caller_expects) {
    auto c = std::make_unique<WireCarrier>(25ms), m1 = std::make_unique<WireCarrier>(25ms);
    auto m2 = std::make_unique<WireCarrier>(25ms), h = std::make_unique<WireCarrier>(25ms);
    c->connect(*m1), m1->connect(*c), m2->connect(*h), h->connect(*m2);
    caller = std::make_unique<Session>(channel(quic::Role::client, caller_id, caller_expects, std::move(c)),
                                       Proof{password}, random, log);
    host =
        std::make_unique<Session>(channel(quic::Role::server, host_id, {}, std::move(h)), door, random, log);
    to_caller = channel(quic::Role::server, middle_id, {}, std::move(m1));
    to_host = channel(quic::Role::client, middle_id, {}, std::move(m2));
    host->start(now), to_host->start(now), to_caller->start(now), caller->start(now);
  }
  std::unique_ptr<QuicChannel> channel(quic::Role role, const auth::Identity& who,
                                       std::optional<crypto::PublicKey> expected,
                                       std::unique_ptr<link::Carrier> wire) {
    return std::make_unique<QuicChannel>(QuicChannelConfig{role, who, expected, {}}, std::move(wire), random,
                                         log);
  }

  /// What one of the middle's ends heard goes out at its other end, unchanged.
  void carry(QuicChannel& from, QuicChannel& to, std::optional<StreamHandle>& in,
             std::optional<StreamHandle>& out) {
    while (auto event = from.next_event()) {
      auto* data = std::get_if<quic::StreamData>(&*event);
      if (!data) continue;
      in = data->stream;
      if (!out) out = to.open_stream(0);
      if (!out) return;  // that side has left
      carried += data->bytes.size();
      to.write(now, *out, data->bytes);
    }
  }
  void drain() {
    for (Machine* end : {static_cast<Machine*>(&*caller), static_cast<Machine*>(&*host),
                         static_cast<Machine*>(&*to_caller), static_cast<Machine*>(&*to_host)}) {
      while (end->next_command() || end->next_transmit()) {
      }
    }
    carry(*to_host, *to_caller, host_stream, caller_stream);
    carry(*to_caller, *to_host, caller_stream, host_stream);
    while (auto event = caller->next_event()) caller_events.push_back(std::move(*event));
    while (auto event = host->next_event()) host_events.push_back(std::move(*event));
  }
  void run(Duration limit) {
    const Time end = now + limit;
    for (drain();; drain()) {
      const Time next = std::min({caller->next_deadline(), host->next_deadline(), to_caller->next_deadline(),
                                  to_host->next_deadline()});
      if (next > end) break;
      now = std::max(now, next);
      if (caller->next_deadline() <= now) caller->on_timer(now);
      if (host->next_deadline() <= now) host->on_timer(now);
      if (to_caller->next_deadline() <= now) to_caller->on_timer(now);
      if (to_host->next_deadline() <= now) to_host->on_timer(now);
    }
    now = end;
  }
  std::optional<StreamHandle> host_stream, caller_stream;
};

TEST_F(Middle, AnUnpinnedCallerIsNotTakenInAndNothingIsPinned) {
  meet(door.one_time.symbols(), middle_id.public_key);
  run(15s);
  EXPECT_GT(carried, 200u) << "offer, share and response went through the middle";
  ASSERT_TRUE(Pair::find<Ended>(caller_events));
  EXPECT_EQ(Pair::find<Ended>(caller_events)->reason, EndReason::wrong_password);
  EXPECT_FALSE(Pair::find<Authenticated>(caller_events)) << "the pin is written with this event";
  EXPECT_FALSE(Pair::find<Authenticated>(host_events));
  EXPECT_EQ(door.spent, 1);
  EXPECT_EQ(door.admitted, 0);
}

TEST_F(Middle, APinnedCallerLeavesBeforeItSaysAnything) {
  meet(door.one_time.symbols(), host_id.public_key);
  run(15s);
  ASSERT_TRUE(Pair::find<Ended>(caller_events));
  EXPECT_EQ(Pair::find<Ended>(caller_events)->reason, EndReason::key_changed);
  EXPECT_EQ(door.spent, 0) << "no shareP reached the host";
}

/// SECURITY 7: what a host says before the login names nothing of it.
TEST_F(Middle, BeforeTheLoginTheHostSaysItsOfferAndNothingElse) {
  meet("AAAA-AAAA", middle_id.public_key);
  run(200ms);
  ASSERT_GT(carried, 0u);
  EXPECT_LT(carried, 400u) << "two offers with their salts, one share, one response";
}

}  // namespace
}  // namespace godesk::session
