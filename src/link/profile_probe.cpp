#include "link/profile_probe.h"

#include <algorithm>

#include "base/queue.h"
#include "ice/nat64.h"

namespace godesk::link {
namespace {

constexpr Duration kKnockEvery = 100ms;
constexpr Duration kAskFreshAfter = 20ms;
constexpr Duration kAskElsewhereAfter = 40ms;  // then looked again every 20 ms
constexpr Duration kSocketsWithin = 2ms;       // for the system to open some; then looked again
constexpr std::size_t kMaxNames = 16;

bool is_global(const IpAddress& ip) {
  return !ip.is_unspecified() && !ip.is_loopback() && !ip.is_link_local() && !ip.is_multicast() &&
         (ip.is_v4() || !ip.is_private());
}

bool has(const std::vector<IpAddress>& addresses, Family family) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const IpAddress& ip) {
    return ip.family() == family && (family == Family::v4 ? !ip.is_link_local() : is_global(ip));
  });
}

/// A datagram for ourselves: an indication, so that nobody answers it wherever it strays.
Buffer knock_message(const stun::TransactionId& id) {
  return stun::Builder(stun::Class::indication, stun::Method::binding, id).finish_with_fingerprint();
}

}  // namespace

ProfileProbe::ProfileProbe(ProbeConfig config, Ids& ids, Random& random)
    : config_(std::move(config)), random_(random), questions_(ids, random) {}

// ---- begin

void ProfileProbe::start(Time now) {
  stranger_ = random_.bytes<12>();
  together_ = random_.bytes<12>();
  resolve();
  at(now + config_.names_within, &ProfileProbe::begin);
  if (names_wanted_ == 0) begin(now);
}

void ProfileProbe::resolve() {
  auto want = [this](const std::string& host) {
    if (IpAddress::parse(host) || names_.contains(host) || names_.size() >= kMaxNames) return;
    names_.emplace(host, std::vector<IpAddress>{});
    ++names_wanted_;
    commands_.push_back(Resolve{host});
  };
  if (has(config_.interfaces, Family::v6)) want(ice::kNat64Name);
  for (const HostPort& server : config_.vantages.stun) want(server.host);
  for (const HostPort& relay : config_.vantages.relays) want(relay.host);
}

void ProfileProbe::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  const auto name = names_.find(host);
  if (begun_ || name == names_.end() || names_wanted_ == 0) return;
  name->second = addresses;
  if (--names_wanted_ == 0) begin(now);
}

void ProfileProbe::begin(Time now) {
  if (std::exchange(begun_, true)) return;
  const bool v4 = has(config_.interfaces, Family::v4), v6 = has(config_.interfaces, Family::v6);
  if (auto answers = names_.find(ice::kNat64Name); answers != names_.end())
    prefix_ = ice::nat64_prefix(answers->second);
  through_nat64_ = !v4 && prefix_;

  for (const HostPort& server : config_.vantages.stun) {
    add_vantage(server, false);
    if (config_.vantages.second_port != 0) add_vantage({server.host, config_.vantages.second_port}, false);
  }
  for (const HostPort& relay : config_.vantages.relays) add_vantage(relay, true);

  if (v4) socket4_ = questions_.open(Family::v4);
  if (v6) socket6_ = questions_.open(Family::v6);
  const bool bursts = (v4 || through_nat64_) && !vantages_.empty();
  for (std::size_t i = 0; bursts && i < 2 * config_.burst; ++i)
    fresh_.push_back({questions_.open(v4 ? Family::v4 : Family::v6), 0, std::nullopt});

  at(now, &ProfileProbe::ask_vantages);
  at(now + config_.patience, &ProfileProbe::finish);
}

std::vector<IpAddress> ProfileProbe::addresses_of(const std::string& host) const {
  if (auto ip = IpAddress::parse(host)) return {*ip};
  const auto name = names_.find(host);
  return name == names_.end() ? std::vector<IpAddress>{} : name->second;
}

/// Two addresses of a family tell all that can be told.
bool ProfileProbe::wanted(const IpAddress& ip) const {
  std::vector<IpAddress> known = {ip};
  for (const Vantage& v : vantages_)
    if (v.at.family() == ip.family() && std::find(known.begin(), known.end(), v.at.ip) == known.end())
      known.push_back(v.at.ip);
  return known.size() <= 2;
}

