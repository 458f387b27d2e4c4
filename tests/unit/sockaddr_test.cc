// Socket addresses from a target, which may hold anything.
#include "tracer/intercept/sockaddr.h"

#include <linux/vm_sockets.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

namespace ttrace {
namespace {

RawAddress raw_of(const std::string& bytes) {
  RawAddress raw;
  raw.size = std::min(bytes.size(), raw.bytes.size());
  std::copy_n(bytes.begin(), raw.size, raw.bytes.begin());
  return raw;
}

std::string with_family(sa_family_t family, const std::string& rest) {
  std::string bytes(sizeof family, '\0');
  std::memcpy(bytes.data(), &family, sizeof family);
  return bytes + rest;
}

TEST_CASE("addresses of each family are named", "[sockaddr]") {
  using namespace std::string_literals;
  const SocketAddress v4 =
      describe(raw_of(with_family(AF_INET, "\x23\x5a\x7f\0\0\x01\0\0\0\0\0\0\0\0"s)));
  CHECK(v4.family == "AF_INET");
  CHECK(v4.address == "127.0.0.1");
  CHECK(v4.port == 9050);
  const SocketAddress v6 = describe(raw_of(with_family(
      AF_INET6, "\0\x50\0\0\0\0"s + "\xfe\x80"s + std::string(13, '\0') + "\x01\x02\0\0\0"s)));
  CHECK(v6.address == "fe80::1%2");
  CHECK(v6.port == 80);
  CHECK(describe(raw_of(with_family(AF_UNIX, "/run/x\0junk"s))).address == "/run/x");
  CHECK(describe(raw_of(with_family(AF_UNIX, "\0name"s))).address == "@name");
  CHECK(describe(raw_of(with_family(AF_UNIX, ""))).address.empty());
  sockaddr_vm vm{};
  vm.svm_family = AF_VSOCK;
  vm.svm_cid = 2;
  vm.svm_port = 1024;
  const std::string bytes(reinterpret_cast<const char*>(&vm), sizeof vm);
  CHECK(describe(raw_of(bytes)).address == "cid 2");
  CHECK(describe(raw_of(bytes)).port == 1024);
  CHECK(describe(raw_of(with_family(77, "abc"))).family == "AF_77");
}

TEST_CASE("an address that is cut short has no endpoint", "[sockaddr]") {
  for (std::size_t size = 0; size < 28; ++size) {
    CAPTURE(size);
    for (const sa_family_t family : {sa_family_t{AF_INET}, sa_family_t{AF_INET6}}) {
      const RawAddress raw = raw_of(with_family(family, std::string(30, 'x')).substr(0, size));
      const std::size_t least = family == AF_INET ? 16 : 24;
      CHECK(inet_endpoint(raw).has_value() == (size >= least));
      CHECK(describe(raw).address.empty() == (size < least));
    }
  }
}

TEST_CASE("what is made is what was meant", "[sockaddr]") {
  InetEndpoint v4 = v4_endpoint({htonl(0x0a010203)}, 80);
  CHECK(describe(*make_inet(AF_INET, v4)).address == "10.1.2.3");
  CHECK(describe(*make_inet(AF_INET6, v4)).address == "::ffff:10.1.2.3");
  InetEndpoint v6;
  v6.address[15] = 1;
  CHECK_FALSE(make_inet(AF_INET, v6));
  CHECK(unix_name(*make_unix("/run/x")) == "/run/x");
  CHECK(unix_name(*make_unix("@x")) == "@x");
  CHECK_FALSE(make_unix(""));
  CHECK_FALSE(make_unix(std::string(108, 'x')));
  CHECK(make_unix(std::string(107, 'x')));
}

TEST_CASE("garbage is decoded to something bounded", "[sockaddr]") {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    RawAddress raw;
    raw.size = random() % (raw.bytes.size() + 1);
    for (auto& byte : raw.bytes) byte = static_cast<unsigned char>(random());
    raw.bytes[0] = static_cast<unsigned char>(random() % 50);
    raw.bytes[1] = 0;
    const SocketAddress address = describe(raw);
    CHECK(address.address.size() <= 128);
    CHECK_FALSE(address.family.empty());
    (void)unix_name(raw);
    (void)inet_endpoint(raw);
  }
}

}  // namespace
}  // namespace ttrace
