#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/test_support.hpp"
#include "net/tls_context.hpp"
#include "net/transport.hpp"

namespace hassette::net {
namespace {

using namespace std::chrono_literals;

/// An authority and two certificates that it signed, made by the openssl program.
class Certificates {
 public:
  Certificates() {
    std::string name = (std::filesystem::temp_directory_path() / "hassette-tls-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=TestAuthority -keyout ca.key -out "
        "ca.pem");
    sign("good", "IP:127.0.0.1,DNS:localhost", 1);
    sign("other", "DNS:elsewhere.example", 1);
    sign("old", "IP:127.0.0.1", -1);
    sign_for_later("later", "IP:127.0.0.1");
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  void openssl(const std::string& arguments) {
    const std::string command =
        "cd '" + folder_.string() + "' && openssl " + arguments + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe)
  }
  void sign(const std::string& name, const std::string& names, int days) {
    openssl("req -newkey rsa:2048 -nodes -subj /CN=" + name + " -addext subjectAltName=" + names +
            " -keyout " + name + ".key -out " + name + ".csr");
    openssl("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days " +
            std::to_string(days) + " -copy_extensions copy -out " + name + ".pem");
  }

  /// `openssl x509` knows no begin; `openssl ca` does, and wants its books kept.
  void sign_for_later(const std::string& name, const std::string& names) {
    openssl("req -newkey rsa:2048 -nodes -subj /CN=" + name + " -addext subjectAltName=" + names +
            " -keyout " + name + ".key -out " + name + ".csr");
    std::ofstream(file("index.txt")) << "";
    std::ofstream(file("serial.txt")) << "1000\n";
    std::ofstream(file("ca.cnf"))
        << "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\nserial=serial.txt\nnew_certs_dir=."
           "\npolicy=p\n"
           "default_md=sha256\ncopy_extensions=copy\n[p]\ncommonName=supplied\n";
    openssl(
        "ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -notext -startdate "
        "20900101000000Z -enddate 20910101000000Z -in " +
        name + ".csr -out " + name + ".pem");
  }

  std::filesystem::path folder_;
};

class Tls : public NetTest {
 public:
  static void SetUpTestSuite() { certificates = std::make_unique<Certificates>(); }
  static void TearDownTestSuite() { certificates.reset(); }
  void TearDown() override { run(server.stop()); }

