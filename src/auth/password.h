// What may be a password, and which kind it is (SECURITY 2).
//
// One-time passwords are 8 symbols of a 32-symbol alphabet without look-alikes (no I, O, 0, 1): 40 bits.
// They are shown as "ABCD-EFGH" and typed in any case, with or without hyphens and spaces. Unattended
// passwords are everything else that a user chose: at least 10 characters, never of the one-time form,
// never among the passwords that everybody tries first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace godesk::auth {

enum class PasswordKind : std::uint8_t { one_time = 1, unattended = 2 };
std::string_view to_string(PasswordKind kind);

inline constexpr std::string_view kOneTimeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
inline constexpr std::size_t kOneTimeSymbols = 8;
inline constexpr std::size_t kMinUnattended = 10;       // characters
inline constexpr std::size_t kMaxPasswordBytes = 1024;  // UTF-8

/// The kind follows from the form alone.
PasswordKind kind_of(std::string_view text);

enum class PasswordFault {
  not_utf8,       // not strictly valid UTF-8
  control,        // contains a control character
  too_long,       // more than 1024 bytes
  too_short,      // less than 10 characters
  one_time_form,  // looks like a one-time password, and would be taken for one
  common,         // on the list of common passwords, or made of less than four different characters
};
/// A plain sentence that says what to do.
std::string_view to_string(PasswordFault fault);

/// Why `text` may not become the unattended password; nothing if it may.
std::optional<PasswordFault> unattended_fault(std::string_view text);

/// The bytes that enter the password hash: of a one-time password its 8 symbols in upper case, of any other
/// text its UTF-8 in Unicode normalisation form C. Faults: not_utf8, control, too_long.
Result<Buffer, PasswordFault> canonical_password(std::string_view text);

/// 8 symbols, without hyphen.
std::string make_one_time_password(Random& random);
/// "ABCDEFGH" as "ABCD-EFGH".
std::string shown_one_time_password(std::string_view symbols);

}  // namespace godesk::auth
