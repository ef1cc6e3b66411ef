// Messages on one ordered stream: each has its length in front (base/varint.h).
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/varint.h"

namespace godesk::session {

inline constexpr std::size_t kLongestLength = 8;

/// A message as it is written on a stream.
inline Buffer with_length(ByteView message) {
  Writer out(kLongestLength + message.size());
  return put_varint(out, message.size()).bytes(message).take();
}

/// Cuts what arrives into messages. A length above the bound, or in a longer form than
/// needed, breaks the stream for good: nothing is allocated for it.
class MessageAssembler {
 public:
  explicit MessageAssembler(std::size_t max_message) : max_(max_message) {}

  void set_max(std::size_t max_message) { max_ = max_message; }
  void add(ByteView bytes) { append(buffer_, bytes); }
  bool broken() const { return broken_; }

  std::optional<Buffer> next() {
    const ByteView rest = ByteView(buffer_).subspan(read_);
    Reader in(rest);
    const std::uint64_t size = take_varint(in);
    if (in.failed()) broken_ |= rest.size() >= kLongestLength;
    if (in.failed() || broken_) return compact();
    broken_ = size > max_;
    if (broken_ || in.left() < size) return compact();
    const ByteView message = in.take(size);
    read_ += rest.size() - in.left();
    return to_buffer(message);
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
