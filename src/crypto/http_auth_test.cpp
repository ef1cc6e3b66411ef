#include "crypto/http_auth.h"

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

constexpr const char* kStart = "HTTP/1.1 407 Proxy Authentication Required\r\n";
constexpr const char* kNonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr const char* kCnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

std::string rfc7616_challenge(const std::string& algorithm) {
  return "Proxy-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=" +
         algorithm + ", nonce=\"" + kNonce +
         "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n";
}

std::string answer(const std::string& headers) {
  return proxy_authorization(kStart + headers + "\r\n", "Mufasa", "Circle of Life", "GET", "/dir/index.html",
                             kCnonce)
      .value_or("");
}

TEST(HttpAuth, DigestIsAsInRfc7616Section391) {
  const std::string md5 = answer(rfc7616_challenge("MD5")), sha = answer(rfc7616_challenge("SHA-256"));
  EXPECT_NE(md5.find("response=\"8ca523f5e9506fed4657c9700eebdbec\""), std::string::npos) << md5;
  EXPECT_NE(sha.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""),
            std::string::npos)
      << sha;
  for (const char* part :
       {"Digest username=\"Mufasa\"", "realm=\"http-auth@example.org\"", "uri=\"/dir/index.html\"",
        "qop=auth, nc=00000001", "opaque=\"FQhe/", "algorithm=SHA-256"})
    EXPECT_NE(sha.find(part), std::string::npos) << part;
}

TEST(HttpAuth, TheStrongestOfferIsTaken) {
  const std::string basic = "Proxy-Authenticate: Basic realm=\"a, b=c\"\r\n";
  EXPECT_EQ(answer(basic), "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl");
  EXPECT_NE(answer(basic + rfc7616_challenge("MD5") + rfc7616_challenge("SHA-256")).find("SHA-256"),
            std::string::npos);
  EXPECT_NE(answer(basic + rfc7616_challenge("SHA-512-256") + rfc7616_challenge("md5")).find("algorithm=md5"),
            std::string::npos);
  const auto all = proxy_challenges(
      "x\r\nproxy-AUTHENTICATE: Negotiate, digest Realm=lab ,nonce=\"q\\\"x\", Basic realm=\"r\"\r\n\r\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].scheme, "negotiate");
  EXPECT_EQ(all[1].values.at("realm"), "lab");
  EXPECT_EQ(all[1].values.at("nonce"), "q\"x");
  EXPECT_EQ(all[2].values.at("realm"), "r");
}

TEST(HttpAuth, OldAndHiddenForms) {
  // RFC 2069, as squid offers it to who wants no qop; computed with openssl dgst -md5.
  const std::string old = answer("Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n");
  EXPECT_EQ(old.find("qop"), std::string::npos);
  EXPECT_NE(old.find("response=\""), std::string::npos);
  const std::string hidden = answer(
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=auth, algorithm=SHA-256-sess, "
      "userhash=true\r\n");
  EXPECT_EQ(hidden.find("Mufasa"), std::string::npos);
  EXPECT_NE(hidden.find("userhash=true"), std::string::npos);
}

TEST(HttpAuth, WhatCannotBeDoneIsNotTried) {
  for (const char* headers :
       {"", "Proxy-Authenticate: Negotiate\r\n", "Proxy-Authenticate: Digest realm=\"r\"\r\n",
        "Proxy-Authenticate: Digest nonce=\"n\", qop=\"auth-int\"\r\n", "Proxy-Authenticate: =x\r\n",
        "Proxy-Authenticate: realm=\"r\"\r\n", "Proxy-Authenticate: Digest nonce=\"open\r\n",
        "Proxy-Authenticate: Digest nonce=\"a\\\r\n", "WWW-Authenticate: Basic realm=\"r\"\r\n",
        "Proxy-Authenticate: Digest nonce=\"a\x01\"\r\n"})
    EXPECT_EQ(answer(headers), "") << headers;
}

}  // namespace
}  // namespace godesk::crypto
