#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <mutex>
#include <optional>

#include "net/transport.hpp"
#include "net/url.hpp"

namespace hassette::net {

namespace ssl = asio::ssl;

namespace {

constexpr std::string_view kRemedy =
    "give the file of the authority that signed it as ca_file, or set verify_ssl = false to accept "
    "any certificate";

std::shared_ptr<ssl::context> make_client_tls(const TlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (!options.verify) {
    context->set_verify_mode(ssl::verify_none);
    return context;
  }
  context->set_verify_mode(ssl::verify_peer);
  error_code error;
  context->set_default_verify_paths(error);
  if (options.ca_file.empty()) return context;
  context->load_verify_file(options.ca_file, error);
  if (error) {
    throw NetError(
        NetFault::kTls,
        fmt::format("ca_file {} holds no certificate that can be read ({}); it must be a "
                    "PEM file",
                    options.ca_file, error.message()));
  }
  return context;
}

struct Cached {
  TlsOptions options;
  std::filesystem::file_time_type written;
  std::shared_ptr<ssl::context> context;
};

/// The date as OpenSSL sees it, for a machine that starts without knowing it.
std::string clock_says() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  ::gmtime_r(&now, &date);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", date.tm_year + 1900, date.tm_mon + 1,
                     date.tm_mday, date.tm_hour, date.tm_min);
}

bool is_internal_error(error_code error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) ==
             SSL_R_TLSV1_ALERT_INTERNAL_ERROR;
}

/// Why OpenSSL refused the certificate, and what to do about it.
std::string certificate_problem(long verdict, const std::string& host) {
  const std::string reason = X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format(
          "the server's certificate is not for '{}' ({}); use the name that it was made for in the "
          "URL, or set verify_ssl = false to accept any certificate",
          host, reason);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format(
          "the server's certificate is out of date ({}); renew it on the server, or set verify_ssl "
          "= false to accept any certificate",
          reason);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format(
          "the server's certificate is signed by nobody whom this machine trusts ({}); {}", reason,
          kRemedy);
    default:
      return fmt::format("the server's certificate was refused ({}); {}", reason, kRemedy);
  }
}

}  // namespace

std::shared_ptr<ssl::context> client_tls(const TlsOptions& options) {
  static std::mutex mutex;
  static std::optional<Cached> cached;
  std::error_code missing;
  std::filesystem::file_time_type written{};
  if (!options.ca_file.empty()) {
    written = std::filesystem::last_write_time(options.ca_file, missing);
    if (missing) {
      throw NetError(NetFault::kTls, fmt::format("ca_file {} cannot be read: {}", options.ca_file,
                                                 missing.message()));
    }
  }
  const std::scoped_lock lock(mutex);
  if (!cached || cached->options != options || cached->written != written) {
    cached = Cached{options, written, make_client_tls(options)};
  }
  return cached->context;
}

void expect_usable(const TlsOptions& options) {
  client_tls(options);
}

std::shared_ptr<ssl::context> server_tls(const std::string& chain_file,
                                         const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->use_certificate_chain_file(chain_file, error);
  if (error) {
    throw NetError(NetFault::kTls,
                   fmt::format("no certificate can be read from it: {}", error.message()),
                   chain_file);
  }
  context->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) {
    throw NetError(
        NetFault::kTls,
        fmt::format("no key that fits the certificate can be read from it: {}", error.message()),
        key_file);
  }
  return context;
}

void expect_host(SSL* handle, const std::string& host, bool verify, const std::string& where) {
  // A certificate names an address without the network that leads to it from here.
  const std::string name = without_zone(host);
  error_code no_address;
  asio::ip::make_address(name, no_address);
  const bool is_name = static_cast<bool>(no_address);
  // An empty name would take the check away.
  bool done = !name.empty() && (!is_name || SSL_set_tlsext_host_name(handle, name.c_str()) == 1);
  if (done && verify) {
    done = is_name ? SSL_set1_host(handle, name.c_str()) == 1
                   : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), name.c_str()) == 1;
  }
  if (done) return;
  throw NetError(NetFault::kTls,
                 fmt::format("no certificate can be checked for the host '{}'; use a name or an "
                             "address that one can be made for",
                             host),
                 where);
}

NetError handshake_error(error_code error, Transport& transport, const std::string& host,
                         bool verify) {
  const long verdict = verify ? SSL_get_verify_result(transport.tls_handle()) : X509_V_OK;
  if (verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
    return {NetFault::kTooEarly,
            fmt::format("the server's certificate is not valid yet: this machine's clock says {}; "
                        "if that is wrong, set it, or wait until the network has",
                        clock_says()),
            transport.where()};
  }
  if (verdict != X509_V_OK && error.category() == asio::error::get_ssl_category()) {
    return {NetFault::kTls, certificate_problem(verdict, host), transport.where()};
  }
  // What stands in front of a server that still starts ends the connection, or answers with an
  // internal error, for as long as there is nothing behind it.
  if (error == asio::error::eof || error == ssl::error::stream_truncated ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe ||
      is_internal_error(error)) {
    return {NetFault::kClosed,
            "the server ended the TLS handshake; is it still starting, or does it not speak TLS on "
            "this port?",
            transport.where()};
  }
  if (error.category() == asio::error::get_ssl_category()) {
    return {NetFault::kTls,
            fmt::format("no agreement on encryption ({}); does the server speak TLS on this port?",
                        error.message()),
            transport.where()};
  }
  return net_error(error, "agree on encryption", transport.where());
}

}  // namespace hassette::net
