// Types the UTF-8 on its standard input on the display named by the first argument, then says "typed" and
// figures, and waits for a second input: the end of a pipe (file descriptor 3) ends it in an orderly way.
// Second argument: "text" (characters) or "keys" (press and release of each keysym, as a viewer's window
// sends).
#include <algorithm>
#include <iostream>
#include <iterator>
#include <string>

#include <poll.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/input_x11.h"

namespace {

using godesk::Time;
using godesk::os::now;

std::u32string decode(const std::string& utf8) {
  std::u32string out;
  for (unsigned char byte : utf8) {
    if ((byte & 0xc0) != 0x80)
      out.push_back(byte < 0x80 ? byte : byte < 0xe0 ? byte & 0x1f : byte < 0xf0 ? byte & 0x0f : byte & 7);
    else
      out.back() = out.back() << 6 | (byte & 0x3f);
  }
  return out;
}

/// One turn of an event loop; false when the other end of descriptor 3 is closed.
bool turn(godesk::os::InputX11& input, int max_ms) {
  pollfd fds[] = {{input.fd(), POLLIN, 0}, {3, POLLIN, 0}};
  int wait = max_ms;
  if (input.next_deadline() != godesk::kNever)
    wait = std::clamp<int>(static_cast<int>(godesk::to_ms(input.next_deadline() - now())) + 1, 0, max_ms);
  poll(fds, 2, wait);
  if (fds[0].revents) input.on_ready();
  input.on_timer();
  return !(fds[1].revents & (POLLHUP | POLLERR | POLLNVAL));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  auto opened = godesk::os::InputX11::open(argv[1]);
  if (!opened) {
    std::cerr << opened.reason() << "\n";
    return 1;
  }
  godesk::os::InputX11& input = **opened;
  const std::u32string text = decode({std::istreambuf_iterator<char>(std::cin), {}});
  const bool keys = std::string(argv[2]) == "keys";
  const std::size_t window = std::stoul(argv[3]);
  const Time start = now();
  for (char32_t c : text) {
    if (!keys) input.text(c);
    if (keys) {
      input.key({godesk::host::keysym_of(c), true});
      input.key({godesk::host::keysym_of(c), false});
    }
    while (input.backlog() >= window) turn(input, 10);
  }
  while (!input.idle()) turn(input, 100);
  std::cout << "typed " << text.size() << " in " << static_cast<int>(godesk::to_ms(now() - start)) << " ms, "
            << input.typist().map_changes() << " map changes, " << input.typist().untypable() << " untypable"
            << std::endl;
  while (turn(input, 1000)) {
  }
  return 0;
}
