// The viewer's address changes in mid-session while a picture plays: the picture is back one round trip and
// 300 ms after the new address is up, whatever QUIC was waiting for meanwhile.
#include <gtest/gtest.h>

#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

constexpr Duration kRtt = 50ms;  // from end to end

struct Roam : testing::Test {
  DeskWorld desk{41, 12ms};
  NodeId laptop{};
  std::uint32_t picture = 0;

  static std::vector<IpAddress> with_loopback(const char* address) {
    return {LinkCall::ip(address), LinkCall::ip("127.0.0.1")};
  }
  /// The commonest home router: nobody gets in who was not sent to.
  NodeId at_home(const char* outside) {
    const NatConfig cone{{Dependence::endpoint_independent, Dependence::address_and_port_dependent}};
    const auto lan =
        desk.world().net.add_nat(cone, NetworkId::internet, LinkCall::ip(outside), desk.access, desk.access);
    return desk.world().net.add_host(lan, with_loopback("192.168.1.2"), {.delay = 500us}, {.delay = 500us});
  }
  void open() {
    desk.start_host(at_home("198.51.100.1"));
    ASSERT_TRUE(desk.host_ready());
    laptop = at_home("198.51.100.2");
    desk.start_viewer(laptop);
    ASSERT_TRUE(desk.first_frame());
    ASSERT_TRUE(desk.becomes(link::Kind::direct));
    play(3s);
  }
  /// 30 pictures a second.
  void play(Duration time) {
    for (const Time end = desk.world().now() + time; desk.world().now() < end; desk.world().run_for(33ms))
      desk.paint({20, 20, 200, 100}, ++picture * 0x010305);
  }
  /// From now until the next picture.
  Duration back() {
    const Time up = desk.world().now();
    const auto before = desk.viewer->figures().updates;
    Time next = up;
    while (desk.viewer->figures().updates == before && desk.world().now() < up + 10s) {
      if (desk.world().now() >= next) {
        desk.paint({20, 20, 200, 100}, ++picture * 0x010305);
        next += 33ms;
      }
      desk.world().run_for(1ms);
    }
    return desk.world().now() - up;
  }
  Duration roam(Duration between) {
    desk.world().change_addresses(laptop, {LinkCall::ip("127.0.0.1")});
    play(between);
    desk.world().change_addresses(laptop, with_loopback("192.168.1.77"));
    return back();
  }
  void expect_back_at_once_after(Duration without) {
    open();
    const Duration gap = roam(without);
    std::printf("picture back %.0f ms after the new address\n", to_ms(gap));
    EXPECT_LE(gap, kRtt + 300ms);
    EXPECT_TRUE(desk.becomes(link::Kind::direct));
    EXPECT_EQ(desk.count<viewer::Authenticated>(), 1u);
  }
};

TEST_F(Roam, ThePictureIsBackAtOnceAfterAShortGap) { expect_back_at_once_after(200ms); }

TEST_F(Roam, AndAfterOneOfSeconds) { expect_back_at_once_after(3s); }

TEST_F(Roam, AndAfterAQuarterOfAMinute) {
  open();
  EXPECT_LE(roam(15s), kRtt + 300ms);
}

}  // namespace
}  // namespace godesk::sim
