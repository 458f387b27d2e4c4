// --connect: what a rule matches, which come first, and what is said about bad ones.
#include "tracer/cli/connect_rule.h"

#include <catch2/catch.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;
using Kind = ConnectFault::Kind;

RawAddress v4(const char* text, std::uint16_t port) {
  const ConnectRule rule = parse_connect_rule(std::string(text) + "=refuse");
  InetEndpoint endpoint = rule.net;
  endpoint.port = port;
  return *make_inet(AF_INET, endpoint);
}

RawAddress v6(const std::string& text, std::uint16_t port) {
  InetEndpoint endpoint = parse_connect_rule("[" + text + "]=refuse").net;
  endpoint.port = port;
  return *make_inet(AF_INET6, endpoint);
}

bool matches(const std::string& who, const RawAddress& address) {
  return parse_connect_rule(who + "=refuse").matches(address);
}

TEST_CASE("a rule matches by address, prefix and port", "[connect]") {
  CHECK(matches("127.0.0.1", v4("127.0.0.1", 80)));
  CHECK(matches("127.0.0.1:80", v4("127.0.0.1", 80)));
  CHECK(matches("127.0.0.1:*", v4("127.0.0.1", 80)));
  CHECK_FALSE(matches("127.0.0.1:81", v4("127.0.0.1", 80)));
  CHECK_FALSE(matches("127.0.0.2", v4("127.0.0.1", 80)));
  CHECK(matches("10.0.0.0/8:80", v4("10.200.1.1", 80)));
  CHECK(matches("10.0.0.0/9", v4("10.127.1.1", 80)));
  CHECK_FALSE(matches("10.0.0.0/9", v4("10.128.1.1", 80)));
  CHECK(matches("0.0.0.0/0", v4("8.8.8.8", 1)));
  CHECK_FALSE(matches("0.0.0.0/0", v6("2001:db8::1", 1)));
  CHECK(matches("[2001:db8::]/32", v6("2001:db8:1::1", 1)));
  CHECK(matches("[2001:db8::/32]:1", v6("2001:db8:1::1", 1)));
  CHECK(matches("[::]/0", v4("8.8.8.8", 1)));
}

TEST_CASE("a v4-mapped address is the IPv4 address", "[connect]") {
  CHECK(matches("10.1.2.3:80", v6("::ffff:10.1.2.3", 80)));
  CHECK(matches("[::ffff:10.1.2.3]:80", v4("10.1.2.3", 80)));
  CHECK(matches("10.0.0.0/8", v6("::ffff:10.1.2.3", 80)));
}

TEST_CASE("unix sockets are matched by glob, and by a bare *", "[connect]") {
  const RawAddress path = *make_unix("/run/dbus/socket");
  const RawAddress abstract = *make_unix("@/tmp/.X11-unix/X0");
  CHECK(matches("/run/dbus/*", path));
  CHECK(matches("/run/*", path));
  CHECK_FALSE(matches("/tmp/*", path));
  CHECK(matches("@/tmp/*", abstract));
  CHECK_FALSE(matches("/tmp/*", abstract));
  CHECK(matches("*", path));
  CHECK(matches("*", v4("1.2.3.4", 5)));
  CHECK(matches("*:5", v4("1.2.3.4", 5)));
  CHECK_FALSE(matches("*:5", path));
}

TEST_CASE("faults and their values", "[connect]") {
  const auto fault = [](const char* text) { return parse_connect_rule(text).fault; };
  CHECK(fault("*=timeout").duration == 0ns);
  CHECK(fault("*=timeout:1500ms").duration == 1500ms);
  CHECK(fault("*=delay:2").duration == 2s);
  CHECK(fault("*=reset").kind == Kind::kReset);
  CHECK(fault("*=unreachable").kind == Kind::kUnreachable);
  const ConnectFault redirect = fault("*:80=redirect:127.0.0.1:8080");
  CHECK(redirect.to == *inet_endpoint(v4("127.0.0.1", 8080)));
  CHECK(fault("*:80=redirect:[::1]:8080").to == *inet_endpoint(v6("::1", 8080)));
  CHECK(fault("/a=redirect:/b").to_unix == "/b");
}

