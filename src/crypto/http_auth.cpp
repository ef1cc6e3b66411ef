#include "crypto/http_auth.h"

#include <algorithm>

#include "crypto/hash.h"

namespace godesk::crypto {
namespace {

constexpr std::string_view kHeader = "proxy-authenticate:";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

bool is_token(char c) {
  return c > 32 && c < 127 && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

/// Reads one header's value from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_blanks_and_commas() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t' || text_.front() == ','))
      text_.remove_prefix(1);
  }
  void skip_blanks() {
    while (skip(' ') || skip('\t')) {
    }
  }
  std::string token() {
    const auto end = std::find_if_not(text_.begin(), text_.end(), is_token);
    const std::string found(text_.begin(), end);
    text_.remove_prefix(found.size());
    return found;
  }
  std::optional<std::string> value() {
    if (!skip('"')) return token();
    std::string out;
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\') text_.remove_prefix(1);
      if (text_.empty()) return std::nullopt;
      out += text_.front();
      text_.remove_prefix(1);
    }
    return skip('"') ? std::optional(out) : std::nullopt;
  }

 private:
  std::string_view text_;
};

/// A name is a parameter's when "=" follows, else the scheme of the next challenge.
void read_challenges(std::string_view line, std::vector<HttpChallenge>& out) {
  Scanner scan(line);
  for (bool first = true;; first = false) {
    scan.skip_blanks_and_commas();
    const std::string name = lower(scan.token());
    if (name.empty()) return;
    scan.skip_blanks();
    if (!scan.skip('=')) {
      out.push_back({name, {}});
      continue;
    }
    scan.skip_blanks();
    auto value = scan.value();
    if (!value || first) return;
    out.back().values.try_emplace(name, std::move(*value));
  }
}

std::string hex_of(std::string_view text, bool sha256_wanted) {
  if (sha256_wanted) return to_hex(sha256(bytes_of(text)));
  return to_hex(md5(bytes_of(text)));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string value_of(const HttpChallenge& challenge, const char* name) {
  const auto found = challenge.values.find(name);
  return found == challenge.values.end() ? std::string() : found->second;
}

bool offers_auth(std::string_view qop) {
  while (!qop.empty()) {
    const auto comma = qop.find(',');
    std::string_view one = qop.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (lower(one) == "auth") return true;
    qop = comma == std::string_view::npos ? std::string_view() : qop.substr(comma + 1);
  }
  return false;
}

/// 3 and 2: Digest with SHA-256, MD5; 1: Basic; 0: nothing we can do.
int strength(const HttpChallenge& challenge) {
  if (challenge.scheme == "basic") return 1;
  const std::string qop = value_of(challenge, "qop"), nonce = value_of(challenge, "nonce");
  if (challenge.scheme != "digest" || nonce.empty() || (!qop.empty() && !offers_auth(qop))) return 0;
  const std::string algorithm = lower(value_of(challenge, "algorithm"));
  if (algorithm == "sha-256" || algorithm == "sha-256-sess") return 3;
  return algorithm.empty() || algorithm == "md5" || algorithm == "md5-sess" ? 2 : 0;
}

std::string digest(const HttpChallenge& challenge, std::string_view user, std::string_view password,
                   std::string_view method, std::string_view uri, std::string_view cnonce) {
  const bool sha256_wanted = strength(challenge) == 3;
  auto hash = [&](std::initializer_list<std::string_view> parts) {
    std::string joined;
    for (const std::string_view& part : parts) {
      if (&part != parts.begin()) joined += ':';
      joined += part;
    }
    return hex_of(joined, sha256_wanted);
  };
  const std::string realm = value_of(challenge, "realm"), nonce = value_of(challenge, "nonce");
  const std::string algorithm = value_of(challenge, "algorithm"), opaque = value_of(challenge, "opaque");
  const bool with_qop = !value_of(challenge, "qop").empty();
  const bool hide_user = lower(value_of(challenge, "userhash")) == "true";

  std::string ha1 = hash({user, realm, password});
  if (lower(algorithm).ends_with("-sess")) ha1 = hash({ha1, nonce, cnonce});
  const std::string ha2 = hash({method, uri});
  const std::string response =
      with_qop ? hash({ha1, nonce, "00000001", cnonce, "auth", ha2}) : hash({ha1, nonce, ha2});

  std::string out = "Digest username=" + quoted(hide_user ? hash({user, realm}) : std::string(user)) +
                    ", realm=" + quoted(realm) + ", nonce=" + quoted(nonce) + ", uri=" + quoted(uri) +
                    ", response=" + quoted(response);
  if (!algorithm.empty()) out += ", algorithm=" + algorithm;
  if (!opaque.empty()) out += ", opaque=" + quoted(opaque);
  if (with_qop) out += ", qop=auth, nc=00000001, cnonce=" + quoted(cnonce);
  if (hide_user) out += ", userhash=true";
  return out;
}

/// A header's value cannot hold these; the proxy that sent them would get a header of its own making.
bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

}  // namespace

std::vector<HttpChallenge> proxy_challenges(std::string_view head) {
  std::vector<HttpChallenge> out;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    if (lower(line.substr(0, kHeader.size())) == kHeader) read_challenges(line.substr(kHeader.size()), out);
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return out;
}

std::optional<std::string> proxy_authorization(std::string_view head, std::string_view user,
                                               std::string_view password, std::string_view method,
                                               std::string_view uri, std::string_view cnonce) {
  const auto challenges = proxy_challenges(head);
  const auto best = std::max_element(challenges.begin(), challenges.end(),
                                     [](const auto& a, const auto& b) { return strength(a) < strength(b); });
  if (best == challenges.end() || strength(*best) == 0) return std::nullopt;
  if (strength(*best) == 1)
    return "Basic " + to_base64(bytes_of(std::string(user) + ":" + std::string(password)));
  std::string out = digest(*best, user, password, method, uri, cnonce);
  return has_controls(out) ? std::nullopt : std::optional(std::move(out));
}

}  // namespace godesk::crypto
