#include "auth/normal_form.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace godesk::auth {
namespace {

struct Decomposition {
  char32_t code, first, second;
};
struct ClassRange {
  char32_t first, last;
  std::uint8_t value;
};

#include "auth/normal_form_tables.inc"

// Hangul syllables are composed by arithmetic (Unicode Standard 3.12).
constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

template <class Table>
const Decomposition* find(const Table& table, char32_t code) {
  const auto* row = std::lower_bound(std::begin(table), std::end(table), code,
                                     [](const Decomposition& d, char32_t c) { return d.code < c; });
  return row != std::end(table) && row->code == code ? row : nullptr;
}

std::uint8_t combining_class(char32_t code) {
  const auto* row = std::lower_bound(std::begin(kClasses), std::end(kClasses), code,
                                     [](const ClassRange& r, char32_t c) { return r.last < c; });
  return row != std::end(kClasses) && row->first <= code ? row->value : 0;
}

void decompose(char32_t code, std::u32string& out) {
  if (code - kSyllables < kSyllableCount) {
    const char32_t index = code - kSyllables;
    out += kLeads + index / (kVowelCount * kTailCount);
    out += kVowels + index / kTailCount % kVowelCount;
    if (index % kTailCount != 0) out += kTails + index % kTailCount;
    return;
  }
  const Decomposition* row = find(kPairs, code);
  if (row == nullptr) row = find(kOneWay, code);
  if (row == nullptr) {
    out += code;
    return;
  }
  decompose(row->first, out);
  if (row->second != 0) decompose(row->second, out);
}

/// Marks that follow one base are put in the order of their classes; marks of one class keep theirs.
void order(std::u32string& text) {
  for (auto at = text.begin(); at != text.end();) {
    const auto run = std::find_if(at, text.end(), [](char32_t c) { return combining_class(c) != 0; });
    at = std::find_if(run, text.end(), [](char32_t c) { return combining_class(c) == 0; });
    std::stable_sort(run, at, [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
  }
}

/// The character that `first` and `second` make, or 0.
char32_t composed(char32_t first, char32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount)
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  const bool open_syllable = first - kSyllables < kSyllableCount && (first - kSyllables) % kTailCount == 0;
  if (open_syllable && second - kTails - 1 < kTailCount - 1) return first + (second - kTails);
  const auto* row = std::find_if(std::begin(kPairs), std::end(kPairs), [&](const Decomposition& d) {
    return d.first == first && d.second == second;
  });
  return row != std::end(kPairs) ? row->code : 0;
}

std::u32string compose(const std::u32string& text) {
  std::u32string out;
  std::size_t starter = std::u32string::npos;  // the last base in `out`
  int last_class = -1;                         // of what stands behind it; -1: nothing
  for (char32_t code : text) {
    const int own = combining_class(code);
    const bool blocked = last_class >= own && last_class != -1;
    const char32_t joined = starter != std::u32string::npos && !blocked ? composed(out[starter], code) : 0;
    if (joined != 0) {
      out[starter] = joined;
      continue;
    }
    if (own == 0) {
      starter = out.size();
      last_class = -1;
    } else {
      last_class = own;
    }
    out += code;
  }
  return out;
}

/// How many bytes a character takes by its first one, or 0; `value` gets the bits of that byte.
int sequence_length(std::uint8_t lead, char32_t& value) {
  if (lead < 0x80) return value = lead, 1;
  if (lead >= 0xC2 && lead < 0xE0) return value = lead & 0x1F, 2;
  if (lead >= 0xE0 && lead < 0xF0) return value = lead & 0x0F, 3;
  if (lead >= 0xF0 && lead < 0xF5) return value = lead & 0x07, 4;
  return 0;
}

bool is_scalar_value(char32_t value, int length) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return value >= kSmallest[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

}  // namespace

std::optional<std::u32string> from_utf8(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    char32_t value = 0;
    const int length = sequence_length(static_cast<std::uint8_t>(text[0]), value);
    if (length == 0 || text.size() < static_cast<std::size_t>(length)) return std::nullopt;
    for (char c : text.substr(1, static_cast<std::size_t>(length - 1))) {
      const auto byte = static_cast<std::uint8_t>(c);
      if ((byte & 0xC0) != 0x80) return std::nullopt;
      value = value << 6 | (byte & 0x3F);
    }
    if (!is_scalar_value(value, length)) return std::nullopt;
    out += value;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (char32_t c : text) {
    const int tail = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(kLead[tail] | c >> (6 * tail));
    for (int shift = 6 * (tail - 1); shift >= 0; shift -= 6)
      out += static_cast<char>(0x80 | (c >> shift & 0x3F));
  }
  return out;
}

std::u32string normal_form_c(std::u32string_view text) {
  std::u32string parts;
  for (char32_t code : text) decompose(code, parts);
  order(parts);
  return compose(parts);
}

}  // namespace godesk::auth
