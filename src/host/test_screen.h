// For tests: a screen of noise, which no coder makes small.
#pragma once

#include "host/frame_source.h"
#include "sim/seeded_random.h"

namespace godesk::host {

class NoiseScreen final : public FrameSource {
 public:
  NoiseScreen(int width, int height) : frame_(width, height) { paint(); }
  void paint() { paint(frame_.view().bounds()); }
  void paint(const media::Rect& part) {
    for (int y = part.y; y < part.bottom(); ++y)
      for (int x = part.x; x < part.right(); ++x)
        *frame_.at(x, y) = static_cast<std::uint32_t>(random_.u64()) & 0xffffffu;
    damage_.add(part);
  }
  int fetched = 0;
  std::vector<media::Rect> parts;  // monitors

  int fd() const override { return -1; }
  Duration poll_interval() const override { return {}; }
  bool pending() override { return !damage_.empty(); }
  media::Region update() override {
    ++fetched;
    return std::exchange(damage_, {});
  }
  std::vector<media::Rect> monitors() override { return parts; }
  media::FrameView frame() const override { return frame_.view(); }
  std::optional<media::CursorShape> cursor_shape() override { return std::nullopt; }
  media::Point cursor_position() override { return {}; }
  std::string failure() const override { return {}; }

 private:
  sim::SeededRandom random_{5};
  media::Frame frame_;
  media::Region damage_;
};

}  // namespace godesk::host
