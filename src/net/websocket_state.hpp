#pragma once
// WebSocketState: one open WebSocket, shared by its handle and the writes under way. Internal.
//
// The handle drops it with `abort`; a write that still runs then ends with an error and lets go of
// it. Loop thread only.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include <hassette/async.hpp>
#include "net/frame.hpp"
#include "net/random.hpp"
#include "net/transport.hpp"

namespace hassette::net {

class WebSocketState : public std::enable_shared_from_this<WebSocketState> {
 public:
  WebSocketState(std::shared_ptr<Transport> transport, Role role, std::size_t max_message,
                 std::size_t max_unsent);
  /// The handshake is over; what the transport has received beyond it is the first frame.
  static std::shared_ptr<WebSocketState> open(std::shared_ptr<Transport> transport, Role role,
                                              std::size_t max_message, std::size_t max_unsent);

  static Task<std::string_view> read(std::shared_ptr<WebSocketState> self);
  static Task<> write(std::shared_ptr<WebSocketState> self, std::string text);
  static Task<> close(std::shared_ptr<WebSocketState> self, std::uint16_t code, std::string reason);
  std::optional<std::string_view> try_read();
  void abort() noexcept;
  /// The handle goes: aborts, unless the connection is already ending with a closing message.
  void leave() noexcept;
  std::size_t unsent() const { return pending_.size() + inflight_.size(); }
  std::uint64_t received() const { return transport_->received(); }
  bool is_receiving() const { return reader_.has_begun(transport_->input()); }

 private:
  class Flushed;
  class Reading;

  static Task<> refill(std::shared_ptr<WebSocketState> self);
  static Task<> discard_until_end(std::shared_ptr<WebSocketState> self);

  void on_close_frame(const Incoming& frame);
  void send_close(std::uint16_t code, std::string_view reason);
  void enqueue(Opcode opcode, std::string_view payload);
  void pump();
  void on_written(error_code error);
  /// The first failure stays. The transport goes at once, or once what is queued has been sent.
  void fail(NetError failure, bool send_rest);
  void release_writers() noexcept;
  void drop_in(std::chrono::milliseconds limit);

  std::shared_ptr<Transport> transport_;
  MessageReader reader_;
  Role role_;
  std::size_t max_unsent_;
  MaskSource masks_;
  std::string pending_;       // frames that wait for the write under way
  std::string inflight_;      // frames that are being written
  std::uint64_t queued_ = 0;  // bytes of frames, since the beginning
  std::uint64_t sent_ = 0;
  std::deque<Flushed*> writers_;  // by position; a null has been destroyed
  std::optional<NetError> failure_;
  AsyncEvent ended_;
  asio::steady_timer drop_timer_;
  bool reading_ = false;
  bool writing_ = false;
  bool close_sent_ = false;
  bool ending_ = false;  // the last words are on their way, and the transport goes after them
};

}  // namespace hassette::net