  void serve(const std::string& name) {
    run([](Tls* test, std::string chain, std::string key) -> Task<> {
      co_await test->server.listen_tls("127.0.0.1", 0, std::move(chain), std::move(key));
    }(this, certificates->file(name + ".pem"), certificates->file(name + ".key")));
  }
  /// What a client that trusts the authority (or checks nothing) is told; "fine" if all went well.
  std::string attempt(TlsOptions options, std::string host = "127.0.0.1") {
    std::string said;
    run([](Tls* test, TlsOptions tls, std::string name, std::string* out) -> Task<> {
      try {
        WebSocket socket = co_await connect_websocket(
            test->loop, {"wss", std::move(name), test->server.port(), "/ws"}, std::move(tls), {});
        co_await socket.write(std::string(100'000, 's'));
        const std::string_view echo = co_await socket.read();
        *out = echo == std::string(100'000, 's') ? "fine" : "garbled";
        co_await socket.close(1000, "");
      } catch (const NetError& error) {
        *out = std::string(error.code()) + ' ' + error.what();
      }
    }(this, std::move(options), std::move(host), &said));
    return said;
  }
  TlsOptions trusting() { return {.ca_file = certificates->file("ca.pem")}; }

  static inline std::unique_ptr<Certificates> certificates;
  EchoHandlers handlers;
  Server server{loop, handlers, {}};
};

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(Tls, accepts_a_certificate_of_a_trusted_authority) {
  serve("good");
  EXPECT_EQ(attempt(trusting()), "fine");
  run([](Tls* test) -> Task<> {
    const HttpResponse got =
        co_await http_fetch(test->loop, {"https", "localhost", test->server.port(), "/"},
                            {.target = "/page"}, test->trusting(), 5s);
    EXPECT_EQ(got.body, "GET /page ");
  }(this));
}

TEST_F(Tls, refuses_an_unknown_authority_and_says_the_remedy) {
  serve("good");
  const std::string said = attempt({});
  EXPECT_TRUE(said.starts_with("net_tls")) << said;
  EXPECT_TRUE(holds(said, "signed by nobody whom this machine trusts")) << said;
  EXPECT_TRUE(holds(said, "ca_file") && holds(said, "verify_ssl = false")) << said;
}

TEST_F(Tls, refuses_a_certificate_for_another_host) {
  serve("other");
  const std::string said = attempt(trusting());
  EXPECT_TRUE(holds(said, "net_tls") && holds(said, "is not for '127.0.0.1'")) << said;
}

TEST_F(Tls, refuses_a_certificate_for_another_name) {
  serve("other");
  const std::string said = attempt(trusting(), "localhost");
  EXPECT_TRUE(holds(said, "net_tls") && holds(said, "is not for 'localhost'")) << said;
}

/// What OpenSSL will insist on, as "address" or "name".
std::string insists_on(const std::string& host) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  const std::unique_ptr<SSL, decltype(&SSL_free)> handle(SSL_new(context.native_handle()),
                                                         &SSL_free);
  expect_host(handle.get(), host, true, "here");
  if (const char* name = X509_VERIFY_PARAM_get0_host(SSL_get0_param(handle.get()), 0)) return name;
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(handle.get()));
  const std::string found = address ? address : "nothing";
  OPENSSL_free(address);
  return found;
}

TEST_F(Tls, insists_on_a_name_or_an_address_whatever_the_host_looks_like) {
  EXPECT_EQ(insists_on("home.example"), "home.example");
  EXPECT_EQ(insists_on("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(insists_on("fe80::1"), insists_on("fe80::1%eth0")) << "a zone takes no check away";
  EXPECT_NE(insists_on("fe80::1%eth0"), "nothing");
  for (const std::string& host : {std::string(), std::string("%lo"), std::string(300, 'x')}) {
    try {
      ADD_FAILURE() << "nothing refused, and insisted on: " << insists_on(host);
    } catch (const NetError& error) {
      EXPECT_EQ(error.kind(), NetFault::kTls) << host;
      EXPECT_TRUE(holds(error.what(), "no certificate can be checked")) << error.what();
    }
  }
}

TEST_F(Tls, tells_a_certificate_that_will_be_valid_from_one_to_refuse) {
  serve("later");
  const std::string said = attempt(trusting());
  EXPECT_TRUE(said.starts_with("net_too_early ")) << said;
  EXPECT_TRUE(holds(said, "this machine's clock says 20")) << said;
  EXPECT_EQ(attempt({.verify = false}), "fine");
}

TEST_F(Tls, tells_a_server_that_hangs_up_from_one_that_cannot_be_trusted) {
  // A proxy whose backend still starts, for instance.
  run([](Tls* test) -> Task<> {
    Listener listener(test->reactor.context());
    const auto hang_up = [](Listener* from, bool reset) -> Task<> {
      const auto peer = co_await from->accept();
      co_await Transport::fill(peer, deadline_in(5s));  // the client's first words
      if (reset) peer->reset();
    };
    for (const bool reset : {false, true}) {
      const Url url{"wss", "127.0.0.1", listener.port(), "/ws"};
      std::vector<Task<>> both;
      both.push_back([](Tls* from, Url to) -> Task<> {
        co_await expect_fault(NetFault::kClosed,
                              connect_websocket(from->loop, std::move(to), from->trusting(), {}));
      }(test, url));
      both.push_back(hang_up(&listener, reset));
      co_await when_all(std::move(both));
    }
  }(this));
}

TEST_F(Tls, counts_what_it_receives) {
  serve("good");
  run([](Tls* test) -> Task<> {
    WebSocket socket = co_await connect_websocket(
        test->loop, local_url("wss", test->server.port(), "/ws"), test->trusting(), {});
    const std::uint64_t before = socket.received();
    co_await socket.write(std::string(5000, 'x'));
    co_await socket.read();
    EXPECT_GT(socket.received(), before + 5000);
  }(this));
}

TEST_F(Tls, refuses_a_certificate_that_is_out_of_date) {
  serve("old");
  const std::string said = attempt(trusting());
  EXPECT_TRUE(holds(said, "net_tls") && holds(said, "out of date")) << said;
}

TEST_F(Tls, accepts_anything_without_verification) {
  serve("other");
  EXPECT_EQ(attempt({.verify = false}), "fine");
}

TEST_F(Tls, says_that_a_server_does_not_speak_it) {
  run([](Tls* test) -> Task<> { co_await test->server.listen("127.0.0.1", 0); }(this));
  const std::string said = attempt(trusting());
  EXPECT_TRUE(holds(said, "net_tls") && holds(said, "does the server speak TLS")) << said;
}

TEST_F(Tls, says_which_authority_file_cannot_be_read) {
  serve("good");
  EXPECT_TRUE(holds(attempt({.ca_file = "/nowhere/ca.pem"}), "ca_file /nowhere/ca.pem cannot"));
  EXPECT_TRUE(holds(attempt({.ca_file = certificates->file("good.key")}),
                    "holds no certificate that can be read"));
}

TEST_F(Tls, tells_before_anything_is_connected_whether_the_authorities_can_be_read) {
  EXPECT_NO_THROW(expect_usable(trusting()));
  EXPECT_NO_THROW(expect_usable({}));
  EXPECT_THROW(expect_usable({.ca_file = "/nowhere/ca.pem"}), NetError);
  EXPECT_THROW(expect_usable({.ca_file = certificates->file("good.key")}), NetError);
}

TEST_F(Tls, may_be_cancelled_during_read_and_go_on) {
  serve("good");
  run([](Tls* test) -> Task<> {
    WebSocket socket = co_await connect_websocket(
        test->loop, local_url("wss", test->server.port(), "/ws"), test->trusting(), {});
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ((co_await when_any(socket.read(), yield())).index(), 1u);
    }
    co_await socket.write("still here");
    EXPECT_EQ(co_await socket.read(), "still here");
  }(this));
}

TEST_F(Tls, may_lose_the_frame_at_any_step_of_the_handshake) {
  serve("good");
  for (int steps = 1; steps < 30; ++steps) {
    {
      async::Bucket doomed(loop, nullptr);
      doomed.spawn(label, [](Tls* test) -> Task<> {
        WebSocket socket = co_await connect_websocket(
            test->loop, local_url("wss", test->server.port(), "/ws"), test->trusting(), {});
        for (;;) co_await socket.read();
      }(this));
      for (int i = 0; i < steps; ++i) loop.turn(false);
    }
    settle();
  }
}

}  // namespace
}  // namespace hassette::net