void ProfileProbe::add_vantage(const HostPort& named, bool relay) {
  for (const IpAddress& ip : addresses_of(named.host)) {
    const Endpoint at{ip, named.port};
    const bool known =
        std::any_of(vantages_.begin(), vantages_.end(), [&](const Vantage& v) { return v.at == at; });
    if (known || vantages_.size() >= config_.max_vantages || (!relay && !wanted(ip))) continue;
    const bool synthesize = through_nat64_ && ip.is_v4();
    vantages_.push_back({at, synthesize ? ice::nat64_endpoint(*prefix_, at) : at, relay, std::nullopt});
  }
}

// ---- questions

void ProfileProbe::ask_vantages(Time now) {
  if (!questions_.all_open()) return at(now + kSocketsWithin, &ProfileProbe::ask_vantages);
  for (Vantage& v : vantages_) {
    const auto& socket = v.reach.family() == Family::v4 ? socket4_ : socket6_;
    if (socket && questions_.local(*socket)) v.question = questions_.ask(now, *socket, v.reach);
  }
  const auto first4 = std::find_if(vantages_.begin(), vantages_.end(),
                                   [](const Vantage& v) { return v.at.family() == Family::v4; });
  if (!through_nat64_ && prefix_ && socket6_ && questions_.local(*socket6_) && first4 != vantages_.end())
    nat64_ = questions_.ask(now, *socket6_, ice::nat64_endpoint(*prefix_, first4->at));
  plan_bursts(now);
  at(now + kAskElsewhereAfter, &ProfileProbe::ask_elsewhere);
  if (config_.hairpin) {
    at(now + config_.hairpin_after, &ProfileProbe::knock);
  } else {
    knocked_ = true;
  }
}

void ProfileProbe::plan_bursts(Time now) {
  for (std::size_t i = 0; i < fresh_.size(); ++i) {
    const Duration gap = i < config_.burst ? 0ms : config_.burst_gap;
    at(now + kAskFreshAfter + config_.spacing * static_cast<int>(i) + gap, &ProfileProbe::ask_fresh);
  }
}

/// Even ones ask the first vantage point, odd ones the second port of the same: one of them may be closed to
/// UDP on the way.
void ProfileProbe::ask_fresh(Time now) {
  Fresh& fresh = fresh_[next_fresh_];
  const auto local = questions_.local(fresh.socket);
  const Vantage* to = nullptr;
  const bool odd = next_fresh_++ % 2 == 1;
  for (const Vantage& v : vantages_) {
    if (!local || v.at.family() != Family::v4 || v.reach.family() != local->family()) continue;
    if (!to) {
      to = &v;
    } else if (odd && v.at.ip == to->at.ip) {
      to = &v;
      break;
    }
  }
  if (!to) return;
  fresh.question = questions_.ask(now, fresh.socket, to->reach);
  fresh.number = mappings_++;
}

const Questions::Question* ProfileProbe::answered(const std::optional<Number>& number) const {
  return number && questions_[*number].result() ? &questions_[*number] : nullptr;
}

/// The vantage point to ask further, of the family of its own address.
const ProfileProbe::Vantage* ProfileProbe::primary(Family family) const {
  for (const Vantage& v : vantages_)
    if (!v.relay && v.at.family() == family && answered(v.question)) return &v;
  return nullptr;
}

void ProfileProbe::ask_elsewhere(Time now) {
  const Vantage* v4 = primary(Family::v4);
  const Vantage* v6 = primary(Family::v6);
  if (!v4 && !v6) return at(now + 20ms, &ProfileProbe::ask_elsewhere);
  // A socket of its own for each: what one was let in for must not help the other.
  if (!filter_port_ && !filter6_) {
    if (v4)
      filter_ip_ = questions_.open(v4->reach.family()), filter_port_ = questions_.open(v4->reach.family());
    if (v6) filter6_ = questions_.open(Family::v6);
  }
  if (!questions_.all_open()) return at(now + kSocketsWithin, &ProfileProbe::ask_elsewhere);
  asked_elsewhere_ = true;
  if (v4 && filter_port_) {
    mappings_ += 2;
    other_address_ = questions_.ask(now, *filter_ip_, v4->reach, {stun::ChangeRequest{true, true}, {}});
    other_port_ = questions_.ask(now, *filter_port_, v4->reach, {stun::ChangeRequest{false, true}, {}});
  }
  if (v6 && filter6_)
    other_port6_ = questions_.ask(now, *filter6_, v6->reach, {stun::ChangeRequest{false, true}, {}});
}

