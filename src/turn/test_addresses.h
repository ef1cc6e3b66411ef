// Addresses no relay may be told to send to, for the tests of the policy and of the server.
#pragma once

namespace godesk::turn {

inline constexpr const char* kForbiddenAddresses[] = {
    // this network, private, shared, loopback, link-local and cloud metadata
    "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.0",
    "100.64.0.1", "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.0.0.53", "127.255.255.255", "169.254.0.1",
    "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.16.0.1", "172.31.255.255", "192.168.0.0",
    "192.168.1.1", "192.168.255.255",
    // protocol assignments, deprecated anycast, benchmarking
    "192.0.0.1", "192.0.0.170", "192.0.0.255", "192.88.99.1", "198.18.0.0", "198.18.0.1", "198.19.255.255",
    // multicast, reserved, broadcast
    "224.0.0.1", "224.0.0.251", "239.255.255.250", "239.255.255.255", "240.0.0.1", "255.255.255.254",
    "255.255.255.255",
    // IPv6: unspecified, loopback, unique local, link-local, site-local, multicast
    "::", "::1", "fc00::1", "fd00::1", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff02::fb",
    "ff0e::1", "ffff::1",
    // IPv6: discard, local NAT64, benchmarking, ORCHID, 6to4, Teredo, documentation of RFC
    // 9637, outside 2000::/3
    "100::1", "64:ff9b:1::1", "2001:2::1", "2001:10::1", "2001:20::1", "2002::1", "2002:7f00:1::1",
    "2002:808:808::1", "2001::1", "2001:0:5ef5:79fd::1", "3fff::1", "4000::1", "5f00::1", "8000::1",
    // IPv4 in disguise
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.168.1.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
    "::ffff:255.255.255.255", "::127.0.0.1", "::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254", "64:ff9b::224.0.0.1"};

}  // namespace godesk::turn
