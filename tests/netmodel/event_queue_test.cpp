#include "netmodel/event_queue.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "netmodel/check.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;

Action append_to(std::vector<std::uint64_t>& list, std::uint64_t value) {
  return {[](void* target, std::uint64_t argument) {
            static_cast<std::vector<std::uint64_t>*>(target)->push_back(argument);
          },
          &list, value};
}

TEST(EventQueue, RunsByTimeAndThenByOrderOfInsertion) {
  EventQueue queue;
  std::vector<std::uint64_t> ran;
  queue.add(TimePoint(Duration(5)), append_to(ran, 1));
  queue.add(TimePoint(Duration(3)), append_to(ran, 2));
  queue.add(TimePoint(Duration(5)), append_to(ran, 3));
  queue.add(TimePoint(Duration(3)), append_to(ran, 4));
  while (queue.next_time()) queue.pop()();
  EXPECT_THAT(ran, ElementsAre(2, 4, 1, 3));
  EXPECT_THROW(queue.pop(), CheckFailure);
}

TEST(EventQueue, ANameMeansItsEventOnly) {
  EventQueue queue;
  std::vector<std::uint64_t> ran;
  EXPECT_FALSE(queue.cancel({}));
  const EventId first = queue.add(TimePoint(Duration(1)), append_to(ran, 1));
  queue.pop()();
  // The second event takes the place of the first in memory, but not its name.
  const EventId second = queue.add(TimePoint(Duration(1)), append_to(ran, 2));
  EXPECT_FALSE(queue.cancel(first));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_TRUE(queue.cancel(second));
  EXPECT_FALSE(queue.cancel(second));
  EXPECT_FALSE(queue.next_time());
}

// A multimap keeps equal keys in the order of insertion: the whole specification.
void compare_with_a_multimap(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EventQueue queue;
  std::multimap<TimePoint, std::uint64_t> model;
  std::vector<std::pair<EventId, std::uint64_t>> names;  // of all events ever
  std::vector<std::uint64_t> ran;
  std::vector<std::uint64_t> expected;
  for (std::uint64_t step = 0; step < 2'000; ++step) {
    const std::uint64_t choice = random() % 10;
    if (choice < 5) {
      const TimePoint when(Duration(static_cast<std::int64_t>(random() % 50)));
      names.emplace_back(queue.add(when, append_to(ran, step)), step);
      model.emplace(when, step);
    } else if (choice < 8 && !names.empty()) {
      const auto [name, value] = names[random() % names.size()];
      const auto found = std::ranges::find(model, value, [](const auto& e) { return e.second; });
      ASSERT_EQ(queue.cancel(name), found != model.end()) << "step " << step;
      if (found != model.end()) model.erase(found);
    } else if (!model.empty()) {
      ASSERT_EQ(queue.next_time(), model.begin()->first) << "step " << step;
      queue.pop()();
      expected.push_back(model.begin()->second);
      model.erase(model.begin());
    }
    ASSERT_EQ(queue.size(), model.size()) << "step " << step;
  }
  EXPECT_EQ(ran, expected);
}

TEST(EventQueue, DoesWhatAMultimapDoes) {
  for (const std::uint64_t seed : seeds(50)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(compare_with_a_multimap(seed));
  }
}

// In one instant: whoever is called adds another event for it, a million times, beside one that
// stays; and events are cancelled and added again.
TEST(EventQueue, EventsOfOneInstantDoNotPileUp) {
  EventQueue queue;
  std::vector<std::uint64_t> ran;
  const TimePoint now(Duration(5));
  queue.add(now, append_to(ran, 0));
  queue.pop()();
  for (std::uint64_t i = 1; i <= 2; ++i) queue.add(now, append_to(ran, i));
  for (std::uint64_t i = 3; i <= 1'000'000; ++i) {
    queue.pop()();
    queue.add(now, append_to(ran, i));
    queue.cancel(queue.add(now, append_to(ran, 0)));
    ASSERT_LE(queue.stored(), 300U);
  }
  EXPECT_EQ(queue.size(), 2U);
  ASSERT_EQ(ran.size(), 999'999U);
  for (std::uint64_t i = 0; i < ran.size(); ++i) ASSERT_EQ(ran[i], i);
}

// A flow that changes its rate moves its end: one event is cancelled and another added, a million
// times. What was cancelled must not pile up.
TEST(EventQueue, CancelledEventsDoNotPileUp) {
  EventQueue queue;
  std::vector<std::uint64_t> ran;
  std::vector<EventId> ends;
  for (std::uint64_t flow = 0; flow < 100; ++flow) {
    ends.push_back(queue.add(TimePoint(Duration(1'000'000)), append_to(ran, flow)));
  }
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    EventId& end = ends[static_cast<std::size_t>(i % 100)];
    queue.cancel(end);
    end = queue.add(TimePoint(Duration(2'000'000 - i)), append_to(ran, 1));
  }
  EXPECT_EQ(queue.size(), 100U);
  EXPECT_LE(queue.stored(), 300U);
}

}  // namespace
}  // namespace gradwire
