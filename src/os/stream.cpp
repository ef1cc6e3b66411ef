#include "os/stream.h"

#include <boost/asio/post.hpp>

namespace godesk::os {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kWriteChunk = 16 * 1024;  // one TLS record
}

Stream::Stream(asio::io_context& io, StreamId id, std::unique_ptr<Transport> transport, Hooks& hooks,
               Limits limits, std::shared_ptr<void> admission)
    : io_(io),
      id_(id),
      transport_(std::move(transport)),
      hooks_(hooks),
      limits_(limits),
      admission_(std::move(admission)),
      timer_(io) {}

void Stream::start() {
  if (limits_.first_byte > Duration::zero()) limit(limits_.first_byte);
  read();
}

void Stream::read() {
  transport_->read([self = shared_from_this()](Error error, ByteView bytes) {
    if (self->phase_ == Phase::over) return;
    bool closing = self->phase_ != Phase::open;
    if (error && closing) return self->leave();
    if (error)
      return self->end(is_end(error) ? StreamClosed::Why::ended : StreamClosed::Why::failed, error.message());
    self->heard_ = true;
    if (!closing) self->hooks_.stream_bytes(self->id_, bytes);
    if (self->phase_ != Phase::over) self->read();
  });
}

void Stream::send(Buffer bytes) {
  if (phase_ != Phase::open || (bytes.empty() && !transport_->messages())) return;
  if (queued_ + bytes.size() > limits_.max_queued) {
    asio::post(io_, [self = shared_from_this()] {
      if (self->phase_ == Phase::open) self->end(StreamClosed::Why::failed, "send queue full");
    });
    return;
  }
  queued_ += bytes.size();
  queue_.push_back(std::move(bytes));
  pump();
}

void Stream::fill() {
  if (sending_done_ < sending_.size()) return;
  sending_done_ = 0;
  sending_ = std::move(queue_.front());
  queue_.pop_front();
  if (transport_->messages()) return;
  while (!queue_.empty() && sending_.size() + queue_.front().size() <= kWriteChunk) {
    append(sending_, queue_.front());
    queue_.pop_front();
  }
}

void Stream::pump() {
  while (!writing_ && (sending_done_ < sending_.size() || !queue_.empty())) {
    fill();
    ByteView rest = ByteView(sending_).subspan(sending_done_);
    if (auto n = transport_->try_write(rest)) {
      sent(*n);
      continue;
    }
    writing_ = true;
    transport_->write(rest, [self = shared_from_this()](Error error, std::size_t n) {
      self->writing_ = false;
      if (self->phase_ == Phase::over) return;
      if (error && self->phase_ != Phase::open) return self->leave();
      if (error)
        return self->end(is_end(error) ? StreamClosed::Why::ended : StreamClosed::Why::failed,
                         error.message());
      self->sent(n);
      self->pump();
      if (self->phase_ == Phase::open) self->hooks_.stream_written(self->id_);
    });
  }
  if (!writing_ && phase_ == Phase::flushing) finish_closing();
}

void Stream::sent(std::size_t n) {
  sending_done_ += n;
  queued_ -= n;
}

void Stream::close() {
  if (phase_ != Phase::open) return;
  phase_ = Phase::flushing;
  limit(limits_.closing);
  pump();
}

void Stream::finish_closing() {
  phase_ = Phase::parting;
  transport_->farewell();
}

void Stream::end(StreamClosed::Why why, std::string detail) {
  auto self = shared_from_this();
  drop();
  hooks_.stream_ended(id_, {why, std::move(detail)});
  hooks_.stream_gone(id_);
}

void Stream::leave() {
  auto self = shared_from_this();
  drop();
  hooks_.stream_gone(id_);
}

void Stream::drop() {
  phase_ = Phase::over;
  transport_->close();
  timer_.cancel();
  admission_.reset();
}

void Stream::limit(Duration after) {
  heard_ = false;
  timer_.expires_after(after);
  timer_.async_wait([self = weak_from_this()](Error error) {
    auto stream = self.lock();
    if (!error && stream && stream->phase_ != Phase::over) stream->on_limit();
  });
}

void Stream::on_limit() {
  if (phase_ != Phase::open) return leave();
  if (!heard_) return end(StreamClosed::Why::failed, "silent for too long");
  if (limits_.idle > Duration::zero()) limit(limits_.idle);
}

}  // namespace godesk::os
