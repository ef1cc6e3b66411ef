// Reaches IpAddress::parse, Endpoint::parse, Cidr::parse, from_hex, from_base64url, auth::DeviceId::parse and
// link::parse_relay_url: the texts in which addresses, keys and identifiers come. What is accepted must
// survive the way through its own text.
#include <cstdlib>

#include "auth/device_id.h"
#include "base/address.h"
#include "link/relay_url.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto ip = IpAddress::parse(text); ip && IpAddress::parse(ip->to_string()) != ip) std::abort();
  if (const auto at = Endpoint::parse(text); at && Endpoint::parse(at->to_string()) != at) std::abort();
  if (const auto bytes = from_hex(text); bytes && from_hex(to_hex(*bytes)) != bytes) std::abort();
  if (const auto bytes = from_base64url(text); bytes && from_base64url(to_base64url(*bytes)) != bytes)
    std::abort();
  if (const auto id = auth::DeviceId::parse(text); id && auth::DeviceId::parse(id->to_string()) != id)
    std::abort();
  Cidr::parse(text);
  link::parse_relay_url(text);
  return 0;
}