// ---- hairpin

std::vector<const ProfileProbe::Fresh*> ProfileProbe::mapped_fresh() const {
  std::vector<const Fresh*> out;
  for (const Fresh& f : fresh_)
    if (answered(f.question)) out.push_back(&f);
  return out;
}

/// First one way: it comes in only where the filter is open to strangers.
void ProfileProbe::knock(Time now) {
  const auto two = mapped_fresh();
  const auto& own = config_.interfaces;
  // Without a NAT it would never leave this computer.
  const bool of_use =
      two.size() >= 2 && !through_nat64_ &&
      std::find(own.begin(), own.end(), questions_[*two[1]->question].mapped()->ip) == own.end();
  if (!of_use) return stop_knocking(now);
  send_knock(*two[0], *two[1], stranger_);
  for (int i = 1; i <= 3; ++i) at(now + kKnockEvery * i, &ProfileProbe::knock_together);
  at(now + kKnockEvery * 5, &ProfileProbe::stop_knocking);
}

void ProfileProbe::stop_knocking(Time now) {
  knocked_ = true;
  finish_when_settled(now);
}

void ProfileProbe::knock_together(Time) {
  const auto two = mapped_fresh();
  send_knock(*two[1], *two[0], together_);
  send_knock(*two[0], *two[1], together_);
}

void ProfileProbe::send_knock(const Fresh& from, const Fresh& to, const stun::TransactionId& id) {
  questions_.send(Datagram{from.socket, *questions_[*to.question].mapped(), knock_message(id)});
}

void ProfileProbe::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  questions_.on_datagram(now, socket, from, bytes);
  if (auto message = stun::Message::parse(bytes); message && message->cls() == stun::Class::indication) {
    stranger_came_ |= message->transaction() == stranger_;
    together_came_ |= message->transaction() == together_;
  }
  finish_when_settled(now);
}

// ---- the end

void ProfileProbe::finish_when_settled(Time now) {
  const bool all_asked = asked_elsewhere_ && knocked_ && next_fresh_ == fresh_.size();
  if (all_asked && questions_.settled()) finish(now);
}

void ProfileProbe::finish(Time) {
  if (result_) return;
  ProfileResult result;
  bool any = false;
  for (Number i = 0; i < questions_.asked(); ++i) any |= questions_[i].result().has_value();
  result.profile.udp_blocked = !any && !vantages_.empty();
  result.profile.proxy = config_.vantages.proxied;
  judge_mapping(result);
  judge_ports(result);
  judge_ipv6(result);
  judge_relays(result);
  judge_helper(result);
  plan_.clear();
  questions_.close_all();
  result_ = std::move(result);
}

Elsewhere ProfileProbe::elsewhere(const std::optional<Number>& number) const {
  if (!number) return Elsewhere::not_asked;
  const Questions::Question& q = questions_[*number];
  if (q.result()) return q.result()->from != q.server ? Elsewhere::came : Elsewhere::not_asked;
  return q.state() == Questions::State::timed_out ? Elsewhere::silent : Elsewhere::not_asked;
}

void ProfileProbe::judge_mapping(ProfileResult& result) const {
  ice::NatProfile& p = result.profile;
  std::vector<Sighting> seen;
  std::uint16_t local = 0;
  for (const Vantage& v : vantages_) {
    const auto* q = v.at.family() == Family::v4 ? answered(v.question) : nullptr;
    if (!q || !q->mapped()->ip.is_v4()) continue;
    if (seen.empty()) p.outside = q->mapped()->ip;
    seen.push_back({v.at, *q->mapped()});
    local = questions_.local(q->socket)->port;
  }
  p.mapping = mapping_of(seen, config_.interfaces, local);
  p.filtering = filtering_of({elsewhere(other_address_), elsewhere(other_port_), stranger_came_});
  if (knocked_ && config_.hairpin)
    p.hairpin = hairpin_of(stranger_came_ || together_came_, p.mapping, p.filtering);
  if (prefix_ && (through_nat64_ ? !seen.empty() : answered(nat64_) != nullptr)) p.nat64 = prefix_;
}

