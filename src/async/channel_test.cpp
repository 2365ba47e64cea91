#include <map>
#include <memory>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Channels : public InVirtualTime {
 public:
  static Task<> send_all(Channel<int>* to, int first, int count, Notes* notes = nullptr) {
    for (int i = first; i < first + count; ++i) {
      if (!co_await to->send(i)) {
        notes->push_back("closed");
        co_return;
      }
    }
  }
  static Task<> receive_all(Channel<int>* from, std::vector<int>* into) {
    while (const auto item = co_await from->receive()) into->push_back(*item);
    into->push_back(-1);
  }
};

TEST_F(Channels, keep_order_through_a_narrow_place) {
  Channel<int> channel(2);
  std::vector<int> got;
  spawn(receive_all(&channel, &got));
  spawn(send_all(&channel, 0, 100));
  loop.run_ready();
  channel.close();
  loop.run_ready();
  ASSERT_EQ(got.size(), 101u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST_F(Channels, make_senders_wait_for_room) {
  Channel<int> channel(2);
  spawn(send_all(&channel, 0, 3));
  loop.run_ready();
  EXPECT_EQ(channel.size(), 2u);
  EXPECT_EQ(bucket.size(), 1u);
  EXPECT_EQ(run(channel.receive()), 0);
  loop.run_ready();
  EXPECT_EQ(channel.size(), 2u);
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Channels, say_at_once_that_there_is_no_room) {
  Channel<int> channel(1);
  EXPECT_TRUE(channel.try_send(1));
  EXPECT_FALSE(channel.try_send(2));
  EXPECT_EQ(channel.capacity(), 1u);
  EXPECT_EQ(run(channel.receive()), 1);
  EXPECT_TRUE(channel.try_send(3));
}

TEST_F(Channels, closed_give_what_is_left_and_then_nothing) {
  Channel<int> channel(3);
  EXPECT_TRUE(channel.try_send(1));
  EXPECT_TRUE(channel.try_send(2));
  channel.close();
  EXPECT_TRUE(channel.closed());
  EXPECT_FALSE(channel.try_send(3));
  EXPECT_FALSE(run(channel.send(4)));
  EXPECT_EQ(run(channel.receive()), 1);
  EXPECT_EQ(run(channel.receive()), 2);
  EXPECT_EQ(run(channel.receive()), std::nullopt);
  EXPECT_EQ(run(channel.receive()), std::nullopt);
  channel.close();
}

TEST_F(Channels, closed_let_go_of_everybody_who_waits) {
  Notes notes;
  std::vector<int> got;
  Channel<int> full(1);
  Channel<int> empty(1);
  spawn(send_all(&full, 0, 5, &notes));
  spawn(send_all(&full, 10, 5, &notes));
  spawn(receive_all(&empty, &got));
  spawn(receive_all(&empty, &got));
  loop.run_ready();
  full.close();
  empty.close();
  loop.run_ready();
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(notes, ElementsAre("closed", "closed"));
  EXPECT_THAT(got, ElementsAre(-1, -1));
}

TEST_F(Channels, serve_several_senders_alike) {
  Channel<int> channel(1);
  for (int sender = 0; sender < 4; ++sender) spawn(send_all(&channel, sender * 1000, 1000));
  std::map<int, int> by_sender;
  const auto receive = [](Channel<int>* from, std::map<int, int>* count) -> Task<> {
    for (int i = 0; i < 400; ++i) ++(*count)[*co_await from->receive() / 1000];
  };
  run(receive(&channel, &by_sender));
  ASSERT_EQ(by_sender.size(), 4u) << "somebody starved";
  for (const auto& [sender, items] : by_sender) EXPECT_NEAR(items, 100, 1) << sender;
}

TEST_F(Channels, serve_several_receivers_alike) {
  Channel<int> channel(1);
  std::vector<int> got[3];
  for (auto& into : got) spawn(receive_all(&channel, &into));
  run(send_all(&channel, 0, 300));
  loop.run_ready();
  for (const auto& items : got) EXPECT_NEAR(static_cast<double>(items.size()), 100, 2);
}

TEST_F(Channels, give_an_item_to_the_one_who_waited_and_not_to_the_one_who_comes) {
  Channel<int> channel(1);
  std::vector<int> waited;
  std::vector<int> snatched;
  spawn(receive_all(&channel, &waited));
  loop.run_ready();
  const auto send_and_snatch = [](Channel<int>* both, std::vector<int>* into) -> Task<> {
    co_await both->send(1);
    co_await receive_all(both, into);
  };
  spawn(send_and_snatch(&channel, &snatched));
  loop.run_ready();
  EXPECT_THAT(waited, ElementsAre(1));
  EXPECT_THAT(snatched, IsEmpty());
}

TEST_F(Channels, pass_on_what_a_destroyed_receiver_had_been_given) {
  Channel<int> channel(2);
  std::vector<int> got;
  auto doomed = std::make_unique<Bucket>(loop, Bucket::OnError());
  std::vector<int> of_the_doomed;
  doomed->spawn(label, receive_all(&channel, &of_the_doomed));
  loop.run_ready();
  spawn(receive_all(&channel, &got));
  loop.run_ready();
  EXPECT_TRUE(channel.try_send(1));
  doomed.reset();
  loop.run_ready();
  EXPECT_THAT(got, ElementsAre(1));
  EXPECT_THAT(of_the_doomed, IsEmpty());
}

TEST_F(Channels, may_be_destroyed_before_a_bucket_that_waits_on_them) {
  std::vector<int> got;
  auto channel = std::make_unique<Channel<int>>(1);
  auto doomed = std::make_unique<Bucket>(loop, Bucket::OnError());
  doomed->spawn(label, receive_all(channel.get(), &got));
  doomed->spawn(label, receive_all(channel.get(), &got));
  loop.run_ready();
  EXPECT_TRUE(channel->try_send(1));
  channel.reset();
  doomed.reset();
  EXPECT_THAT(got, IsEmpty());
}

TEST_F(Channels, of_nothing_hold_one) {
  Channel<int> channel(0);
  EXPECT_TRUE(channel.try_send(1));
  EXPECT_FALSE(channel.try_send(2));
}

TEST_F(Channels, carry_what_can_only_be_moved) {
  Channel<std::unique_ptr<int>> channel(1);
  EXPECT_TRUE(channel.try_send(std::make_unique<int>(5)));
  EXPECT_EQ(**run(channel.receive()), 5);
}

// --- Events

class Events : public InVirtualTime {
 public:
  static Task<> wait_and_note(AsyncEvent* event, Notes* notes, std::string name) {
    co_await event->wait();
    notes->push_back(std::move(name));
  }
  Notes notes;
};

TEST_F(Events, resume_everybody_who_waits_in_order_and_stay_set) {
  AsyncEvent event;
  for (const char* name : {"a", "b", "c"}) spawn(wait_and_note(&event, &notes, name));
  loop.run_ready();
  EXPECT_THAT(notes, IsEmpty());
  event.set();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("a", "b", "c"));
  spawn(wait_and_note(&event, &notes, "d"));
  loop.run_ready();
  EXPECT_EQ(notes.back(), "d");
  EXPECT_TRUE(event.is_set());
}

TEST_F(Events, cleared_at_once_still_resume_who_waited) {
  AsyncEvent event;
  spawn(wait_and_note(&event, &notes, "waited"));
  loop.run_ready();
  event.set();
  event.clear();
  spawn(wait_and_note(&event, &notes, "came later"));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("waited"));
}

TEST_F(Events, destroyed_let_go_of_who_waits) {
  auto event = std::make_unique<AsyncEvent>();
  spawn(wait_and_note(event.get(), &notes, "a"));
  loop.run_ready();
  event.reset();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("a"));
}

TEST_F(Events, leave_out_who_was_cancelled_in_the_middle) {
  AsyncEvent event;
  spawn(wait_and_note(&event, &notes, "a"));
  const auto middle = spawn(wait_and_note(&event, &notes, "b"));
  spawn(wait_and_note(&event, &notes, "c"));
  loop.run_ready();
  bucket.cancel(middle, CancelReason::kRequested);
  event.set();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("a", "c"));
}

}  // namespace
}  // namespace hassette::async