TEST_CASE("what is no rule is refused with a hint", "[connect]") {
  const char* const bad[] = {"",
                             "=refuse",
                             "127.0.0.1",
                             "127.0.0.1=",
                             "127.0.0.1=bogus",
                             "127.0.0.1=refuse:1",
                             "127.0.0.1=delay",
                             "127.0.0.1=delay:",
                             "127.0.0.1=delay:x",
                             "127.0.0.1=delay:-1s",
                             "127.0.0.1=timeout:0",
                             "127.0.0.1=timeout:100000h",
                             "127.0.0.1:0=refuse",
                             "127.0.0.1:65536=refuse",
                             "127.0.0.1:=refuse",
                             "127.0.0.1:http=refuse",
                             "127.0.0.1x=refuse",
                             "127.0.0.256=refuse",
                             "127.1=refuse",
                             "10.0.0.0/33=refuse",
                             "10.0.0.0/=refuse",
                             "10.0.0.0/x=refuse",
                             "::1=refuse",
                             "fe80::1:80=refuse",
                             "[::1=refuse",
                             "[::1]x=refuse",
                             "[::1]/129=refuse",
                             "[1.2.3.4]=refuse",
                             "localhost=refuse",
                             ":80=refuse",
                             "*/8=refuse",
                             "*=redirect:",
                             "*=redirect:127.0.0.1",
                             "*=redirect:127.0.0.1:0",
                             "*=redirect:localhost:80"};
  for (const char* text : bad) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_connect_rule(text), UserError);
  }
  CHECK_THROWS_AS(parse_connect_rule(std::string("/a\0b=refuse", 11)), UserError);
  CHECK_THROWS_AS(parse_connect_rule("*=redirect:/" + std::string(200, 'x')), UserError);
  CHECK_THROWS_AS(parse_connect_rule(std::string(1 << 20, '[') + "=refuse"), UserError);
}

TEST_CASE("the first rule wins, and shadowed ones are named", "[connect]") {
  const auto rules_of = [](const std::vector<std::string>& texts) {
    std::vector<ConnectRule> rules;
    for (const auto& text : texts) rules.push_back(parse_connect_rule(text));
    return rules;
  };
  const auto rules = rules_of({"10.0.0.0/8=refuse", "10.1.2.3:80=reset", "*:80=delay:1"});
  CHECK(first_match(rules, v4("10.1.2.3", 80)) == &rules[0]);
  CHECK(first_match(rules, v4("11.1.2.3", 80)) == &rules[2]);
  CHECK(first_match(rules, v4("11.1.2.3", 81)) == nullptr);
  CHECK(shadowed_rules(rules) ==
        std::vector<std::string>{
            "--connect 10.1.2.3:80=reset never applies: the earlier 10.0.0.0/8=refuse takes all of "
            "it"});
  CHECK(shadowed_rules(rules_of({"10.1.2.3:80=reset", "10.0.0.0/8=refuse"})).empty());
  CHECK(shadowed_rules(rules_of({"*:80=reset", "1.2.3.4=refuse", "/a=refuse"})).empty());
  CHECK(shadowed_rules(rules_of({"*=reset", "1.2.3.4=refuse", "/a=refuse"})).size() == 2);
  CHECK(shadowed_rules(rules_of({"/run/*=reset", "/run/a=refuse", "/run/a*=refuse"})).size() == 1);
}

TEST_CASE("a thousand rules are no trouble", "[connect]") {
  std::vector<std::string> words;
  for (int i = 0; i < 1500; ++i) {
    words.push_back("--connect");
    words.push_back("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "=refuse");
  }
  words.emplace_back("ls");
  const CommandLine line = parse_command_line(words, {{0, 0}, false});
  REQUIRE(std::holds_alternative<RunOptions>(line));
  const auto& rules = std::get<RunOptions>(line).connect_rules;
  CHECK(rules.size() == 1500);
  CHECK(shadowed_rules(rules).empty());
}

}  // namespace
}  // namespace ttrace
