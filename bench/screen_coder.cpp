// What the screen coder costs on made-up contents of 1920x1080 (Google Benchmark):
//   ./dev bench coder
// Per update: time to encode, `bytes` on the wire. Contents repeat exactly.
#include <algorithm>
#include <type_traits>

#include <benchmark/benchmark.h>

#include "media/decoder.h"
#include "media/encoder.h"
#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

constexpr int kWidth = 1920, kHeight = 1080;

/// Smooth with fine noise, as a photograph is.
void draw_photo(Frame& frame, const Rect& rect, Dice& dice) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) {
      const auto grain = std::uint32_t(dice.below(8));
      *frame.at(x, y) = std::uint32_t(x / 8 & 0xff) << 16 | std::uint32_t(y / 5 & 0xff) << 8 |
                        ((std::uint32_t(x + y) / 12 + grain) & 0xff);
    }
}

/// A terminal that runs on, three lines an update.
struct Scroll {
  explicit Scroll(Frame& frame) { test::draw_text(frame, frame.view().bounds(), dice); }
  Region step(Frame& frame) {
    constexpr int by = 48;
    move_pixels(frame, {0, 0, kWidth, kHeight - by}, {0, by});
    test::draw_text(frame, {0, kHeight - by - 8, kWidth, by}, dice);
    return frame.view().bounds();
  }
  Dice dice{1};
};

/// A window over a photograph, dragged a little further each time.
struct Drag {
  explicit Drag(Frame& frame) : wall(kWidth, kHeight) {
    draw_photo(wall, wall.view().bounds(), dice);
    copy_pixels(wall.view(), wall.view().bounds(), frame);
    window = Frame(800, 600);
    test::draw_text(window, window.view().bounds(), dice);
    put(frame);
  }
  void put(Frame& frame) {
    for (int y = 0; y < 600; ++y) std::copy_n(window.at(0, y), 800, frame.at(at.x, at.y + y));
  }
  Region step(Frame& frame) {
    const Rect before{at.x, at.y, 800, 600};
    copy_pixels(wall.view(), before, frame);
    at = {(at.x + 9) % 1100, (at.y + 5) % 470};
    put(frame);
    Region damage = before;
    damage.add(Rect{at.x, at.y, 800, 600});
    return damage;
  }
  Frame wall, window;
  Point at{100, 100};
  Dice dice{2};
};

/// One letter after the other.
struct Typing {
  explicit Typing(Frame& frame) { test::draw_text(frame, {0, 0, kWidth, 540}, dice); }
  Region step(Frame& frame) {
    at.x = (at.x + 8) % 1600;
    test::draw_glyph(frame, at, dice.below(90));
    return Rect{at.x, at.y, 8, 16};
  }
  Point at{0, 560};
  Dice dice{3};
};

/// 1280x720 of which every pixel is new: video, which is not exact.
struct Film {
  explicit Film(Frame&) {}
  Region step(Frame& frame) {
    const Rect rect{320, 180, 1280, 720};
    draw_photo(frame, rect, dice);
    return rect;
  }
  Dice dice{4};
};

template <class Content>
void encode(benchmark::State& state) {
  Frame frame(kWidth, kHeight), canvas;
  Content content(frame);
  ScreenEncoder encoder;
  Time now{1s};
  ScreenDecoder decoder;
  const bool sound = decoder.decode(encoder.encode(now, frame.view(), {}).bytes, canvas).ok();
  if (!sound) return state.SkipWithError("the first update was refused");
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const Region damage = content.step(frame);
    state.ResumeTiming();
    const Update update = encoder.encode(now += 20ms, frame.view(), damage);
    state.PauseTiming();
    bytes += double(update.bytes.size());
    if (!update.empty() && !decoder.decode(update.bytes, canvas).ok())
      return state.SkipWithError("an update was refused");
    if (!std::is_same_v<Content, Film> && !same_pixels(frame.view(), canvas.view()))
      return state.SkipWithError("the viewer sees something else");
    state.ResumeTiming();
  }
  state.counters["bytes"] = benchmark::Counter(bytes, benchmark::Counter::kAvgIterations);
}

BENCHMARK(encode<Typing>)->Unit(benchmark::kMillisecond);
BENCHMARK(encode<Scroll>)->Unit(benchmark::kMillisecond);
BENCHMARK(encode<Drag>)->Unit(benchmark::kMillisecond);
BENCHMARK(encode<Film>)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace godesk::media

BENCHMARK_MAIN();
