#include "quic/send_buffer.h"

#include <algorithm>

namespace godesk::quic {

namespace {
constexpr std::size_t kChunkSize = 4096;
}

void SendBuffer::push(ByteView bytes) {
  if (!chunks_.empty()) {
    Buffer& last = chunks_.back().bytes;
    const std::size_t fits = std::min(bytes.size(), last.capacity() - last.size());
    append(last, bytes.first(fits));
    end_ += fits;
    bytes = bytes.subspan(fits);
  }
  if (bytes.empty()) return;
  chunks_.push_back({end_, {}});
  chunks_.back().bytes.reserve(std::max(kChunkSize, bytes.size()));
  append(chunks_.back().bytes, bytes);
  end_ += bytes.size();
}

void SendBuffer::on_sent(std::size_t n, bool with_fin) {
  sent_ += n;
  if (with_fin) fin_sent_ = true;
  while (send_chunk_ + 1 < chunks_.size() && chunks_[send_chunk_].end() <= sent_) ++send_chunk_;
}

void SendBuffer::on_acked(std::uint64_t offset) {
  acked_ = std::max(acked_, std::min(offset, sent_));
  while (send_chunk_ > 0 && chunks_.front().end() <= acked_) {
    chunks_.pop_front();
    --send_chunk_;
  }
  if (acked_ == end_ && !chunks_.empty()) chunks_.clear();
}

void SendBuffer::discard_unsent() {
  while (!chunks_.empty() && chunks_.back().begin >= sent_ && chunks_.size() > send_chunk_ + 1)
    chunks_.pop_back();
  if (!chunks_.empty()) {
    Chunk& last = chunks_.back();
    last.bytes.resize(static_cast<std::size_t>(std::max(sent_, last.begin) - last.begin));
  }
  end_ = sent_;
  fin_queued_ = fin_sent_ = true;
}

ByteView SendBuffer::front(std::size_t max) const {
  if (unsent() == 0) return {};
  // sent_ may stand at the very end of a chunk that was full when a later push began the next one.
  const Chunk* chunk = &chunks_[send_chunk_];
  if (chunk->end() == sent_) chunk = &chunks_[send_chunk_ + 1];
  const ByteView rest = ByteView(chunk->bytes).subspan(static_cast<std::size_t>(sent_ - chunk->begin));
  return rest.first(std::min(max, rest.size()));
}

}  // namespace godesk::quic
