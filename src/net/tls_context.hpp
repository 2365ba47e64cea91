#pragma once
// Contexts of OpenSSL, and what a failed handshake means in words. Internal; loop thread only.
#include <memory>
#include <string>

#include <boost/asio/ssl.hpp>

#include "net/await.hpp"
#include "net/error.hpp"
#include "net/tls.hpp"

namespace hassette::net {

class Transport;

/// Contexts are shared by connections with the same options, because reading the machine's
/// authorities takes milliseconds; a ca_file that was written since is read again. Throws kTls.
std::shared_ptr<asio::ssl::context> client_tls(const TlsOptions& options);
std::shared_ptr<asio::ssl::context> server_tls(const std::string& chain_file,
                                               const std::string& key_file);
/// Before the handshake: the name to ask for and, with `verify`, to insist on. Throws kTls where
/// the name cannot be insisted on, so that no certificate passes unlooked at.
void expect_host(SSL* ssl, const std::string& host, bool verify, const std::string& where);
NetError handshake_error(error_code error, Transport& transport, const std::string& host,
                         bool verify);

}  // namespace hassette::net
