// Bytes on their way in and out of the core.
//
// `ByteView` looks at bytes someone else owns, `Buffer` owns them. `Reader` and `Writer` are the only
// way the core touches integers in network byte order: a `Reader` never reads past its end, it goes
// `failed()` instead, so a decoder checks once, at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godesk {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Buffer to_buffer(ByteView bytes) { return Buffer(bytes.begin(), bytes.end()); }
inline void append(Buffer& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// Equality of public bytes. Secrets are compared with crypto::equal, which takes constant time.
inline bool same_bytes(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// Reads big-endian integers and byte runs from the front of a view.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }

  /// The next `n` bytes, or an empty view and `failed()` when fewer are left.
  ByteView take(std::size_t n) {
    if (failed_ || n > rest_.size()) {
      failed_ = true;
      return {};
    }
    ByteView head = rest_.first(n);
    rest_ = rest_.subspan(n);
    return head;
  }
  void skip(std::size_t n) { take(n); }

  ByteView rest() const { return rest_; }
  std::size_t left() const { return rest_.size(); }
  bool empty() const { return rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::uint64_t integer(std::size_t n) {
    std::uint64_t value = 0;
    for (std::uint8_t byte : take(n)) value = value << 8 | byte;
    return value;
  }

  ByteView rest_;
  bool failed_ = false;
};

/// Appends big-endian integers and byte runs to a buffer it owns.
class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t reserve) { out_.reserve(reserve); }

  Writer& u8(std::uint8_t v) { return integer(v, 1); }
  Writer& u16(std::uint16_t v) { return integer(v, 2); }
  Writer& u32(std::uint32_t v) { return integer(v, 4); }
  Writer& u64(std::uint64_t v) { return integer(v, 8); }
  Writer& bytes(ByteView v) {
    append(out_, v);
    return *this;
  }
  Writer& zeros(std::size_t n) {
    out_.resize(out_.size() + n);
    return *this;
  }

  std::size_t size() const { return out_.size(); }
  Buffer& buffer() { return out_; }
  const Buffer& buffer() const { return out_; }
  Buffer take() { return std::move(out_); }

 private:
  Writer& integer(std::uint64_t v, int n) {
    for (int shift = 8 * (n - 1); shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::uint8_t>(v >> shift));
    return *this;
  }

  Buffer out_;
};

/// Text forms of bytes. Decoders accept exactly what encoders give (base64url without padding, RFC 4648 5).
std::string to_hex(ByteView bytes);
std::optional<Buffer> from_hex(std::string_view text);
std::string to_base64url(ByteView bytes);
std::optional<Buffer> from_base64url(std::string_view text);
std::string to_base64(ByteView bytes);

}  // namespace godesk
