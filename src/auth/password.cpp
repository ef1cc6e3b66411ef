#include "auth/password.h"

#include <algorithm>
#include <set>

#include "auth/normal_form.h"

namespace godesk::auth {
namespace {

constexpr std::size_t kMinDifferent = 4;

// What everybody tries first, as far as it has ten characters or more. Lower case.
constexpr std::string_view kCommon[] = {
    "0123456789",       "01234567890",   "0987654321",    "1029384756",
    "1122334455",       "1234512345",    "1234567890",    "12345678900",
    "12345678901",      "123456789012",  "12345678910",   "1234567891011",
    "123456789a",       "123456789abc",  "123456789q",    "123456789qwe",
    "123123123123",     "1212121212",    "147258369000",  "1q2w3e4r5t",
    "1q2w3e4r5t6y",     "1qaz2wsx3edc",  "1qaz@wsx3edc",  "987654321a",
    "9876543210",       "a123456789",    "a1b2c3d4e5",    "abcd123456",
    "abcd1234567",      "abcdefghij",    "abcdefghijk",   "abcdefghijkl",
    "admin12345",       "admin123456",   "administrator", "administrator1",
    "anthony1234",      "asdfasdfasdf",  "asdfghjkl123",  "asdfghjkl1",
    "asdfghjkl;",       "azertyuiop",    "basketball",    "basketball1",
    "bismillah1",       "changeme12",    "changeme123",   "changemenow",
    "charlie123",       "chocolate1",    "christopher",   "correcthorsebatterystaple",
    "default123",       "football123",   "godesk1234",    "godeskgodesk",
    "hello12345",       "helloworld",    "helloworld1",   "iloveyou12",
    "iloveyou123",      "iloveyou1234",  "iloveyouso",    "j38ifubn00",
    "letmein123",       "letmein1234",   "liverpool1",    "liverpool123",
    "login12345",       "manchester",    "manchester1",   "masterpassword",
    "mypassword",       "mypassword1",   "p@ssw0rd12",    "p@ssw0rd123",
    "p@ssword123",      "pa55word123",   "pass123456",    "pass1234567",
    "passw0rd12",       "passw0rd123",   "passwort123",   "passwort1234",
    "password01",       "password10",    "password11",    "password12",
    "password123",      "password1!",    "password123!",  "password1234",
    "password12345",    "password2024",  "password2025",  "password2026",
    "passwordpassword", "princess12",    "princess123",   "q1w2e3r4t5",
    "q1w2e3r4t5y6",     "qazwsxedcrfv",  "qwer123456",    "qwert12345",
    "qwerty1234",       "qwerty12345",   "qwerty123456",  "qwertyuiop",
    "qwertyuiop1",      "qwertyuiop123", "qwertyuiop[]",  "qwertz12345",
    "qwertzuiop",       "remotedesktop", "samsung123",    "sunshine12",
    "sunshine123",      "superman12",    "superman123",   "test123456",
    "testtest12",       "testtesttest",  "unbelievable",  "welcome123",
    "welcome1234",      "willkommen",    "zaq12wsxcde3",  "zxcvbnm123",
    "zxcvbnm1234",
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The 8 symbols that `text` means, if it has the one-time form.
std::optional<std::string> one_time_symbols(std::string_view text) {
  std::string symbols;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    const char symbol = upper(c);
    const bool known = kOneTimeAlphabet.find(symbol) != std::string_view::npos;
    if (!known || symbols.size() == kOneTimeSymbols) return std::nullopt;
    symbols += symbol;
  }
  if (symbols.size() != kOneTimeSymbols) return std::nullopt;
  return symbols;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

Result<std::u32string, PasswordFault> normal_characters(std::string_view text) {
  if (text.size() > kMaxPasswordBytes) return Failure{PasswordFault::too_long};
  const std::optional<std::u32string> characters = from_utf8(text);
  if (!characters) return Failure{PasswordFault::not_utf8};
  if (std::any_of(characters->begin(), characters->end(), is_control)) return Failure{PasswordFault::control};
  return normal_form_c(*characters);
}

bool is_common(const std::u32string& characters) {
  if (std::set<char32_t>(characters.begin(), characters.end()).size() < kMinDifferent) return true;
  std::string text = to_utf8(characters);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return std::find(std::begin(kCommon), std::end(kCommon), text) != std::end(kCommon);
}

}  // namespace

std::string_view to_string(PasswordKind kind) {
  return kind == PasswordKind::one_time ? "one-time" : "unattended";
}

std::string_view to_string(PasswordFault fault) {
  switch (fault) {
    case PasswordFault::not_utf8:
      return "The password is not valid UTF-8; save it as UTF-8 text.";
    case PasswordFault::control:
      return "The password contains a control character; leave it out.";
    case PasswordFault::too_long:
      return "The password is longer than 1024 bytes; choose a shorter one.";
    case PasswordFault::too_short:
      return "The password is too short; choose one of at least 10 characters.";
    case PasswordFault::one_time_form:
      return "The password looks like a one-time password; choose another one.";
    case PasswordFault::common:
      return "The password is one that everybody tries first; choose another one.";
  }
  return "The password cannot be used; choose another one.";
}

PasswordKind kind_of(std::string_view text) {
  return one_time_symbols(text) ? PasswordKind::one_time : PasswordKind::unattended;
}

std::optional<PasswordFault> unattended_fault(std::string_view text) {
  const auto characters = normal_characters(text);
  if (!characters) return characters.reason();
  if (one_time_symbols(text)) return PasswordFault::one_time_form;
  if (characters->size() < kMinUnattended) return PasswordFault::too_short;
  if (is_common(*characters)) return PasswordFault::common;
  return std::nullopt;
}

Result<Buffer, PasswordFault> canonical_password(std::string_view text) {
  if (const auto symbols = one_time_symbols(text)) return to_buffer(bytes_of(*symbols));
  const auto characters = normal_characters(text);
  if (!characters) return Failure{characters.reason()};
  return to_buffer(bytes_of(to_utf8(*characters)));
}

std::string make_one_time_password(Random& random) {
  std::string symbols;
  for (std::size_t i = 0; i < kOneTimeSymbols; ++i)
    symbols += kOneTimeAlphabet[random.below(static_cast<std::uint32_t>(kOneTimeAlphabet.size()))];
  return symbols;
}

std::string shown_one_time_password(std::string_view symbols) {
  return std::string(symbols.substr(0, 4)) + "-" + std::string(symbols.substr(4));
}

}  // namespace godesk::auth
