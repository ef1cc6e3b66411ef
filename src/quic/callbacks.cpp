#include "quic/callbacks.h"

#include <algorithm>

#include "quic/connection_core.h"

namespace godesk::quic {

// Inside a callback the library may not be asked to read, write or shut down anything: what has to happen
// then is noted and done by after_library().
struct Callbacks {
  static ConnectionCore& core(void* user) { return *static_cast<ConnectionCore*>(user); }

  static int handshake_completed(ngtcp2_conn*, void* user) {
    // To a client this says nothing yet: the server may still refuse its key.
    if (core(user).role_ == Role::server) core(user).become_connected();
    return 0;
  }

  static int handshake_confirmed(ngtcp2_conn*, void* user) {
    core(user).become_connected();
    return 0;
  }

  static int recv_stream_data(ngtcp2_conn* conn, std::uint32_t flags, std::int64_t id, std::uint64_t,
                              const std::uint8_t* data, std::size_t size, void* user, void*) {
    auto& c = core(user);
    c.become_connected();  // a server sends nothing before it has accepted its client
    c.events_.push_back(
        StreamData{StreamHandle{id}, to_buffer({data, size}), (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0});
    ngtcp2_conn_extend_max_stream_offset(conn, id, size);
    ngtcp2_conn_extend_max_offset(conn, size);
    return 0;
  }

  static int recv_datagram(ngtcp2_conn*, std::uint32_t, const std::uint8_t* data, std::size_t size,
                           void* user) {
    core(user).become_connected();
    core(user).events_.push_back(DatagramReceived{to_buffer({data, size})});
    return 0;
  }

  static int acked_stream_data(ngtcp2_conn*, std::int64_t id, std::uint64_t offset, std::uint64_t size,
                               void* user, void*) {
    auto& c = core(user);
    if (auto* stream = c.find(StreamHandle{id})) {
      stream->out.on_acked(offset + size);
      c.recount(*stream);
    }
    return 0;
  }

  static int stream_open(ngtcp2_conn*, std::int64_t id, void* user) {
    auto& c = core(user);
    c.become_connected();
    c.streams_[id];
    if (c.full_limits_) c.widen_stream(id);
    c.events_.push_back(StreamOpened{StreamHandle{id}});
    return 0;
  }

  static int stream_close(ngtcp2_conn* conn, std::uint32_t, std::int64_t id, std::uint64_t, void* user,
                          void*) {
    auto& c = core(user);
    const auto found = c.streams_.find(id);
    if (found == c.streams_.end()) return 0;
    c.lost_on_closed_streams_ += ngtcp2_conn_get_stream_loss_count(conn, id);
    c.held_ -= found->second.counted;
    c.ready_.erase({found->second.priority, id});
    // The library leaves it to us to let the peer open another one.
    if (!found->second.local) ngtcp2_conn_extend_max_streams_bidi(conn, 1);
    c.streams_.erase(found);
    c.events_.push_back(StreamClosed{StreamHandle{id}});
    return 0;
  }

  static int stream_reset(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t code, void* user,
                          void*) {
    auto& c = core(user);
    if (!c.find(StreamHandle{id})) return 0;  // reset before its first byte: never announced
    c.events_.push_back(StreamReset{StreamHandle{id}, code});
    c.resets_to_answer_.emplace_back(id, code);
    return 0;
  }

  static int lost_datagram(ngtcp2_conn*, std::uint64_t, void* user) {
    ++core(user).lost_datagrams_;
    return 0;
  }

  static void rand(std::uint8_t* out, std::size_t size, const ngtcp2_rand_ctx* context) {
    static_cast<Random*>(context->native_handle)->fill({out, size});
    // The library asks for one byte when it makes a connection, whose lowest bit decides whether the fixed
    // bit of packets is greased (RFC 9287), whatever the settings say. The fixed bit is what tells QUIC from
    // everything else on the path (RFC 9443 2): it stays.
    if (size == 1) out[0] &= 0xfe;
  }

  static int new_connection_id(ngtcp2_conn*, ngtcp2_cid* cid, std::uint8_t* token, std::size_t size,
                               void* user) {
    Random& random = core(user).random_;
    cid->datalen = size;
    random.fill({cid->data, size});
    random.fill({token, NGTCP2_STATELESS_RESET_TOKENLEN});
    return 0;
  }

  static int path_challenge(ngtcp2_conn*, std::uint8_t* data, void* user) {
    core(user).random_.fill({data, NGTCP2_PATH_CHALLENGE_DATALEN});
    return 0;
  }
};

ngtcp2_callbacks callbacks() {
  ngtcp2_callbacks c{};
  c.client_initial = ngtcp2_crypto_client_initial_cb;
  c.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  c.recv_retry = ngtcp2_crypto_recv_retry_cb;
  c.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  c.encrypt = ngtcp2_crypto_encrypt_cb;
  c.decrypt = ngtcp2_crypto_decrypt_cb;
  c.hp_mask = ngtcp2_crypto_hp_mask_cb;
  c.update_key = ngtcp2_crypto_update_key_cb;
  c.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  c.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  c.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  c.get_path_challenge_data = Callbacks::path_challenge;
  c.rand = Callbacks::rand;
  c.get_new_connection_id = Callbacks::new_connection_id;
  c.handshake_completed = Callbacks::handshake_completed;
  c.handshake_confirmed = Callbacks::handshake_confirmed;
  c.recv_stream_data = Callbacks::recv_stream_data;
  c.recv_datagram = Callbacks::recv_datagram;
  c.acked_stream_data_offset = Callbacks::acked_stream_data;
  c.stream_open = Callbacks::stream_open;
  c.stream_close = Callbacks::stream_close;
  c.stream_reset = Callbacks::stream_reset;
  c.lost_datagram = Callbacks::lost_datagram;
  return c;
}

}  // namespace godesk::quic
