// A binary heap of numbers that stand for objects kept elsewhere. Each object knows its place in
// the heap, so that any of them can be taken out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gradwire {

/// An `Order` says what the numbers stand for: `before(a, b)` is true if a belongs above b, and
/// `place(a)` is where a keeps its place. It is handed in with each call, because the objects may
/// move in memory; their order must not change while they are in the heap.
class IndexedHeap {
 public:
  using Item = std::uint32_t;

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  Item top() const { return items_.front(); }
  /// All of them, in no order.
  std::span<const Item> items() const { return items_; }

  template <typename Order>
  void push(Item item, const Order& order) {
    items_.push_back(item);
    rise(items_.size() - 1, order);
  }

  template <typename Order>
  void remove(Item item, const Order& order) {
    const std::size_t place = order.place(item);
    const Item moved = items_.back();
    items_.pop_back();
    if (moved == item) return;
    items_[place] = moved;
    if (place > 0 && order.before(moved, items_[(place - 1) / 2])) {
      rise(place, order);
    } else {
      sink(place, order);
    }
  }

 private:
  template <typename Order>
  void put(std::size_t place, Item item, const Order& order) {
    items_[place] = item;
    order.place(item) = static_cast<std::uint32_t>(place);
  }

  template <typename Order>
  void rise(std::size_t place, const Order& order) {
    const Item item = items_[place];
    while (place > 0) {
      const std::size_t above = (place - 1) / 2;
      if (!order.before(item, items_[above])) break;
      put(place, items_[above], order);
      place = above;
    }
    put(place, item, order);
  }

  template <typename Order>
  void sink(std::size_t place, const Order& order) {
    const Item item = items_[place];
    for (;;) {
      std::size_t below = 2 * place + 1;
      if (below >= items_.size()) break;
      if (below + 1 < items_.size() && order.before(items_[below + 1], items_[below])) ++below;
      if (!order.before(items_[below], item)) break;
      put(place, items_[below], order);
      place = below;
    }
    put(place, item, order);
  }

  std::vector<Item> items_;
};

}  // namespace gradwire
