// The other end of an interoperation test: an ICE agent of libnice.
//
//   interop_nice --role caller|host --stun IP --relay IP --user NAME:PASSWORD [--relay-only]
//
// Says "signal" for what our end has to hear, "selected" for each selected pair, "heard" for packets; ends
// with its standard input.
#include <agent.h>
#include <unistd.h>

#include "tests/interop/talk.h"

namespace {

constexpr guint kComponent = 1;

using interop::Options;

const char* word(NiceCandidateType type) {
  switch (type) {
    case NICE_CANDIDATE_TYPE_HOST:
      return "host";
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return "srflx";
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return "prflx";
    default:
      return "relay";
  }
}

class End {
 public:
  explicit End(const Options& options)
      : loop_(g_main_loop_new(nullptr, FALSE)),
        agent_(nice_agent_new_full(g_main_loop_get_context(loop_), NICE_COMPATIBILITY_RFC5245,
                                   static_cast<NiceAgentOption>(NICE_AGENT_OPTION_ICE_TRICKLE |
                                                                NICE_AGENT_OPTION_CONSENT_FRESHNESS))) {
    g_object_set(agent_, "controlling-mode", options.role == "caller", "stun-server", options.stun.c_str(),
                 "stun-server-port", 3478u, "upnp", FALSE, "ice-tcp", FALSE, "force-relay",
                 options.relay_only, nullptr);
    stream_ = nice_agent_add_stream(agent_, 1);
    const auto colon = options.user.find(':');
    nice_agent_set_relay_info(agent_, stream_, kComponent, options.relay.c_str(), 3478,
                              options.user.substr(0, colon).c_str(), options.user.substr(colon + 1).c_str(),
                              NICE_RELAY_TYPE_TURN_UDP);
    connect_signals();
  }
  ~End() {
    g_object_unref(agent_);
    g_main_loop_unref(loop_);
  }

  void run() {
    tell_credentials();
    if (!nice_agent_gather_candidates(agent_, stream_)) throw std::runtime_error("libnice gathers nothing");
    GIOChannel* input = g_io_channel_unix_new(STDIN_FILENO);
    g_io_add_watch(input, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP), on_input, this);
    g_timeout_add(interop::kPeriodMs, on_tick, this);
    g_main_loop_run(loop_);
    g_io_channel_unref(input);
  }

 private:
  void connect_signals() {
    g_signal_connect(agent_, "new-candidate-full", G_CALLBACK(on_candidate), this);
    g_signal_connect(agent_, "new-selected-pair-full", G_CALLBACK(on_selected), this);
    nice_agent_attach_recv(agent_, stream_, kComponent, g_main_loop_get_context(loop_), on_packet, this);
  }

  void tell_credentials() {
    gchar *ufrag = nullptr, *pwd = nullptr;
    nice_agent_get_local_credentials(agent_, stream_, &ufrag, &pwd);
    interop::signal_line(std::string("remote ") + ufrag + " " + pwd);
    g_free(ufrag);
    g_free(pwd);
  }

  static void on_candidate(NiceAgent* agent, NiceCandidate* candidate, gpointer) {
    gchar* sdp = nice_agent_generate_local_candidate_sdp(agent, candidate);
    interop::signal_line(sdp + std::string("a=").size());
    g_free(sdp);
  }

  static void on_selected(NiceAgent*, guint, guint, NiceCandidate* local, NiceCandidate* remote, gpointer) {
    std::cout << R"({"event":"selected","local":")" << word(local->type) << R"(","remote":")"
              << word(remote->type) << "\"}" << std::endl;
  }

  static void on_packet(NiceAgent*, guint, guint, guint size, gchar* bytes, gpointer self) {
    static_cast<End*>(self)->heard_.on_packet(reinterpret_cast<const std::uint8_t*>(bytes), size);
  }

  static gboolean on_tick(gpointer self) {
    auto& end = *static_cast<End*>(self);
    const auto bytes = interop::packet(++end.number_);
    nice_agent_send(end.agent_, end.stream_, kComponent, bytes.size(),
                    reinterpret_cast<const gchar*>(bytes.data()));
    return G_SOURCE_CONTINUE;
  }

  static gboolean on_input(GIOChannel*, GIOCondition, gpointer self) {
    auto& end = *static_cast<End*>(self);
    char space[4096];
    const ssize_t n = ::read(STDIN_FILENO, space, sizeof space);
    if (n <= 0) {
      g_main_loop_quit(end.loop_);
      return G_SOURCE_REMOVE;
    }
    end.input_.append(space, static_cast<std::size_t>(n));
    for (std::size_t at; (at = end.input_.find('\n')) != std::string::npos; end.input_.erase(0, at + 1))
      end.hear(end.input_.substr(0, at));
    return G_SOURCE_CONTINUE;
  }

  void hear(const std::string& line) {
    std::istringstream words(line);
    std::string first, ufrag, pwd;
    words >> first;
    if (first == "remote") {
      words >> ufrag >> pwd;
      nice_agent_set_remote_credentials(agent_, stream_, ufrag.c_str(), pwd.c_str());
      return;
    }
    NiceCandidate* candidate = nice_agent_parse_remote_candidate_sdp(agent_, stream_, ("a=" + line).c_str());
    if (!candidate) {
      std::cerr << "libnice does not understand: " << line << std::endl;
      return;
    }
    GSList* list = g_slist_append(nullptr, candidate);
    nice_agent_set_remote_candidates(agent_, stream_, kComponent, list);
    g_slist_free_full(list, reinterpret_cast<GDestroyNotify>(nice_candidate_free));
  }

  GMainLoop* loop_;
  NiceAgent* agent_;
  guint stream_ = 0;
  interop::Heard heard_;
  std::uint32_t number_ = 0;
  std::string input_;
};

}  // namespace

int main(int argc, char** argv) { return interop::run_end<End>(argc, argv, "interop_nice"); }
