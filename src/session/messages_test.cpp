#include "session/messages.h"

#include <gtest/gtest.h>

#include "session/message_stream.h"

namespace godesk::session {
namespace {

TEST(Control, EveryMessageRoundTrips) {
  const std::vector<Control> all = {
      Offer{{LoginOffer{PasswordKind::unattended, {1, 2}, {32768, 8, 1}}}},
      Busy{1500ms},
      Share{PasswordKind::one_time, Buffer(65, 1)},
      Response{Buffer(65, 2), Buffer(32, 3)},
      Confirm{Buffer(32, 4)},
      Accepted{7},
      Refused{Refused::Why::refused},
      LinkSignal{{1, 2}},
      CursorShape{{3}},
      PermissionsChanged{3},
      InputAck{1ull << 40},
  };
  for (const auto& message : all) {
    const Buffer bytes = encode(message);
    auto back = decode_control(bytes);
    ASSERT_TRUE(back) << message.index();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(Control, LiesAreRefused) {
  EXPECT_EQ(decode_control(Buffer{}).reason(), MessageError::unknown);
  EXPECT_EQ(decode_control(Buffer{0xff}).reason(), MessageError::malformed);
  EXPECT_EQ(decode_control(encode(Control(Share{PasswordKind::one_time, Buffer(64, 1)}))).reason(),
            MessageError::bad_length);
  EXPECT_EQ(decode_control(encode(Control(Share{PasswordKind{3}, Buffer(65, 1)}))).reason(),
            MessageError::bad_value);
  EXPECT_EQ(decode_control(encode(Control(Confirm{Buffer(31, 1)}))).reason(), MessageError::bad_length);
  EXPECT_EQ(decode_control(encode(Control(Refused{Refused::Why{9}}))).reason(), MessageError::bad_value);
  EXPECT_EQ(decode_control(Buffer(kMaxControl + 1)).reason(), MessageError::bad_length);
  EXPECT_EQ(decode_control(encode(Control(Offer{std::vector<LoginOffer>(5)}))).reason(),
            MessageError::bad_length);
}

TEST(Input, RoundTripsAndRefuses) {
  for (const Input& input :
       {Input(Key{0x1002030, true}), Input(Button{9, false, 16383, 3}), Input(Wheel{-120, 240, 1, 2}),
        Input(Character{U'\U0001F600'}), Input(ReleaseAll{}), Input(PhysicalKey{247, true}),
        Input(Motion{-16383, 7}), Input(Button{1, true, 0, 0, true}), Input(Wheel{0, 120, 0, 0, true})}) {
    auto back = decode_input(encode(input));
    ASSERT_TRUE(back) << input.index();
    EXPECT_EQ(encode(*back), encode(input));
  }
  for (const Input& lie : {Input(Key{0, true}), Input(Key{0x20000000, true}), Input(Button{4, true, 0, 0}),
                           Input(Button{1, true, 16384, 0}), Input(Wheel{12001, 0, 0, 0}),
                           Input(Character{0xd800}), Input(Character{0x110000}), Input(PhysicalKey{0, true}),
                           Input(PhysicalKey{248, true}), Input(Motion{0, -16384})}) {
    EXPECT_EQ(decode_input(encode(lie)).reason(), MessageError::bad_value) << lie.index();
  }
}

TEST(Control, MonitorsRoundTripAndRefuseLies) {
  const Monitors both{{{0, 0, 1920, 1080}, {1920, 16383, 16384, 1}}, 2};
  const auto back = decode_control(encode(Control(both)));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(Control(both)));
  EXPECT_EQ(std::get<Monitors>(*back).all[1].y, 16383);
  for (const Monitors& lie : {Monitors{{}, 1}, Monitors{{{0, 0, 0, 1}}, 0}, Monitors{{{16384, 0, 1, 1}}, 0}})
    EXPECT_EQ(decode_control(encode(Control(lie))).reason(), MessageError::bad_value);
  EXPECT_EQ(decode_control(encode(Control(Monitors{std::vector<MonitorRect>(17, {0, 0, 1, 1}), 0}))).reason(),
            MessageError::bad_length);
  EXPECT_EQ(decode_control(encode(Control(MonitorWanted{17}))).reason(), MessageError::bad_value);
  EXPECT_TRUE(decode_control(encode(Control(MonitorWanted{16}))));
}

TEST(Control, SizesAndLayoutsRoundTripAndRefuseLies) {
  using S = Sizing::State;
  using W = Sizing::Why;
  for (const Control& message :
       {Control(SizeWanted{320, 8192}), Control(SizeWanted{}), Control(Sizing{S::follows, W::nothing}),
        Control(Sizing{S::refused, W::several_monitors}), Control(KeyboardLayout{"de(nodeadkeys)"})}) {
    const auto back = decode_control(encode(message));
    ASSERT_TRUE(back) << message.index();
    EXPECT_EQ(encode(*back), encode(message));
  }
  for (const Control& lie :
       {Control(SizeWanted{319, 400}), Control(SizeWanted{0, 400}), Control(SizeWanted{400, 8193}),
        Control(Sizing{S{4}, W::nothing}), Control(Sizing{S{0}, W::nothing}),
        Control(Sizing{S::refused, W::nothing}), Control(Sizing{S::decides, W::unsupported}),
        Control(Sizing{S::refused, W{4}}), Control(KeyboardLayout{"d\n"})})
    EXPECT_EQ(decode_control(encode(lie)).reason(), MessageError::bad_value) << lie.index();
  for (const std::size_t length : {0u, 65u})
    EXPECT_EQ(decode_control(encode(Control(KeyboardLayout{std::string(length, 'x')}))).reason(),
              MessageError::bad_length);
}

TEST(Control, CodecsThatNobodyKnowsYetRoundTrip) {
  const auto back = decode_control(encode(Control(VideoCodecs{0x80000001})));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<VideoCodecs>(*back).more, 0x80000001u);
}

TEST(Datagrams, HaveThisForm) {
  EXPECT_EQ(to_hex(encode(DatagramMessage(PointerMove{0x01020304, 5, 6}))), "010102030400050006");
  EXPECT_EQ(to_hex(encode(DatagramMessage(CursorMove{1, 16383, 0}))), "02000000013fff0000");
  EXPECT_EQ(to_hex(encode(DatagramMessage(SoundPacket{7, 0x102, -2, {0xe4, 1}}))), "03000000070102fffee401");
  EXPECT_FALSE(decode_datagram(*from_hex("03000000070102fffe")));
  EXPECT_FALSE(decode_datagram(encode(DatagramMessage(SoundPacket{7, 1, 0, Buffer(kMaxSoundPacket + 1)}))));
  EXPECT_FALSE(decode_datagram(*from_hex("0101020304000500")));
  EXPECT_FALSE(decode_datagram(*from_hex("01010203040005000600")));
  EXPECT_FALSE(decode_datagram(*from_hex("010102030440000006")));
  EXPECT_FALSE(decode_datagram(*from_hex("040102030400050006")));
}

TEST(MessageAssembler, CutsAndBreaks) {
  MessageAssembler in(4);
  Buffer stream = with_length(Buffer{1, 2});
  append(stream, with_length(Buffer{}));
  append(stream, with_length(Buffer{3}));
  for (std::uint8_t byte : stream) in.add(Buffer{byte});
  EXPECT_EQ(in.next(), (Buffer{1, 2}));
  EXPECT_EQ(in.next(), Buffer{});
  EXPECT_EQ(in.next(), Buffer{3});
  EXPECT_FALSE(in.next());
  EXPECT_FALSE(in.broken());
  in.add(with_length(Buffer(5)));
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.broken());
  in.add(with_length(Buffer{1}));
  EXPECT_FALSE(in.next());
}

TEST(MessageAssembler, TakesALengthInItsShortestFormOnly) {
  MessageAssembler in(100);
  const Buffer longer = with_length(Buffer(70));
  EXPECT_EQ(to_hex(ByteView(longer).first(3)), "404600");
  in.add(longer);
  EXPECT_EQ(in.next(), Buffer(70));
  in.add(*from_hex("40010000000000000000"));
  EXPECT_FALSE(in.next());
  EXPECT_TRUE(in.broken());
}

TEST(Screen, HasThisForm) {
  EXPECT_EQ(to_hex(encode(ScreenUpdate{3, 300, {0xab}})), "03412cab");
  const auto back = decode_screen(*from_hex("03412cab"));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->capture_us, 3u);
  EXPECT_EQ(back->encode_us, 300u);
  EXPECT_EQ(back->update, Buffer{0xab});
  EXPECT_FALSE(decode_screen(*from_hex("03412c"))) << "nothing in it";
  EXPECT_FALSE(decode_screen(*from_hex("400301ab"))) << "a longer form than needed";
  EXPECT_FALSE(decode_screen(*from_hex("03c000000100000000ab"))) << "above 32 bits";
}

}  // namespace
}  // namespace godesk::session
