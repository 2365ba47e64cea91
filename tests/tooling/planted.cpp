// Bugs that clang-tidy has to find with this project's settings; run.py compares. Never built.
//
// A comment at the end of a line says FOUND and the checks that have to speak of this line; of the
// other lines none may. Every check that .clang-tidy names by its full name has its bug here.
#include <cstddef>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hassette/task.hpp"

namespace hassette::planted {

// --- what the analyzer follows through paths
// ------------------------------------------------------

struct Lamp {
  int brightness = 0;
  std::string name;
};

class Room {
 public:
  int first_in_method(bool any) const {
    const Lamp* lamp = nullptr;
    if (any) lamp = &lamp_;
    return lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
  }

  const Lamp* find(std::string_view name) const {
    for (const Lamp* lamp : lamps_) {
      if (lamp->name == name) return lamp;
    }
    return nullptr;
  }

  int brightness_of(std::string_view name) const {
    const Lamp* lamp = find(name);
    if (lamp == nullptr) log_missing(name);
    return lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
  }

  void choose(const Lamp*& lamp, bool any) const {
    if (any) lamp = &lamp_;
  }

  int through_a_call(bool any) const {
    const Lamp* lamp = nullptr;
    choose(lamp, any);
    return lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
  }

 private:
  static void log_missing(std::string_view name);