void ProfileProbe::judge_ports(ProfileResult& result) const {
  ice::NatProfile& p = result.profile;
  if (p.mapping == ice::Mapping::none) return;
  std::vector<PortSample> samples;
  for (std::size_t i = 0; i < fresh_.size(); ++i) {
    const auto* q = answered(fresh_[i].question);
    if (!q) continue;
    const auto inside = questions_.local(q->socket)->port;
    samples.push_back({q->sent_at, fresh_[i].number, inside, q->mapped()->port, q->resent()});
    if (q->resent()) continue;
    p.last_port = q->mapped()->port;
    result.last_port_at = q->sent_at;
  }
  const PortClass c = classify_ports(std::move(samples));
  p.allocation = c.allocation;
  p.step = c.step;
  p.flows_per_second = c.flows_per_second;
  p.block_base = c.block_base;
  p.block_size = c.block_size;
}

void ProfileProbe::judge_ipv6(ProfileResult& result) const {
  ice::NatProfile& p = result.profile;
  const auto& own = config_.interfaces;
  bool asked = false;
  for (const Vantage& v : vantages_) {
    if (v.at.family() != Family::v6) continue;
    asked = true;
    const auto* q = answered(v.question);
    p.ipv6 |= q && std::find(own.begin(), own.end(), q->mapped()->ip) != own.end();
  }
  if (!asked) p.ipv6 = has(own, Family::v6);
  const Elsewhere other = elsewhere(other_port6_);
  if (p.ipv6 && other != Elsewhere::not_asked) p.ipv6_filtered = other == Elsewhere::silent;
}

void ProfileProbe::judge_relays(ProfileResult& result) const {
  for (const HostPort& relay : config_.vantages.relays) {
    RelayRtt entry{relay, std::nullopt};
    for (const IpAddress& ip : addresses_of(relay.host)) {
      for (const Vantage& v : vantages_) {
        const auto* q = v.at == Endpoint{ip, relay.port} ? answered(v.question) : nullptr;
        if (q && (!entry.rtt || q->result()->rtt < *entry.rtt)) entry.rtt = q->result()->rtt;
      }
    }
    result.relays.push_back(std::move(entry));
  }
}

/// Where other answers come from is known from those that came, else from what the configuration says.
void ProfileProbe::judge_helper(ProfileResult& result) const {
  const Vantage* v4 = primary(Family::v4);
  if (!v4) return;
  Helper helper{v4->reach, std::nullopt, std::nullopt};
  for (const Vantage& v : vantages_)
    if (!v.relay && v.at.ip == v4->at.ip && v.at.port != v4->at.port && answered(v.question))
      helper.other_port = v.reach;
  if (elsewhere(other_port_) == Elsewhere::came) helper.other_port = questions_[*other_port_].result()->from;
  if (auto* q = answered(v4->question)) helper.other_address = q->result()->other;
  if (helper.other_address && (helper.other_address->ip == v4->at.ip || through_nat64_))
    helper.other_address.reset();
  result.helper = helper;
}

// ---- the verbs

void ProfileProbe::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  questions_.on_socket(now, socket, event);
}

void ProfileProbe::on_timer(Time now) {
  questions_.on_timer(now);
  while (!plan_.empty() && plan_.begin()->first <= now) {
    const auto step = plan_.begin()->second;
    plan_.erase(plan_.begin());
    (this->*step)(now);
  }
  finish_when_settled(now);
}

std::optional<Command> ProfileProbe::next_command() {
  if (auto own = pop(commands_)) return own;
  return questions_.next_command();
}

Time ProfileProbe::next_deadline() const {
  if (done()) return kNever;
  return std::min(plan_.empty() ? kNever : plan_.begin()->first, questions_.next_deadline());
}

}  // namespace godesk::link
