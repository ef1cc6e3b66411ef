#include "rendezvous/messages.h"

#include <functional>

#include <gtest/gtest.h>

#include "rendezvous.pb.h"

namespace godesk::rendezvous {
namespace {

Services full_services() {
  Relay relay;
  relay.udp = HostPort{"198.51.100.10", 3478};
  relay.tls = HostPort{"2001:db8::1", 443};
  relay.websocket = HostPort{"2001:db8::1", 444};
  relay.username = "1800000000:abc";
  relay.password = "c2VjcmV0";
  relay.realm = "godesk";
  relay.nonce = "nonce";
  relay.here = true;
  relay.relayed = Endpoint{*IpAddress::parse("198.51.100.10"), 50000};
  return {{{"198.51.100.10", 3478}, {"desk.example.org", 3479}},
          {relay, relay},
          Buffer{1, 2, 3},
          stun::Seen{{4, 5}, {6}},
          Buffer{7, 8, 9},
          30ms};
}

template <class T>
T back_from_server(const ServerMessage& message) {
  auto decoded = decode_server_message(encode(message));
  EXPECT_TRUE(decoded.ok());
  return decoded ? std::get<T>(*decoded) : T{};
}
template <class T>
T back_from_client(const ClientMessage& message) {
  auto decoded = decode_client_message(encode(message));
  EXPECT_TRUE(decoded.ok());
  return decoded ? std::get<T>(*decoded) : T{};
}

TEST(Messages, EveryFieldComesBack) {
  crypto::PublicKey key;
  key.bytes.fill(7);
  crypto::Signature signature;
  signature.fill(9);
  const auto id = *auth::DeviceId::parse("123 456 789");

  const auto hello = back_from_client<wire::Hello>(wire::Hello{Role::host, key, signature});
  EXPECT_EQ(hello.role, Role::host);
  EXPECT_EQ(hello.key, key);
  EXPECT_EQ(hello.signature, signature);
  EXPECT_FALSE(back_from_client<wire::Register>(wire::Register{false}).willing);
  EXPECT_EQ(back_from_client<wire::Find>(wire::Find{id, 5}).id, id);
  EXPECT_EQ(back_from_client<wire::Find>(wire::Find{id, 5}).question, 5u);
  EXPECT_EQ(back_from_client<wire::Refresh>(wire::Refresh{IntroId{3}, Buffer{1}}).token, Buffer{1});
  const std::vector<IpAddress> own = {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")};
  EXPECT_EQ(back_from_client<wire::Register>(wire::Register{true, own}).own_relays, own);
  EXPECT_EQ(back_from_client<wire::Find>(wire::Find{id, 5, own}).own_relays, own);
  const auto meeting = back_from_client<wire::Refresh>(wire::Refresh{IntroId{3}, Buffer{1}, true, own});
  EXPECT_TRUE(meeting.meet);
  EXPECT_EQ(meeting.own_relays, own);
  EXPECT_EQ(back_from_client<wire::Signal>(wire::Signal{IntroId{3}, Buffer{1, 2}}).bytes, (Buffer{1, 2}));
  EXPECT_EQ(back_from_client<wire::EndIntroduction>(wire::EndIntroduction{IntroId{3}}).intro, IntroId{3});

  EXPECT_EQ(back_from_server<wire::ServerHello>(wire::ServerHello{key, signature}).identity, key);
  EXPECT_EQ(back_from_server<wire::Connected>(wire::Connected{full_services()}).services, full_services());
  EXPECT_EQ(back_from_server<wire::Registered>(wire::Registered{id, full_services()}).id, id);
  EXPECT_EQ(back_from_server<wire::Rejected>(wire::Rejected{wire::Rejected::Why::identity_in_use}).why,
            wire::Rejected::Why::identity_in_use);
  const auto introduction = wire::Introduction{IntroId{~0ull}, key, full_services()};
  EXPECT_EQ(back_from_server<wire::Introduction>(introduction).intro, IntroId{~0ull});
  EXPECT_EQ(back_from_server<wire::Introduction>(introduction).caller, key);
  EXPECT_FALSE(back_from_server<wire::Introduction>(introduction).again);
  EXPECT_TRUE(back_from_server<wire::Introduction>({wire::Introduction{IntroId{1}, key, {}, true}}).again);
  EXPECT_TRUE(back_from_server<wire::Refreshed>(wire::Refreshed{IntroId{4}, {}, true}).met);
  const auto introduced = wire::Introduced{IntroId{4}, key, full_services(), 6};
  EXPECT_EQ(back_from_server<wire::Introduced>(introduced).host, key);
  EXPECT_EQ(back_from_server<wire::Introduced>(introduced).question, 6u);
  EXPECT_EQ(back_from_server<wire::NotFound>(wire::NotFound{8}).question, 8u);
  EXPECT_EQ(back_from_server<wire::Busy>(wire::Busy{8, 1500ms}).wait, 1500ms);
  EXPECT_EQ(back_from_server<wire::Busy>(wire::Busy{8, 1ns}).wait, 1ms) << "never too short a wait";
  EXPECT_EQ(back_from_server<wire::Refreshed>(wire::Refreshed{IntroId{4}, full_services()}).services,
            full_services());
  EXPECT_EQ(back_from_server<wire::RefreshRefused>(wire::RefreshRefused{IntroId{4}}).intro, IntroId{4});
  back_from_server<wire::Ping>(wire::Ping{});
  back_from_server<wire::Pong>(wire::Pong{});
}

TEST(Messages, TheWireFormIsAsDocumented) {
  const auto id = *auth::DeviceId::from_number(123456789);
  // Field 3 of the envelope, 10 bytes: the ID and the question, each fixed32, little-endian.
  EXPECT_EQ(to_hex(encode(ClientMessage(wire::Find{id, 7}))), "1a0a0d15cd5b071507000000");
  EXPECT_EQ(to_hex(encode(ServerMessage(wire::Ping{}))), "6a00");
}

TEST(Messages, LengthsDoNotDependOnValues) {
  const auto size = encode(ServerMessage(wire::NotFound{1})).size();
  EXPECT_EQ(encode(ServerMessage(wire::NotFound{0xffffffff})).size(), size);
}

DecodeError why(ByteView bytes) {
  const auto message = decode_server_message(bytes);
  EXPECT_FALSE(message.ok());
  return message.ok() ? DecodeError{} : message.reason();
}

TEST(Messages, RefusedForm) {
  EXPECT_EQ(why(Buffer(kMaxMessage + 1, 0)), DecodeError::too_long);
  EXPECT_EQ(why(bytes_of("\x0a\x7f")), DecodeError::not_a_proto);
  EXPECT_EQ(why({}), DecodeError::unknown_kind);
  EXPECT_EQ(why(bytes_of("\xa2\x06\x01x")), DecodeError::unknown_kind);  // field 100
  EXPECT_EQ(decode_client_message({}).reason(), DecodeError::unknown_kind);
}

TEST(Messages, FieldsOutsideTheirBounds) {
  using Change = std::function<void(pb::ServerMessage&)>;
  const auto introduction = [](auto change) {
    return Change([change](pb::ServerMessage& m) { change(*m.mutable_introduction()->mutable_services()); });
  };
  const auto relay = [&](auto change) {
    return introduction([change](pb::Services& s) { change(*s.mutable_relays(0)); });
  };
  const std::vector<std::pair<const char*, Change>> changes = {
      {"short key", [](auto& m) { m.mutable_introduction()->set_caller("short"); }},
      {"stun servers", introduction([](auto& s) {
         for (int i = 0; i < 20; ++i) *s.add_stun() = s.stun(0);
       })},
      {"relays", introduction([](auto& s) {
         for (int i = 0; i < 20; ++i) *s.add_relays() = s.relays(0);
       })},
      {"empty host", introduction([](auto& s) { s.mutable_stun(0)->set_host(""); })},
      {"control characters", introduction([](auto& s) { s.mutable_stun(0)->set_host("a\nb"); })},
      {"long host", introduction([](auto& s) { s.mutable_stun(0)->set_host(std::string(256, 'a')); })},
      {"port 0", introduction([](auto& s) { s.mutable_stun(0)->set_port(0); })},
      {"port 65536", introduction([](auto& s) { s.mutable_stun(0)->set_port(65536); })},
      {"token", introduction([](auto& s) { s.set_refresh_token(std::string(kMaxToken + 1, 'a')); })},
      {"user name", relay([](auto& r) { r.set_username(std::string(kMaxUsername + 1, 'a')); })},
      {"password", relay([](auto& r) { r.set_password(std::string(kMaxPassword + 1, 'a')); })},
      {"realm", relay([](auto& r) { r.set_realm(std::string(kMaxRealm + 1, 'a')); })},
      {"nonce", relay([](auto& r) { r.set_nonce(std::string(kMaxNonce + 1, 'a')); })},
      {"no address", relay([](auto& r) { r.clear_udp(), r.clear_tcp(), r.clear_tls(); })},
      {"ID 99999999", [](auto& m) { m.mutable_registered()->set_id(99'999'999); }},
      {"ID 1000000000", [](auto& m) { m.mutable_registered()->set_id(1'000'000'000); }},
      {"reason 0", [](auto& m) { m.mutable_rejected()->set_why(0); }},
      {"reason 4", [](auto& m) { m.mutable_rejected()->set_why(4); }},
      {"wait", [](auto& m) { m.mutable_busy()->set_wait_ms(3'600'001); }},
      {"empty signal", [](auto& m) { m.mutable_signal()->set_bytes(""); }},
      {"long signal", [](auto& m) { m.mutable_signal()->set_bytes(std::string(kMaxSignal + 1, 'a')); }},
      {"signature", [](auto& m) {
         m.mutable_server_hello()->set_identity(std::string(32, 'a'));
         m.mutable_server_hello()->set_signature(std::string(63, 'a'));
       }}};
  const Buffer good = encode(ServerMessage(wire::Introduction{IntroId{1}, {}, full_services()}));
  ASSERT_TRUE(decode_server_message(good).ok());
  for (const auto& [what, change] : changes) {
    pb::ServerMessage proto;
    ASSERT_TRUE(proto.ParseFromArray(good.data(), static_cast<int>(good.size())));
    change(proto);
    EXPECT_EQ(why(bytes_of(proto.SerializeAsString())), DecodeError::bad_field) << what;
  }
}

TEST(Messages, OwnRelaysAreTwoAddressesAtMost) {
  const auto reason = [](std::initializer_list<std::size_t> sizes) {
    pb::ClientMessage proto;
    proto.mutable_find()->set_id(123456789);
    for (std::size_t size : sizes) proto.mutable_find()->add_own_relays(std::string(size, 'a'));
    const auto decoded = decode_client_message(bytes_of(proto.SerializeAsString()));
    return decoded ? std::nullopt : std::optional(decoded.reason());
  };
  EXPECT_FALSE(reason({4, 16}));
  for (const auto& bad : {std::initializer_list<std::size_t>{4, 4, 4}, {0}, {5}, {17}})
    EXPECT_EQ(reason(bad), DecodeError::bad_field);
}

TEST(Messages, UnknownFieldsAreSkipped) {
  Buffer later = encode(ServerMessage(wire::NotFound{1}));
  append(later, bytes_of("\xa0\x06\x01"));  // field 100, a varint
  EXPECT_TRUE(decode_server_message(later).ok());
}

}  // namespace
}  // namespace godesk::rendezvous
