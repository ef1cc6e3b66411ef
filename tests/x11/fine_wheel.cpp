// A viewer whose wheel turns as finely as the wire allows, which no X server of a test can make a window's
// do:
//   fine_wheel ADDRESS:PORT PASSWORD DX,DY...
// In 1/120 of a notch, right and down positive. It ends when the host has acknowledged all of it.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "os/driver.h"
#include "os/log.h"
#include "os/random.h"
#include "viewer/viewer_session.h"

namespace godesk {
namespace {

constexpr std::uint16_t kAt = 100;  // where the pointer is to be

class FineWheel {
 public:
  FineWheel(viewer::ViewerConfig config, std::vector<session::Wheel> turns)
      : turns_(std::move(turns)),
        session_(std::move(config), surface_, ids_, random_, log_),
        driver_(session_, log_) {}

  bool run() {
    driver_.after_turn([this] { return drain(); });
    driver_.post([this] { session_.start(driver_.now()); });
    driver_.run();
    return done_;
  }

 private:
  bool drain() {
    bool any = false;
    while (auto event = session_.next_event()) {
      any = true;
      if (std::holds_alternative<viewer::FirstFrame>(*event)) {
        for (const auto& turn : turns_) session_.send_input(driver_.now(), turn);
        told_ = true;
      } else if (auto* closed = std::get_if<viewer::Closed>(&*event)) {
        done_ = closed->reason == viewer::CloseReason::done;
        driver_.stop_when_flushed(1s);
      }
    }
    const bool over = told_ && session_.input_pending() == 0;
    if (over) session_.close(driver_.now(), viewer::CloseReason::done);
    return any || over;
  }

  std::vector<session::Wheel> turns_;
  os::OsRandom random_;
  os::StderrLog log_{LogLevel::warning};
  Ids ids_;
  viewer::NoSurface surface_;
  viewer::ViewerSession session_;
  os::Driver driver_;
  bool told_ = false, done_ = false;
};

int run(int argc, char** argv) {
  const auto target = argc > 3 ? Endpoint::parse(argv[1]) : std::nullopt;
  if (!target) throw std::runtime_error("fine_wheel ADDRESS:PORT PASSWORD DX,DY...");
  os::OsRandom random;
  viewer::ViewerConfig config;
  config.identity = auth::make_identity(random);
  config.target = *target;
  config.password = argv[2];
  std::vector<session::Wheel> turns;
  for (int i = 3; i < argc; ++i) {
    int dx = 0, dy = 0;
    if (std::sscanf(argv[i], "%d,%d", &dx, &dy) != 2) throw std::runtime_error("a turn is DX,DY");
    turns.push_back({static_cast<std::int16_t>(dx), static_cast<std::int16_t>(dy), kAt, kAt});
  }
  return FineWheel(std::move(config), std::move(turns)).run() ? 0 : 1;
}

}  // namespace
}  // namespace godesk

int main(int argc, char** argv) {
  try {
    return godesk::run(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 2;
  }
}
