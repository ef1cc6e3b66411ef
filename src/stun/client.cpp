#include "stun/client.h"

#include <utility>

#include "stun/binding_server.h"

namespace godesk::stun {

Buffer padded_binding_request(const TransactionId& transaction, std::optional<ChangeRequest> change,
                              std::chrono::seconds answer_after) {
  Builder b(Class::request, Method::binding, transaction);
  if (change) b.change_request(*change);
  if (answer_after > 0s) b.u32(Attr::answer_after, static_cast<std::uint32_t>(answer_after.count()));
  constexpr std::size_t kHeaderAndFingerprint = 4 + 8;
  b.bytes(Attr::filler, Buffer(kMaxUnverifiedAnswer - kHeaderAndFingerprint - b.size()));
  return b.finish_with_fingerprint();
}

BindingTransaction::BindingTransaction(Config config, const TransactionId& transaction)
    : config_(std::move(config)), transaction_(transaction) {}

void BindingTransaction::start(Time now) {
  retransmit_ = Retransmit(config_.retransmit, now);
  on_timer(now);
}

void BindingTransaction::on_timer(Time now) {
  if (retransmit_.expired(now)) {
    retransmit_.stop();
    state_ = State::timed_out;
  }
  if (retransmit_.due(now))
    outgoing_ = Datagram{config_.socket, config_.server,
                         padded_binding_request(transaction_, config_.change, config_.answer_after)};
}

bool BindingTransaction::on_message(Time now, const Endpoint& from, const Message& message) {
  if (state_ != State::pending || message.method() != Method::binding ||
      message.transaction() != transaction_)
    return false;
  if (message.cls() != Class::success && message.cls() != Class::error) return false;
  if (from != config_.server && !config_.change) return false;
  retransmit_.stop();
  outgoing_.reset();
  auto mapped = message.cls() == Class::success ? message.mapped() : std::nullopt;
  state_ = mapped ? State::succeeded : State::refused;
  if (mapped) result_ = BindingResult{*mapped, from, message.other_address(), now - retransmit_.last_sent()};
  return true;
}

std::optional<Datagram> BindingTransaction::next_transmit() { return std::exchange(outgoing_, std::nullopt); }

}  // namespace godesk::stun
