#include "media/sound.h"

#include <algorithm>
#include <stdexcept>

#include <opus/opus.h>

namespace godesk::media {
namespace {

constexpr int kMaxPacket = 1000;         // bytes; a frame at the highest rate is shorter
constexpr std::uint8_t kSilence = 0xe4;  // Opus: CELT, full band, 10 ms, two channels, and nothing in it

}  // namespace

SoundEncoder::SoundEncoder(SoundConfig config) : config_(config) {
  int error = OPUS_OK;
  // This mode alone looks ahead no further than 2.5 ms.
  encoder_.reset(
      opus_encoder_create(kSoundRate, kSoundChannels, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error));
  if (error != OPUS_OK) throw std::runtime_error("Opus does not work on this machine.");
  opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(config_.bits_per_second));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_COMPLEXITY(5));
  silent_ = config_.silent_frames + config_.silence_said;  // at the start nothing has to be said
}

SoundEncoder::~SoundEncoder() = default;

std::optional<Buffer> SoundEncoder::encode(const SoundFrame& frame) {
  const bool silent =
      std::all_of(frame.begin(), frame.end(), [](std::int16_t sample) { return sample == 0; });
  silent_ = silent ? std::min(silent_ + 1, config_.silent_frames + config_.silence_said + 1) : 0;
  if (silent_ > config_.silent_frames + config_.silence_said) return std::nullopt;
  if (silent_ > config_.silent_frames) return Buffer{kSilence};
  Buffer packet(kMaxPacket);
  const int size =
      opus_encode(encoder_.get(), frame.data(), int(kSoundFrameSamples), packet.data(), kMaxPacket);
  if (size <= 1) return Buffer{kSilence};
  packet.resize(static_cast<std::size_t>(size));
  return packet;
}

void SoundEncoder::Free::operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }

SoundDecoder::SoundDecoder() {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(kSoundRate, kSoundChannels, &error));
  if (error != OPUS_OK) throw std::runtime_error("Opus does not work on this machine.");
}

SoundDecoder::~SoundDecoder() = default;

SoundFrame SoundDecoder::decode(ByteView packet) {
  const auto size = static_cast<opus_int32>(packet.size());
  const bool fits = !packet.empty() && packet.size() <= kMaxPacket &&
                    opus_packet_get_nb_samples(packet.data(), size, kSoundRate) == int(kSoundFrameSamples);
  SoundFrame frame{};
  if (!fits || opus_decode(decoder_.get(), packet.data(), size, frame.data(), int(kSoundFrameSamples), 0) !=
                   int(kSoundFrameSamples))
    return conceal();
  return frame;
}

SoundFrame SoundDecoder::conceal() {
  SoundFrame frame{};
  if (opus_decode(decoder_.get(), nullptr, 0, frame.data(), int(kSoundFrameSamples), 0) < 0) return {};
  return frame;
}

void SoundDecoder::Free::operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }

}  // namespace godesk::media