  Lamp lamp_;
  std::vector<const Lamp*> lamps_;
};

// More branches than the analyzer follows into unless it is told to go deep.
void choose_by_rules(const Lamp*& chosen, const Lamp& one, const Lamp& other, int rule) {
  if (rule == 1) chosen = &one;
  if (rule == 2) chosen = &other;
  if (rule == 3 && one.brightness > other.brightness) chosen = &one;
  if (rule == 4 || one.brightness == 7) chosen = &other;
}

int through_a_long_function(const Lamp& one, const Lamp& other, int rule) {
  const Lamp* lamp = nullptr;
  choose_by_rules(lamp, one, other, rule);
  return lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
}

void dispose(Lamp* lamp, int count) {
  for (int i = 0; i < count; ++i) {
    if (i == 3 && lamp->brightness > 4) {
      delete lamp;
      return;
    }
  }
}

int after_its_end_elsewhere(int count) {
  auto* lamp = new Lamp;
  lamp->brightness = count;
  dispose(lamp, count);
  const int rest = lamp->brightness;  // FOUND: clang-analyzer-cplusplus.NewDelete
  delete lamp;
  return rest;
}

template <class T>
void choose_first(const T*& chosen, const std::vector<T>& all, bool any) {
  if (any) chosen = &all.front();
}

int through_a_template(const std::vector<Lamp>& lamps, bool any) {
  const Lamp* lamp = nullptr;
  choose_first(lamp, lamps, any);
  return lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
}

auto lambda_that_awaits() {
  return [](bool lit) -> Task<int> {
    const Lamp* lamp = nullptr;
    if (lit) co_return 1;
    const int brightness = lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
    co_return brightness;
  };
}

Task<int> function_that_awaits(bool any) {
  const Lamp* lamp = nullptr;
  if (any) co_return 1;
  const int brightness = lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
  co_return brightness;
}

int after_its_exchange(Lamp* lamp) {
  const Lamp* taken = std::exchange(lamp, nullptr);
  return taken->brightness + lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
}

int after_the_end_of_its_owner() {
  auto owner = std::make_unique<Lamp>();
  const Lamp* lamp = owner.get();
  owner.reset();
  return lamp->brightness;  // FOUND: clang-analyzer-cplusplus.NewDelete
}

int after_the_scope_of_its_owner() {
  const Lamp* lamp = nullptr;
  {
    const std::unique_ptr<Lamp> owner(new Lamp);
    lamp = owner.get();
  }
  return lamp->brightness;  // FOUND: clang-analyzer-cplusplus.NewDelete
}

int from_a_moved_pointer(std::unique_ptr<Lamp> lamp) {
  const std::unique_ptr<Lamp> other = std::move(lamp);
  return lamp->brightness;  // FOUND: bugprone-use-after-move, clang-analyzer-cplusplus.Move
}

int divided_by_none(bool any) {
  int count = 0;
  if (any) count = 2;
  return 10 / count;  // FOUND: clang-analyzer-core.DivideZero
}

int never_set(bool any) {
  int count;
  if (any) count = 2;
  return count + 1;  // FOUND: clang-analyzer-core.UndefinedBinaryOperatorResult
}

int never_given() {
  int count;
  return count;  // FOUND: clang-analyzer-core.uninitialized.UndefReturn
}

int after_its_end() {
  auto* lamp = new Lamp;
  delete lamp;
  return lamp->brightness;  // FOUND: clang-analyzer-cplusplus.NewDelete
}

int* address_of_a_local() {
  int count = 1;
  int* address = &count;
  return address;  // FOUND: clang-analyzer-core.StackAddressEscape
}

std::size_t text_of_a_dead_string(bool any) {
  const char* text = "";
  {
    std::string name(40, 'x');
    if (any) text = name.c_str();
  }
  return std::string_view(text).size();  // FOUND: clang-analyzer-cplusplus.InnerPointer
}

std::size_t leaked(bool any) {
  auto* lamp = new Lamp;
  if (any) return 0;  // FOUND: clang-analyzer-cplusplus.NewDeleteLeaks
  delete lamp;
  return 1;
}

// --- what is seen in the code as it stands
// --------------------------------------------------------

std::size_t used_after_its_move(std::string name) {
  const std::string other = std::move(name);
  return other.size() +
         name.size();  // FOUND: bugprone-use-after-move, clang-analyzer-cplusplus.Move
}

auto used_after_its_move_in_a_lambda() {
  return [](std::string name) -> Task<std::size_t> {
    const std::string other = std::move(name);
    co_return other.size() +
        name.size();  // FOUND: bugprone-use-after-move, clang-analyzer-cplusplus.Move
  };
}

std::string_view view_of_a_temporary(const std::string& name) {
  const std::string_view view = name + "!";  // FOUND: bugprone-dangling-handle
  return view;
}

void result_dropped() {
  std::async([] {});  // FOUND: bugprone-unused-return-value
}

struct Thrower {
  ~Thrower() {  // FOUND: bugprone-exception-escape
    throw std::runtime_error("too late");
  }
};

auto lambda_that_captures(int count) {
  return [count]() -> Task<int> {  // FOUND: cppcoreguidelines-avoid-capturing-lambda-coroutines
    const Lamp* lamp = nullptr;
    if (count == 1) co_return count;
    const int brightness = lamp->brightness;  // FOUND: clang-analyzer-core.NullDereference
    co_return brightness;
  };
}

Task<int> refers(
    const Lamp& lamp) {  // FOUND: cppcoreguidelines-avoid-reference-coroutine-parameters
  co_return lamp.brightness;
}

struct Base {
  virtual ~Base() = default;
  virtual int value() const { return 0; }
  int own = 0;
};
struct Derived : Base {
  int value() const override { return more; }
  int more = 1;
};

Base sliced(const Derived& derived) {
  return derived;  // FOUND: cppcoreguidelines-slicing
}

Task<int> elsewhere();

Task<int> locked_while_it_waits(
    std::mutex& mutex) {  // FOUND: cppcoreguidelines-avoid-reference-coroutine-parameters
  const std::lock_guard lock(mutex);  // FOUND: misc-coroutine-hostile-raii
  co_return co_await elsewhere();
}

// --- work for nothing ----------------------------------------------------------------------------

std::size_t copied_parameter(
    std::vector<Lamp> lamps) {  // FOUND: performance-unnecessary-value-param
  return lamps.size();
}

std::size_t copied_in_a_loop(const std::vector<Lamp>& lamps) {
  std::size_t total = 0;
  for (const auto lamp : lamps) {  // FOUND: performance-for-range-copy
    total += lamp.name.size();
  }
  return total;
}

std::size_t copied_local(const Lamp& lamp) {
  const Lamp copy = lamp;  // FOUND: performance-unnecessary-copy-initialization
  return copy.name.size();
}

std::string moved_for_nothing(const std::string& name) {
  return std::move(name);  // FOUND: performance-move-const-arg
}

std::vector<int> grown_one_by_one(int count) {
  std::vector<int> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(i);  // FOUND: performance-inefficient-vector-operation
  }
  return all;
}

struct Name {
  Name(Name&& n) : text(std::move(n.text)) {}  // FOUND: performance-noexcept-move-constructor
  std::string text;
};

}  // namespace hassette::planted
