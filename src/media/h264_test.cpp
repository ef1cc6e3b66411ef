// Streams made bit by bit, as ITU-T H.264, 7.3 says: they need no codec.
#include "media/h264.h"

#include <string>

#include <gtest/gtest.h>

namespace godesk::media {
namespace {

/// Bits as text of 0 and 1.
std::string bits(std::uint32_t value, int count) {
  std::string text;
  for (int i = count; i-- > 0;) text += value >> i & 1 ? '1' : '0';
  return text;
}

std::string golomb(std::uint32_t value) {
  int length = 1;
  while ((value + 1) >> length) ++length;
  return std::string(std::size_t(length - 1), '0') + bits(value + 1, length);
}

/// A unit in the byte stream, with what keeps start codes out of it.
Buffer unit(std::uint8_t header, std::string payload) {
  payload += '1';
  while (payload.size() % 8) payload += '0';
  Buffer out{0, 0, 0, 1, header};
  int zeros = 0;
  for (std::size_t at = 0; at < payload.size(); at += 8) {
    const auto byte = static_cast<std::uint8_t>(std::stoi(payload.substr(at, 8), nullptr, 2));
    if (zeros >= 2 && byte <= 3) out.push_back(3), zeros = 0;
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

struct Sequence {
  std::uint32_t profile = 66, constraints = 0xc0, level = 31, id = 0, frame_bits = 0, order = 2,
                references = 1;
  bool gaps = false, frames = true;
  std::uint32_t columns = 4, rows = 3;  // macroblocks
  std::uint32_t cut[4] = {0, 0, 0, 0};  // left, right, top, bottom

  Buffer made() const {
    std::string out = bits(profile, 8) + bits(constraints, 8) + bits(level, 8) + golomb(id) +
                      golomb(frame_bits) + golomb(order) + golomb(references) + bits(gaps, 1) +
                      golomb(columns - 1) + golomb(rows - 1) + bits(frames, 1) + "1";
    const bool any = cut[0] || cut[1] || cut[2] || cut[3];
    out += any ? "1" : "0";
    for (const std::uint32_t c : cut)
      if (any) out += golomb(c);
    return unit(0x67, out + "0");
  }
};

struct Picture {
  std::uint32_t id = 0, sequence = 0, groups = 1, references = 1;
  bool arithmetic = false, weighted = false, redundant = false;

  Buffer made() const {
    return unit(0x68, golomb(id) + golomb(sequence) + bits(arithmetic, 1) + "0" + golomb(groups - 1) +
                          golomb(references - 1) + golomb(0) + bits(weighted, 1) + "00" + golomb(0) +
                          golomb(0) + golomb(0) + "00" + bits(redundant, 1));
  }
};

Buffer slice(std::uint8_t header, std::uint32_t first, std::uint32_t kind, std::uint32_t picture = 0) {
  return unit(header, golomb(first) + golomb(kind) + golomb(picture) + "10110011100011110000");
}

template <class... Units>
Buffer stream(const Units&... units) {
  Buffer all;
  (append(all, units), ...);
  return all;
}

const Buffer kIdr = slice(0x65, 0, 7), kNext = slice(0x41, 0, 5);

bool key_fine(const Buffer& bytes) { return check_h264(bytes, 64, 48, true); }
bool key_fine(const Sequence& sequence) { return key_fine(stream(sequence.made(), Picture().made(), kIdr)); }
bool key_fine(const Picture& picture) { return key_fine(stream(Sequence().made(), picture.made(), kIdr)); }
bool fine(const Buffer& bytes) { return check_h264(bytes, 64, 48, false); }

TEST(H264Header, WhatIsAllowedPasses) {
  EXPECT_TRUE(key_fine(Sequence()));
  EXPECT_TRUE(fine(kNext));
  EXPECT_TRUE(fine(slice(0x41, 0, 7))) << "a picture that uses none before";
  EXPECT_TRUE(fine(stream(kNext, slice(0x41, 6, 0)))) << "two slices";
  EXPECT_TRUE(fine(Buffer(kNext.begin() + 1, kNext.end()))) << "a short start code";
}

TEST(H264Header, TheSizeIsTheAnnouncedOne) {
  Sequence sequence;
  sequence.columns = 5;
  EXPECT_FALSE(key_fine(sequence));
  sequence.cut[1] = 8;
  EXPECT_FALSE(key_fine(sequence)) << "a whole macroblock is cut off";
  sequence = {};
  sequence.cut[1] = 1;
  EXPECT_FALSE(key_fine(sequence));
  EXPECT_TRUE(check_h264(stream(sequence.made(), Picture().made(), kIdr), 62, 48, true));
  sequence = {};
  sequence.cut[0] = 1;
  EXPECT_FALSE(check_h264(stream(sequence.made(), Picture().made(), kIdr), 62, 48, true)) << "from the left";
  sequence = {};
  sequence.rows = 0x10000003;
  EXPECT_FALSE(key_fine(sequence)) << "16 times that is 48 in 32 bits";
}

TEST(H264Header, OtherSequencesAreRefused) {
  const auto lie = [](auto change) {
    Sequence sequence;
    change(sequence);
    return key_fine(sequence);
  };
  EXPECT_FALSE(lie([](Sequence& s) { s.profile = 100; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.constraints = 0x80; })) << "baseline, but not constrained";
  EXPECT_FALSE(lie([](Sequence& s) { s.level = 60; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.id = 1; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.frame_bits = 13; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.order = 0; })) << "pictures may wait for later ones";
  EXPECT_FALSE(lie([](Sequence& s) { s.references = 2; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.gaps = true; }));
  EXPECT_FALSE(lie([](Sequence& s) { s.frames = false; })) << "fields";
}

TEST(H264Header, OtherPicturesAreRefused) {
  const auto lie = [](auto change) {
    Picture picture;
    change(picture);
    return key_fine(picture);
  };
  EXPECT_TRUE(lie([](Picture&) {}));
  EXPECT_FALSE(lie([](Picture& p) { p.id = 1; }));
  EXPECT_FALSE(lie([](Picture& p) { p.sequence = 1; }));
  EXPECT_FALSE(lie([](Picture& p) { p.arithmetic = true; }));
  EXPECT_FALSE(lie([](Picture& p) { p.groups = 2; }));
  EXPECT_FALSE(lie([](Picture& p) { p.references = 2; }));
  EXPECT_FALSE(lie([](Picture& p) { p.weighted = true; }));
  EXPECT_FALSE(lie([](Picture& p) { p.redundant = true; }));
}

TEST(H264Header, UnitsComeInTheirOrderAndNoOthers) {
  const Buffer sequence = Sequence().made(), picture = Picture().made();
  EXPECT_FALSE(key_fine(stream(sequence, kIdr)));
  EXPECT_FALSE(key_fine(stream(picture, sequence, kIdr)));
  EXPECT_FALSE(key_fine(stream(sequence, picture)));
  EXPECT_FALSE(key_fine(stream(sequence, picture, kNext))) << "the first is an IDR picture";
  EXPECT_FALSE(key_fine(stream(sequence, picture, unit(0x06, "1010"), kIdr)));
  EXPECT_FALSE(key_fine(stream(sequence, picture, slice(0x65, 0, 5)))) << "an IDR picture uses no other";
  EXPECT_FALSE(fine(stream(sequence, picture, kIdr))) << "sets come once";
  EXPECT_FALSE(fine(stream(kNext, sequence)));
  EXPECT_FALSE(fine(kIdr));
  EXPECT_FALSE(fine(slice(0x01, 0, 5))) << "nothing may refer to it";
  EXPECT_FALSE(fine(slice(0xc1, 0, 5))) << "the forbidden bit";
  EXPECT_FALSE(fine(slice(0x41, 0, 6))) << "foretold from both sides";
  EXPECT_FALSE(fine(slice(0x41, 0, 5, 1))) << "another set";
  EXPECT_FALSE(fine(slice(0x41, 1, 5))) << "begins with the second macroblock";
  EXPECT_FALSE(fine(stream(kNext, kNext))) << "two pictures";
  EXPECT_FALSE(fine(stream(kNext, slice(0x41, 12, 5)))) << "there are only 12";
}

TEST(H264Header, WhatIsNoStreamIsRefused) {
  const Buffer key = stream(Sequence().made(), Picture().made(), kIdr);
  for (std::size_t size = 0; size < key.size() - 4; ++size)
    EXPECT_FALSE(check_h264(ByteView(key).first(size), 64, 48, true)) << size;
  EXPECT_FALSE(fine({}));
  EXPECT_FALSE(fine({0, 0, 1}));
  EXPECT_FALSE(fine({0, 0, 0, 0, 1, 0x41, 0xb0}));
  EXPECT_FALSE(fine(stream(Buffer{7}, kNext)));
  Buffer many;
  for (std::uint32_t i = 0; i < 65; ++i) append(many, slice(0x41, i, 5));
  EXPECT_FALSE(check_h264(many, 1920, 1072, false)) << "65 slices";
}

}  // namespace
}  // namespace godesk::media
