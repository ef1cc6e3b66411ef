#include "os/proxy.h"

#include <map>

#include <gtest/gtest.h>

#include "os/dial_attempt.h"

namespace godesk::os {
namespace {

ProxySettings from(std::map<std::string, std::string> variables) {
  return ProxySettings::from([=](const char* name) -> std::optional<std::string> {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Proxy, UrlsInAllTheirForms) {
  auto full = parse_proxy("http://us%40er:p%3Aw@proxy.lan:3128/");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->at, (HostPort{"proxy.lan", 3128}));
  EXPECT_EQ(full->user, "us@er");
  EXPECT_EQ(full->password, "p:w");
  EXPECT_EQ(parse_proxy("proxy.lan")->at, (HostPort{"proxy.lan", 80}));
  EXPECT_EQ(parse_proxy("HTTP://[2001:db8::1]:8080")->at, (HostPort{"2001:db8::1", 8080}));
  for (const char* bad : {"", "https://x:1", "socks5://x:1", "http://x:0", "http://x:99999", "http://x:1y",
                          "http://:1", "http://%zz@x", "http://[::1"})
    EXPECT_FALSE(parse_proxy(bad)) << bad;
}

TEST(Proxy, LowerCaseWinsAndHttpsBeforeHttp) {
  EXPECT_EQ(from({{"https_proxy", "http://a:1"}, {"HTTPS_PROXY", "http://b:1"}}).proxy->at.host, "a");
  EXPECT_EQ(from({{"HTTPS_PROXY", "http://b:1"}, {"http_proxy", "http://c:1"}}).proxy->at.host, "b");
  EXPECT_EQ(from({{"HTTP_PROXY", "http://d:1"}}).proxy->at.host, "d");
  EXPECT_FALSE(from({}).proxy);
}

TEST(Proxy, BypassesByNameAddressAndPrefix) {
  auto settings =
      from({{"http_proxy", "http://p:1"}, {"NO_PROXY", ".corp.example, exact.org,10.0.0.0/8 ,2001:db8::1"}});
  auto uses = [&](const char* host) { return settings.for_target({host, 443}) != nullptr; };
  for (const char* direct : {"a.corp.example", "corp.example", "EXACT.org", "sub.exact.org", "10.1.2.3",
                             "2001:db8::1", "localhost", "127.0.0.1", "::1"})
    EXPECT_FALSE(uses(direct)) << direct;
  for (const char* proxied : {"notcorp.example", "exact.org.evil", "11.0.0.1", "2001:db8::2", "example.com"})
    EXPECT_TRUE(uses(proxied)) << proxied;
  EXPECT_EQ(from({{"http_proxy", "http://p:1"}, {"no_proxy", "*"}}).for_target({"x.org", 1}), nullptr);
}

TEST(Proxy, ConnectRequestsAndAnswers) {
  EXPECT_EQ(connect_request({"2001:db8::1", 443}, ""),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n");
  EXPECT_EQ(connect_request({"a", 1}, "Basic x"),
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nProxy-Authorization: Basic x\r\n\r\n");
  EXPECT_EQ(http_status("HTTP/1.0 200 OK\r\n\r\n"), 200);
  EXPECT_EQ(http_status("HTTP/1.1 407\r\n\r\n"), 407);
  for (const char* bad :
       {"", "HTTP/1.1", "HTTP/1.1 20", "HTTP/1.1 2x0 ", "SSH-2.0-OpenSSH_9", "HTTP/1.1-200 OK"})
    EXPECT_EQ(http_status(bad), 0) << bad;
}

}  // namespace
}  // namespace godesk::os
