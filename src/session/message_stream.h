// Messages on one ordered stream: each has its length in front, in four bytes.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace godesk::session {

/// A message as it is written on a stream.
inline Buffer with_length(ByteView message) {
  return Writer(4 + message.size()).u32(static_cast<std::uint32_t>(message.size())).bytes(message).take();
}

/// Cuts what arrives into messages. A length above the bound breaks the stream for good: nothing is
/// allocated for it.
class MessageAssembler {
 public:
  explicit MessageAssembler(std::size_t max_message) : max_(max_message) {}

  void set_max(std::size_t max_message) { max_ = max_message; }
  void add(ByteView bytes) { append(buffer_, bytes); }
  bool broken() const { return broken_; }

  std::optional<Buffer> next() {
    Reader in(ByteView(buffer_).subspan(read_));
    const std::size_t size = in.u32();
    if (in.failed() || broken_) return compact();
    broken_ = size > max_;
    if (broken_ || in.left() < size) return compact();
    read_ += 4 + size;
    return to_buffer(in.take(size));
  }

 private:
  std::optional<Buffer> compact() {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
    return std::nullopt;
  }

  std::size_t max_;
  Buffer buffer_;
  std::size_t read_ = 0;  // bytes of buffer_ already given
  bool broken_ = false;
};

}  // namespace godesk::session
